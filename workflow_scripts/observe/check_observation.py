"""Check whether some files are an observation that can be searched, by their headers alone.

Files that end with .npy are cadences that are cut already, each of all six panels.

    python workflow_scripts/observe/check_observation.py --cadence HIP1 --files scans/*.h5 \\
        --observation HIP1/observation.json
"""

import argparse
import sys
from pathlib import Path

from abacad.cadences.layout import POINTINGS, PanelShape
from abacad.observe.listing import SIDES, BadObservation, is_ready
from abacad.observe.observations import observation_of, ready_cadences, write_observation

OBSERVATION = "JSON to write: name, and scans in the order of time (header, on) or paths by id"


def main() -> None:
    """Read the command line and check."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--cadence", required=True, help="what it is called")
    add("--files", nargs="+", required=True, help="its files, in any order")
    sides_help = "side of each file; without, ON is the source that is seen as often as the target"
    add("--sides", nargs="*", choices=SIDES, default=[], help=sides_help)
    add("--shape", type=PanelShape.of_json, required=True, help="data.shape of the config, JSON")
    add("--pattern", default=POINTINGS, help="order of pointings (default: %(default)s)")
    stretch_help = "which six pointings of a longer pattern, from 0 (default: %(default)s)"
    add("--stretch", type=int, default=0, help=stretch_help)
    add("--observation", type=Path, required=True, help=OBSERVATION)
    arguments = parser.parse_args()
    sides = arguments.sides or [None] * len(arguments.files)
    if len(sides) != len(arguments.files):
        parser.error(f"{len(sides)} sides of {len(arguments.files)} files")
    try:
        files = dict(zip(arguments.files, sides, strict=True))
        if is_ready(files):
            observation = ready_cadences(arguments.cadence, files, arguments.shape)
        else:
            how = (arguments.shape, arguments.pattern, arguments.stretch)
            observation = observation_of(arguments.cadence, files, *how)
    except BadObservation as error:
        sys.exit(f"check_observation: {error}")
    write_observation(arguments.observation, observation)


if __name__ == "__main__":
    main()

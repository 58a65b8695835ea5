"""Tell what became of a frequency at each stage of the search of an observation.

By hand; it is not part of the workflow.

    python workflow_scripts/observe/follow_frequency.py --results results/observations/HIP1 --frequency 1420.4
"""

import argparse
import sys
from pathlib import Path

from abacad.observe.following import follow


def main() -> None:
    """Read the command line and tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--results", type=Path, required=True, help="folder of an observation that was searched")
    add("--frequency", type=float, required=True, help="MHz, amid the cadence")
    arguments = parser.parse_args()
    try:
        for line in follow(arguments.results, arguments.frequency):
            print(line)
    except FileNotFoundError as error:
        sys.exit(f"follow_frequency: {error.filename}: there is no such file; search it first")


if __name__ == "__main__":
    main()

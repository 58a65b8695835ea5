"""Check the complete settings of runs, and write those of one run as JSON for its training.

The detector is built without memory for its weights, and tested on an image of the run's size. So a
backbone that timm does not know, or that lacks what the settings ask for, is refused here within
seconds.

    python workflow_scripts/train/resolve_run.py --settings '{"epochs": 20, ...}' --output settings.json
    python workflow_scripts/train/resolve_run.py --settings '{...}' '{...}'
"""

import argparse
import json
import sys

from abacad.model.detector import check_detector
from abacad.tables.files import write_json
from abacad.train.on_the_fly import check_injection
from abacad.train.run_settings import run_of


def main() -> None:
    """Read the command line, check, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--settings", type=json.loads, nargs="+", required=True, help="settings as JSON text")
    add("--output", help="JSON file to write, keys sorted; without it settings are only checked")
    arguments = parser.parse_args()
    if arguments.output and len(arguments.settings) > 1:
        parser.error("--output is for the settings of one run")
    faults = []
    for settings in arguments.settings:
        try:
            run = run_of(settings)
            check_detector(run)
            check_injection(run)
        except ValueError as error:
            faults.append(f"experiments.{settings['experiment']} ({settings['stage']}): {error}")
    if faults:
        sys.exit("\n".join(faults))
    if arguments.output:
        write_json(arguments.output, arguments.settings[0])


if __name__ == "__main__":
    main()

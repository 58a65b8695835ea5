"""Check the complete settings of runs: that their models can be built.

A detector is built without memory for its weights, and tested on an image of the run's size. So a
backbone that timm does not know, or that lacks what the settings ask for, is refused here within
seconds, before anything runs.

    python workflow_scripts/train/check_models.py --settings '{"epochs": 20, ...}' '{...}'
"""

import argparse
import json
import sys

from abacad.model.detector import check_detector
from abacad.train.on_the_fly import check_injection
from abacad.train.run_settings import run_of


def main() -> None:
    """Read the command line and check."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    settings_help = "settings as JSON text"
    parser.add_argument("--settings", type=json.loads, nargs="+", required=True, help=settings_help)
    faults = []
    for settings in parser.parse_args().settings:
        try:
            run = run_of(settings)
            check_detector(run)
            check_injection(run)
        except ValueError as error:
            faults.append(f"experiments.{settings['experiment']} ({settings['stage']}): {error}")
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()

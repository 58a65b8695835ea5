"""Check the complete settings of one run, and write them as JSON: the only settings that its training reads.

The detector is built of them, without memory for its weights, and shown an image of their size: a backbone
that timm does not know, or that lacks what the settings ask for, is refused here, in seconds.

    python workflow_scripts/train/resolve_run.py --settings '{"epochs": 20, ...}' --output settings.json
"""

import argparse
import json

from abacad.model.detector import check_detector
from abacad.settings import run_of
from abacad.tables.files import write_json


def main() -> None:
    """Read the command line, check, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--settings", type=json.loads, required=True, help="settings as JSON text")
    parser.add_argument("--output", required=True, help="JSON file, keys sorted")
    arguments = parser.parse_args()
    try:
        check_detector(run_of(arguments.settings))
    except ValueError as error:
        parser.error(str(error))
    write_json(arguments.output, arguments.settings)


if __name__ == "__main__":
    main()

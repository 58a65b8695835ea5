"""Write the complete settings of one run as JSON: the only settings that its training reads.

By hand: python workflow_scripts/train/resolve_run.py --settings '{"epochs": 20}' --output settings.json
"""

import argparse
import json

from abacad.tables.files import write_json


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--settings", type=json.loads, required=True, help="settings as JSON text")
    parser.add_argument("--output", required=True, help="JSON file, keys sorted")
    arguments = parser.parse_args()
    write_json(arguments.output, arguments.settings)


if __name__ == "__main__":
    main()

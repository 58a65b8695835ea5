"""Write the complete settings of a run as JSON, for its training and for all that uses its weights.

Keys and types are checked. Whether such a model can be built is known before: see check_models.py.

    python workflow_scripts/train/resolve_run.py --settings '{"epochs": 20, ...}' --output settings.json
"""

import argparse
import json
import sys

from abacad.tables.files import write_json
from abacad.train.run_settings import run_of


def main() -> None:
    """Read the command line, check, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--settings", type=json.loads, required=True, help="settings as JSON text")
    add("--output", required=True, help="JSON file to write, keys sorted")
    arguments = parser.parse_args()
    try:
        run_of(arguments.settings)
    except ValueError as error:
        sys.exit(f"resolve_run: {error}")
    write_json(arguments.output, arguments.settings)


if __name__ == "__main__":
    main()

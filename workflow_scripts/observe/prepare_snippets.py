"""Make a store of snippets from their raw panels, as the bundle's members were trained on.

    python workflow_scripts/observe/prepare_snippets.py --store levelled --raw raw/0-of-4.arrow \\
        --preprocess '{"clip": [-5, 20], "nmf": {...}, ...}' --output levelled/0-of-4.arrow --workers 8
"""

import argparse
import json
import sys
from pathlib import Path

from abacad.observe.stores import off_first, store_function
from abacad.preprocess.shards import add_kept, preprocess_store


def main() -> None:
    """Read the command line and write the store."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--store", required=True, help="what to make")
    add("--raw", type=Path, required=True, help="store file of cut_snippets.py")
    add("--preprocess", type=json.loads, required=True, help="JSON: the bundle's settings")
    add("--off-first", action="store_true", help="let ON and OFF panels change places")
    add("--output", type=Path, required=True, help="store file to write")
    add_kept(parser)
    add("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    arguments = parser.parse_args()
    try:
        function = store_function(arguments.store, arguments.preprocess)
        if arguments.off_first:
            function = off_first(function)
        preprocess_store(
            arguments.raw,
            arguments.store,
            function,
            arguments.output,
            arguments.workers,
            arguments.panels,
            arguments.stored_as,
        )
    except ValueError as error:
        sys.exit(f"prepare_snippets: {error}")


if __name__ == "__main__":
    main()

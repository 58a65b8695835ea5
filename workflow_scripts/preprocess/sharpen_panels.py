"""Sharpen the panels of one shard of the store "flattened": the store "sharpened".

An unsharp mask inside each panel. A cadence is (panel=6, time, frequency), and the units do not
change.

    python workflow_scripts/preprocess/sharpen_panels.py --direction frequency --amount 0.5 --workers 8 \\
        --input results/stores/flattened/train/0-of-16.arrow \\
        --output results/stores/sharpened/train/0-of-16.arrow
"""

import argparse
import sys
from functools import partial
from pathlib import Path

from abacad.preprocess.shards import add_kept, preprocess_store
from abacad.preprocess.unsharp import DIRECTIONS, unsharp_mask

DIRECTION = """frequency: compare with the two neighbours in frequency; isotropic: with all eight in time
    and frequency (default: %(default)s)"""
AMOUNT = "the kernel along frequency is [-A, 1 + 2A, -A] (default: %(default)s)"


def main() -> None:
    """Read the command line and write the shard."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--input", type=Path, required=True, help="store file to sharpen")
    add("--direction", choices=DIRECTIONS, default="frequency", help=DIRECTION)
    add("--amount", type=float, default=0.5, metavar="A", help=AMOUNT)
    add("--output", type=Path, required=True, help="store file to write: the same shard")
    add_kept(parser)
    add("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    arguments = parser.parse_args()
    function = partial(unsharp_mask, direction=arguments.direction, amount=arguments.amount)
    try:
        preprocess_store(
            arguments.input,
            "sharpened",
            function,
            arguments.output,
            arguments.workers,
            arguments.panels,
            arguments.stored_as,
        )
    except ValueError as error:
        sys.exit(f"sharpen_panels: {error}")


if __name__ == "__main__":
    main()

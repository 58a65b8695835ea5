"""Re-standardise and whiten the raw panels of one shard: the store "normalized".

Values are in standard deviations of the background (1.4826 times the median absolute deviation of
a column of a panel); the background lies around 0. (panel=6, time=273, frequency=256) a cadence.

    python workflow_scripts/normalize_panels.py --manifest results/manifests/train.parquet \\
        --collection train --shard 0-of-16 --clip -5 20 --workers 8 \\
        --output results/stores/normalized/train/0-of-16.arrow
"""

import argparse
import sys
from functools import partial
from pathlib import Path

from abacad.layout import STORED_COLLECTIONS
from abacad.normalize import normalize
from abacad.preprocess import FailedCadences, preprocess_raw
from abacad.store import Shard, shard_position

SHARD = "part of the manifest's good rows, as 0-of-16"
CLIP = "lowest and highest value, in standard deviations of the background (default: -5 20)"


def main() -> None:
    """Read the command line and write the shard."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--manifest", type=Path, required=True, help="Parquet table of the collection")
    add("--collection", choices=STORED_COLLECTIONS, required=True)
    add("--shard", type=shard_position, required=True, metavar="INDEX-of-COUNT", help=SHARD)
    add("--clip", type=float, nargs=2, default=(-5.0, 20.0), metavar=("LOW", "HIGH"), help=CLIP)
    add("--output", type=Path, required=True, help="store file to write, Arrow IPC")
    add("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    arguments = parser.parse_args()
    function = partial(normalize, clip=arguments.clip)
    try:
        shard = Shard("normalized", arguments.collection, *arguments.shard)
        preprocess_raw(arguments.manifest, shard, function, arguments.output, arguments.workers)
    except FailedCadences as error:
        sys.exit(f"normalize_panels: {error}")


if __name__ == "__main__":
    main()

"""Subtract the low-rank background of the raw panels of one shard by NMF: the store "nmf".

Values are in standard deviations of the background; (panel=6, time=273, frequency=256) a cadence.

    python workflow_scripts/denoise_nmf.py --manifest results/manifests/train.parquet \\
        --collection train --shard 0-of-16 --basis off --rank 10 --iterations 30 --workers 8 \\
        --output results/stores/nmf/train/0-of-16.arrow
"""

import argparse
import sys
from functools import partial
from pathlib import Path

from abacad.layout import STORED_COLLECTIONS
from abacad.nmf import BASES, SEEDINGS, denoise
from abacad.preprocess import FailedCadences, preprocess_raw
from abacad.store import Shard, shard_position

BASIS = """the basis spectra are fitted on: off, the three OFF panels of a cadence, where no needle
    is; panel, each panel for itself; cadence, all six (default: %(default)s)"""
SEEDING = """start of the factorisation, the same at each run: nndsvd, from singular vectors; random,
    from one fixed draw, a third faster in all (default: %(default)s)"""
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
    add("--basis", choices=BASES, default="off", help=BASIS)
    add("--rank", type=int, default=10, help="basis spectra (default: %(default)s)")
    add("--iterations", type=int, default=30, help="updates (default: %(default)s)")
    add("--seeding", choices=SEEDINGS, default="nndsvd", help=SEEDING)
    add("--clip", type=float, nargs=2, default=(-5.0, 20.0), metavar=("LOW", "HIGH"), help=CLIP)
    add("--output", type=Path, required=True, help="store file to write, Arrow IPC")
    add("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    arguments = parser.parse_args()
    names = ("basis", "rank", "iterations", "seeding", "clip")
    function = partial(denoise, **{name: getattr(arguments, name) for name in names})
    try:
        shard = Shard("nmf", arguments.collection, *arguments.shard)
        preprocess_raw(arguments.manifest, shard, function, arguments.output, arguments.workers)
    except FailedCadences as error:
        sys.exit(f"denoise_nmf: {error}")


if __name__ == "__main__":
    main()

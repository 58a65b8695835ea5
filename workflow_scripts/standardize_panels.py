"""Re-standardise the raw panels of one shard, and no more: the store "standardized".

Each panel has mean 0 and standard deviation 1, the bandpass and RFI still in it; (panel=6,
time=273, frequency=256) a cadence.

    python workflow_scripts/standardize_panels.py --manifest results/manifests/train.parquet \\
        --collection train --shard 0-of-16 --clip -5 20 --workers 8 \\
        --output results/stores/standardized/train/0-of-16.arrow
"""

import sys
from functools import partial
from pathlib import Path

from abacad.normalize import standardize
from abacad.preprocess import FailedCadences, preprocess_raw, shard_parser
from abacad.store import Shard


def main() -> None:
    """Read the command line and write the shard."""
    parser = shard_parser(__doc__)
    parser.add_argument("--manifest", type=Path, required=True, help="of the collection, Parquet")
    arguments = parser.parse_args()
    function = partial(standardize, clip=arguments.clip)
    try:
        shard = Shard("standardized", arguments.collection, *arguments.shard)
        preprocess_raw(arguments.manifest, shard, function, arguments.output, arguments.workers)
    except FailedCadences as error:
        sys.exit(f"standardize_panels: {error}")


if __name__ == "__main__":
    main()

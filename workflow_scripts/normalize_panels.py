"""Re-standardise and whiten the raw panels of one shard: the store "normalized".

Values are in standard deviations of the background (1.4826 times the median absolute deviation of
a column of a panel); the background lies around 0. (panel=6, time=273, frequency=256) a cadence.

    python workflow_scripts/normalize_panels.py --manifest results/manifests/train.parquet \\
        --collection train --shard 0-of-16 --clip -5 20 --workers 8 \\
        --output results/stores/normalized/train/0-of-16.arrow
"""

import sys
from functools import partial
from pathlib import Path

from abacad.normalize import normalize
from abacad.preprocess import FailedCadences, preprocess_raw, shard_parser
from abacad.store import Shard


def main() -> None:
    """Read the command line and write the shard."""
    parser = shard_parser(__doc__)
    parser.add_argument("--manifest", type=Path, required=True, help="of the collection, Parquet")
    arguments = parser.parse_args()
    function = partial(normalize, clip=arguments.clip)
    try:
        shard = Shard("normalized", arguments.collection, *arguments.shard)
        preprocess_raw(arguments.manifest, shard, function, arguments.output, arguments.workers)
    except FailedCadences as error:
        sys.exit(f"normalize_panels: {error}")


if __name__ == "__main__":
    main()

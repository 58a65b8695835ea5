"""Z-score and flatten the raw panels of one shard: the store "flattened".

This removes what is smooth along frequency, and the carriers that OFF panels show. Needles stay,
however slowly they drift. Values are in standard deviations of the background, which lies around 0. A
cadence is (panel=6, time, frequency).

    python workflow_scripts/preprocess/flatten_panels.py --manifest results/manifests/train.parquet \\
        --collection train --shard 0-of-16 --clip -5 20 --workers 8 \\
        --output results/stores/flattened/train/0-of-16.arrow
"""

from functools import partial

from abacad.preprocess.flatten import flatten
from abacad.preprocess.shards import raw_parser, write_raw_shard


def main() -> None:
    """Read the command line and write the shard."""
    arguments = raw_parser(__doc__).parse_args()
    write_raw_shard(arguments, "flattened", partial(flatten, clip=arguments.clip))


if __name__ == "__main__":
    main()

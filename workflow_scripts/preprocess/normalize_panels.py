"""Z-score and whiten the raw panels of one shard: the store "normalized".

Each column of a panel is whitened by its own median and spread. This removes everything that does not
drift, needles too. Values are in standard deviations of the background, which lies around 0. A cadence
is (panel=6, time, frequency).

    python workflow_scripts/preprocess/normalize_panels.py --manifest results/manifests/train.parquet \\
        --collection train --shard 0-of-16 --clip -5 20 --workers 8 \\
        --output results/stores/normalized/train/0-of-16.arrow
"""

from functools import partial

from abacad.preprocess.normalize import normalize
from abacad.preprocess.shards import raw_parser, write_raw_shard


def main() -> None:
    """Read the command line and write the shard."""
    arguments = raw_parser(__doc__).parse_args()
    write_raw_shard(arguments, "normalized", partial(normalize, clip=arguments.clip))


if __name__ == "__main__":
    main()

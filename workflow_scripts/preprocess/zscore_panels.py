"""Z-score the raw panels of one shard, and nothing else: the store "zscored".

Each panel has mean 0 and standard deviation 1, and still has its bandpass and RFI. A cadence is
(panel=6, time, frequency).

    python workflow_scripts/preprocess/zscore_panels.py --manifest results/manifests/train.parquet \\
        --collection train --shard 0-of-16 --clip -5 20 --workers 8 \\
        --output results/stores/zscored/train/0-of-16.arrow
"""

from functools import partial

from abacad.preprocess.normalize import zscore
from abacad.preprocess.shards import raw_parser, write_raw_shard


def main() -> None:
    """Read the command line and write the shard."""
    arguments = raw_parser(__doc__).parse_args()
    write_raw_shard(arguments, "zscored", partial(zscore, clip=arguments.clip))


if __name__ == "__main__":
    main()

"""Z-score the raw panels of one shard and whiten them by their OFF panels: the store "off_normalized".

Needles stay, however slowly they drift. So do carriers that are brighter in the ON panels, and ripple.
Values are in standard deviations of the background, which lies around 0. A cadence is (panel=6,
time, frequency).

    python workflow_scripts/preprocess/off_normalize_panels.py --manifest results/manifests/train.parquet \\
        --collection train --shard 0-of-16 --clip -5 20 --workers 8 \\
        --output results/stores/off_normalized/train/0-of-16.arrow
"""

from functools import partial

from abacad.preprocess.normalize import off_normalize
from abacad.preprocess.shards import raw_parser, write_raw_shard


def main() -> None:
    """Read the command line and write the shard."""
    arguments = raw_parser(__doc__).parse_args()
    write_raw_shard(arguments, "off_normalized", partial(off_normalize, clip=arguments.clip))


if __name__ == "__main__":
    main()

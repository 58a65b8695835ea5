"""Level the raw panels of one shard: the store "levelled".

Ripple of the band, gain and bursts are removed. All lines stay, those of RFI too, in ON and OFF panels
alike. (panel=6, time, frequency) a cadence, in standard deviations of the background.

    python workflow_scripts/preprocess/level_panels.py --manifest results/manifests/train.parquet \\
        --collection train --shard 0-of-16 --clip -5 20 --workers 8 \\
        --output results/stores/levelled/train/0-of-16.arrow
"""

from functools import partial

from abacad.preprocess.level import level
from abacad.preprocess.shards import raw_parser, write_raw_shard


def main() -> None:
    """Read the command line and write the shard."""
    arguments = raw_parser(__doc__).parse_args()
    write_raw_shard(arguments, "levelled", partial(level, clip=arguments.clip))


if __name__ == "__main__":
    main()

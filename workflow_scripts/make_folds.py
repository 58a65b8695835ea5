"""Split the training cadences into stratified folds.

    python workflow_scripts/make_folds.py --manifest results/manifests/train.parquet \\
        --count 5 --seed 0 --folds results/folds.parquet
"""

import argparse

from abacad.files import read_table, write_table
from abacad.folds import make_folds


def main() -> None:
    """Read the command line and split."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--manifest", required=True, help="manifest of train: id, target, ok; bad rows get no fold")
    add("--count", type=int, required=True, help="number of folds, at least 2")
    add("--seed", type=int, required=True, help="equal seeds give equal folds on any machine")
    add("--groups", help="Parquet: id, group; cadences of one group share a fold")
    add("--folds", required=True, help="Parquet to write: id, target, fold; sorted by id")
    arguments = parser.parse_args()

    manifest = read_table(arguments.manifest, ["id", "target", "ok"])
    groups = read_table(arguments.groups, ["id", "group"]) if arguments.groups else None
    write_table(arguments.folds, make_folds(manifest, arguments.count, arguments.seed, groups))


if __name__ == "__main__":
    main()

"""Split the training cadences into stratified folds; overlapping ones share a fold.

    python workflow_scripts/folds/make_folds.py --manifest results/manifests/train.parquet \\
        --groups results/overlaps/groups.parquet --count 5 --seed 0 --folds results/folds.parquet
"""

import argparse
import sys

from abacad.folds.split import imbalance, make_folds
from abacad.tables.files import read_table, write_table


def main() -> None:
    """Read the command line and split."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--manifest", required=True, help="manifest of train: id, target, ok; bad rows get no fold")
    add("--count", type=int, required=True, help="number of folds, at least 2")
    add("--seed", type=int, required=True, help="equal seeds give equal folds on any machine")
    groups_help = (
        "Parquet of find_overlaps.py; cadences of one group share a fold. None: plain folds"
    )
    add("--groups", nargs="?", help=groups_help)
    add("--folds", required=True, help="Parquet to write: id, target, fold; sorted by id")
    arguments = parser.parse_args()

    manifest = read_table(arguments.manifest, ["id", "target", "ok"])
    columns = ["collection", "id", "group"]
    groups = read_table(arguments.groups, columns) if arguments.groups else None
    folds = make_folds(manifest, arguments.count, arguments.seed, groups)
    if groups and (uneven := imbalance(folds, groups)):
        print(f"make_folds: {uneven}", file=sys.stderr)
    write_table(arguments.folds, folds)


if __name__ == "__main__":
    main()

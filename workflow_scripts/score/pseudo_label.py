"""Label test cadences for one fold of the next round, by models that never saw the fold.

Without --top and --bottom, all test rows are labelled.

    python workflow_scripts/score/pseudo_label.py --folds results/folds.parquet --fold 2 \\
        --predictions results/runs/{b3,b5}/round0/fold2/predictions.parquet \\
        --top 5000 --bottom 5000 --labels results/pseudo_labels/round1/fold2.parquet
"""

import argparse

from abacad.score.pseudo_labels import check_teachers, pseudo_labels
from abacad.tables.files import read_table, write_table


def main() -> None:
    """Read the command line and label."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--folds", required=True, help="Parquet: id, fold; to check that teachers are of --fold")
    add("--fold", type=int, required=True, help="the fold that the labels are for")
    add("--predictions", nargs="+", required=True, help="those of every member for --fold")
    add("--top", type=int, help="label this many rows with the highest mean rank")
    add("--bottom", type=int, help="label this many rows with the lowest mean rank")
    hard_help = "labels are 1 for the top rows and 0 for the bottom ones, instead of soft"
    add("--hard", action="store_true", help=hard_help)
    add("--labels", required=True, help="Parquet to write: collection, id, label (0 to 1)")
    arguments = parser.parse_args()

    folds = read_table(arguments.folds, ["id", "fold"])
    check_teachers(folds, arguments.fold, arguments.predictions)
    labels = pseudo_labels(arguments.predictions, arguments.top, arguments.bottom, arguments.hard)
    write_table(arguments.labels, labels)


if __name__ == "__main__":
    main()

"""Choose the test cadences that are worth a look; no label of test is asked for.

Three kinds are chosen: the highest by the ensemble; those on which its members disagree most, for one lets
them pass at a given false-positive rate and another does not; and the near misses, which the ensemble just
does not let pass. The rate is the share of training cadences without a needle that score as high, out of
fold.

    python workflow_scripts/candidates/choose_candidates.py --folds results/folds.parquet \\
        --member b3 results/runs/b3/round1/fold{0,1,2,3,4}/predictions.parquet \\
        --member b5 results/runs/b5/round1/fold{0,1,2,3,4}/predictions.parquet \\
        --test results/ensemble/test.parquet --weights results/ensemble/weights.tsv \\
        --curves results/ensemble/curves.parquet \\
        --method rank_mean --power 4 --top 60 --disagreed 20 --near-misses 20 \\
        --false-positive-rate 0.01 --chosen results/candidates/chosen.parquet
"""

import argparse
import csv

from abacad.candidates.choice import Choice, candidates_table
from abacad.ensemble.names import METHODS
from abacad.tables.curves import read_curves
from abacad.tables.files import read_table, write_table
from abacad.tables.means import mean_of

MEMBER = "a member's name and its prediction files in the order of the folds; once for each member"
CHOSEN = """Parquet to write, a row a candidate, the best first: collection, id, rank, reason (top, disagreed
    or near_miss), score, spread (of the members' ranks), false_positive_rate; the same of each member"""


def main() -> None:
    """Read the command line and choose."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--folds", required=True, help="Parquet: id, target, fold of the training rows")
    add(
        "--member", nargs="+", action="append", required=True, metavar=("NAME", "FILE"), help=MEMBER
    )
    add("--test", required=True, help="the ensemble on test, Parquet of rank_average.py")
    add("--weights", required=True, help="TSV of rank_average.py: those of the weighted mean")
    add("--curves", required=True, help="Parquet of rank_average.py: those of the stacked score")
    add("--method", choices=METHODS, required=True, help="how members become the ensemble's score")
    add("--power", type=float, required=True, help="of the power mean")
    add("--top", type=int, required=True, help="the highest by the ensemble")
    add("--disagreed", type=int, required=True, help="those on which members disagree most")
    add("--near-misses", type=int, required=True, help="those that just do not pass")
    add("--false-positive-rate", type=float, required=True, help="at which one passes")
    add("--chosen", required=True, help=CHOSEN)
    arguments = parser.parse_args()

    members = {name: files for name, *files in arguments.member}
    with open(arguments.weights, newline="") as file:
        (of_test,) = (row for row in csv.DictReader(file, delimiter="\t") if row["rows"] == "test")
    weights = {name: float(of_test[name]) for name in members}
    curves = read_curves(arguments.curves, [*members])
    choice = Choice(
        arguments.top,
        arguments.disagreed,
        arguments.near_misses,
        arguments.false_positive_rate,
    )
    table = candidates_table(
        read_table(arguments.test),
        read_table(arguments.folds, ["id", "target", "fold"]),
        members,
        arguments.method,
        mean_of(arguments.method, arguments.power, weights, curves),
        choice,
    )
    write_table(arguments.chosen, table)


if __name__ == "__main__":
    main()

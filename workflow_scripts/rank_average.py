"""Average the members' ranks, out of fold and on test, and score the ensemble out of fold.

    python workflow_scripts/rank_average.py --folds results/folds.parquet \\
        --member b3 results/runs/b3/round1/fold{0,1,2,3,4}/predictions.parquet \\
        --member b5 results/runs/b5/round1/fold{0,1,2,3,4}/predictions.parquet \\
        --bootstrap 1000 --seed 0 --out-of-fold results/ensemble/out_of_fold.parquet \\
        --test results/ensemble/test.parquet --scores results/ensemble/scores.json
"""

import argparse

from abacad.ensemble import average_out_of_fold, average_test, score_ensemble
from abacad.files import read_table, write_json, write_table

MEMBER = "a member's name and its prediction files in the order of the folds; once for each member"


def main() -> None:
    """Read the command line and average."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--folds", required=True, help="Parquet: id, target, fold")
    add(
        "--member", nargs="+", action="append", required=True, metavar=("NAME", "FILE"), help=MEMBER
    )
    add("--bootstrap", type=int, required=True, help="resamples behind the 95 %% intervals")
    add("--seed", type=int, required=True, help="seed of the resamples")
    add(
        "--out-of-fold",
        required=True,
        help="Parquet to write: id, target, fold, rank_mean, arithmetic_mean, ranks by member",
    )
    add(
        "--test",
        required=True,
        help="Parquet to write: id, rank_mean, arithmetic_mean, ranks by member",
    )
    add("--scores", required=True, help="JSON to write: rank_mean, arithmetic_mean, members")
    arguments = parser.parse_args()

    members = {name: files for name, *files in arguments.member}
    if len(members) < len(arguments.member):
        parser.error("argument --member: a name is given twice")
    out_of_fold = average_out_of_fold(
        read_table(arguments.folds, ["id", "target", "fold"]), members
    )
    test = average_test(members)
    scores = score_ensemble(out_of_fold, arguments.bootstrap, arguments.seed)
    write_table(arguments.out_of_fold, out_of_fold)
    write_table(arguments.test, test)
    write_json(arguments.scores, scores)


if __name__ == "__main__":
    main()

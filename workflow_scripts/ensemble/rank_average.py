"""Combine the members by their ranks and in other ways, out of fold and on test, and score all out of fold.

    python workflow_scripts/ensemble/rank_average.py --folds results/folds.parquet \\
        --member b3 results/runs/b3/round1/fold{0,1,2,3,4}/predictions.parquet \\
        --member b5 results/runs/b5/round1/fold{0,1,2,3,4}/predictions.parquet \\
        --power 4 --bootstrap 1000 --seed 0 --out-of-fold results/ensemble/out_of_fold.parquet \\
        --test results/ensemble/test.parquet --scores results/ensemble/scores.json \\
        --resamples results/ensemble/resamples.parquet \\
        --weights results/ensemble/weights.tsv --curves results/ensemble/curves.parquet \\
        --correlations results/ensemble/correlations.tsv
"""

import argparse

from abacad.ensemble.averages import (
    average_out_of_fold,
    average_test,
    correlations,
    score_ensemble,
    weight_rows,
)
from abacad.ensemble.names import METHODS
from abacad.tables.curves import write_curves
from abacad.tables.files import read_table, write_json, write_table, write_tsv

MEMBER = "a member's name and its prediction files in the order of the folds; once for each member"


def main() -> None:
    """Read the command line and average."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--folds", required=True, help="Parquet: id, target, fold, group (drawn together)")
    add(
        "--member", nargs="+", action="append", required=True, metavar=("NAME", "FILE"), help=MEMBER
    )
    add("--power", type=float, required=True, help="of the power mean; 1: the arithmetic mean")
    add("--bootstrap", type=int, required=True, help="resamples behind the 95 %% intervals")
    add("--seed", type=int, required=True, help="seed of the resamples")
    methods = ", ".join(METHODS)
    add(
        "--out-of-fold",
        required=True,
        help=f"Parquet to write: id, target, fold, {methods}, ranks by member",
    )
    add("--test", required=True, help=f"Parquet to write: id, {methods}, ranks by member")
    add("--scores", required=True, help="JSON to write: scores of the methods and of the members")
    resamples_help = "Parquet to write: mean, and auc, recall, partial_auc of each resample"
    add("--resamples", required=True, help=resamples_help)
    weights_help = """TSV to write: the weights of weighted_mean by member, for the rows of each fold
        (found without them) and for test (found on all)"""
    add("--weights", required=True, help=weights_help)
    curves_help = """Parquet to write: the curves of stacked, for the rows of each fold (found without them):
        fold, member, rank, log_odds"""
    add("--curves", required=True, help=curves_help)
    correlations_help = "TSV to write: Spearman correlations of the members out of fold"
    add("--correlations", required=True, help=correlations_help)
    arguments = parser.parse_args()

    members = {name: files for name, *files in arguments.member}
    if len(members) < len(arguments.member):
        parser.error("argument --member: a name is given twice")
    folds = read_table(arguments.folds, ["id", "target", "fold", "group"])
    learnt = average_out_of_fold(folds, members, arguments.power)
    test = average_test(members, arguments.power, learnt)
    groups = folds["group"].to_numpy()
    scores, resampled = score_ensemble(
        learnt.table, groups, members, arguments.bootstrap, arguments.seed
    )
    write_table(arguments.out_of_fold, learnt.table)
    write_table(arguments.test, test)
    write_tsv(arguments.weights, weight_rows(members, learnt.weights), ("rows", *members))
    write_curves(arguments.curves, [*members], learnt.curves)
    write_tsv(arguments.correlations, correlations(learnt.table, members), ("member", *members))
    write_table(arguments.resamples, resampled)
    write_json(arguments.scores, scores)


if __name__ == "__main__":
    main()

"""Report what is found of which needles: recall at 1 % false positives, by kind and SNR.

Of simulated cadences alone, where the truth is known. Training cadences are scored out of fold.

    python workflow_scripts/report/report_recovery.py --truth results/simulated/truth.parquet \\
        --folds results/folds.parquet \\
        --predictions b3 "" results/runs/b3/round0/fold{0,1,2}/predictions.parquet \\
        --predictions b3 dot results/runs/b3_without_dot/round0/fold{0,1,2}/predictions.parquet \\
        --out-of-fold results/ensemble/out_of_fold.parquet --test results/ensemble/test.parquet \\
        --table results/report/recovery.tsv --plot results/report/recovery.png
"""

import argparse

import numpy as np

from abacad.report.figures import plot_recovery
from abacad.report.recovery import COLUMNS, Scored, recovery_rows, snr_edges, tsv_rows
from abacad.tables.files import read_table, write_tsv
from abacad.tables.predictions import mean_ranks, read_out_of_fold, read_test

PREDICTIONS = """a model's name; the kind of needle that it never saw a label of, or ""; and its folds'
    predictions in order; once for each model"""


def main() -> None:
    """Read the command line and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--truth", required=True, help="Parquet of simulate_cadences.py")
    add("--folds", required=True, help="Parquet: id, target, fold")
    add("--predictions", nargs="+", action="append", required=True, help=PREDICTIONS)
    add("--out-of-fold", required=True, help="the ensemble on train, Parquet of rank_average.py")
    add("--test", required=True, help="the ensemble on test, Parquet of rank_average.py")
    add("--table", required=True, help="TSV to write: model, kind, SNR, number of needles, recall")
    add("--plot", required=True, help="PNG to write: recall by SNR, of each kind")
    arguments = parser.parse_args()

    truth, folds = read_table(arguments.truth), read_table(arguments.folds, ["id", "fold"])
    train_ids, fold = folds["id"].to_pylist(), folds["fold"].to_numpy()
    everything = []
    for model, left_out, *paths in arguments.predictions:
        out_of_fold = read_out_of_fold(folds, paths)
        test_ids, test = read_test(paths)
        one = np.zeros(len(test_ids))
        everything += [
            Scored(model, left_out or None, "train", train_ids, out_of_fold, fold),
            Scored(model, left_out or None, "test", test_ids, mean_ranks(test), one),
        ]
    for collection, path in (("train", arguments.out_of_fold), ("test", arguments.test)):
        table = read_table(path)
        ids, ranks = table["id"].to_pylist(), table["rank_mean"].to_numpy()
        groups = table["fold"].to_numpy() if collection == "train" else np.zeros(len(ids))
        everything.append(Scored("ensemble", None, collection, ids, ranks, groups))

    edges = snr_edges(truth)
    rows = [row for scored in everything for row in recovery_rows(scored, truth, edges)]
    write_tsv(arguments.table, tsv_rows(rows), COLUMNS)
    plot_recovery(arguments.plot, rows)


if __name__ == "__main__":
    main()

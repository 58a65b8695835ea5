"""Report what is found of which needles: recall at 1 % false positives, by kind, SNR and drift.

Of simulated cadences alone, where the truth is known. Training cadences are scored out of fold.

    python workflow_scripts/report/report_recovery.py --truth results/simulated/truth.parquet \\
        --folds results/folds.parquet \\
        --predictions b3 "" results/runs/b3/round0/fold{0,1,2}/predictions.parquet \\
        --predictions b3 dot results/runs/b3_without_dot/round0/fold{0,1,2}/predictions.parquet \\
        --out-of-fold results/ensemble/out_of_fold.parquet --test results/ensemble/test.parquet \\
        --method rank_mean --trials 24832 --table results/report/recovery.tsv
"""

import argparse

from abacad.ensemble.names import METHODS
from abacad.report.recovery import (
    COLUMNS,
    recovery_rows,
    scored_ensemble,
    scored_run,
    simulated_needles,
    snr_edges,
    tsv_rows,
)
from abacad.tables.files import read_table, write_tsv

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
    add("--method", choices=METHODS, required=True, help="how members become the ensemble's score")
    trials_help = "paths that the ideal search tries in a cadence: drifts times frequencies"
    add("--trials", type=int, required=True, help=trials_help)
    drift_help = "Hz/s: one frequency bin in the time of a panel"
    add("--unit-drift", type=float, required=True, help=drift_help)
    table_help = """TSV to write: recall of each model, with a 95 %% interval, the number of needles and
        the bounds of a matched filter that knows the path and of an ideal search, by kind, SNR and drift
        (bins a panel; Hz/s); empty: any"""
    add("--table", required=True, help=table_help)
    arguments = parser.parse_args()

    folds = read_table(arguments.folds, ["id", "fold"])
    everything = [
        scored
        for model, left_out, *paths in arguments.predictions
        for scored in scored_run(model, left_out or None, paths, folds)
    ]
    everything += scored_ensemble(arguments.out_of_fold, arguments.test, arguments.method)
    needles = simulated_needles(read_table(arguments.truth))
    edges = snr_edges(needles)
    rows = [
        row
        for scored in everything
        for row in recovery_rows(scored, needles, edges, arguments.unit_drift, arguments.trials)
    ]
    write_tsv(arguments.table, tsv_rows(rows), COLUMNS)


if __name__ == "__main__":
    main()

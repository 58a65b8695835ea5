"""Report completeness: which needles are found in the noise of the test side, real data too.

Of needles that were injected into backgrounds of test which the models never saw, by kind, SNR and drift.

    python workflow_scripts/report/report_completeness.py \\
        --manifest results/manifests/completeness.parquet --members b3 b5 \\
        --predictions b3 results/runs/b3/round1/fold{0,1,2}/predictions.parquet \\
        --predictions b5 results/runs/b5/round1/fold{0,1,2}/predictions.parquet \\
        --completeness b3 results/runs/b3/round1/fold{0,1,2}/completeness.parquet \\
        --completeness b5 results/runs/b5/round1/fold{0,1,2}/completeness.parquet \\
        --trials 24832 --table results/report/completeness.tsv
"""

import argparse

from abacad.report.completeness import injected_needles, scored_completeness
from abacad.report.recovery import COLUMNS, recovery_rows, snr_edges, tsv_rows
from abacad.tables.files import read_table, write_tsv


def main() -> None:
    """Read the command line and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    files = {"nargs": "+", "action": "append", "required": True, "metavar": ("MODEL", "FILE")}
    add("--manifest", required=True, help="of completeness, Parquet of inject_needles.py")
    add("--members", nargs="+", required=True, help="the models of the ensemble")
    add("--predictions", **files, help="a model and what its folds' models say of test, in order")
    add("--completeness", **files, help="and of the injected cadences, by predict_completeness.py")
    trials_help = "paths that the ideal search tries in a cadence: drifts times frequencies"
    add("--trials", type=int, required=True, help=trials_help)
    drift_help = "Hz/s: one frequency bin in the time of a panel"
    add("--unit-drift", type=float, required=True, help=drift_help)
    table_help = """TSV to write: recall of each model, with a 95 %% interval, the number of needles and
        the bounds of a matched filter that knows the path and of an ideal search, by kind, SNR and drift
        (bins a panel; Hz/s); empty: any"""
    add("--table", required=True, help=table_help)
    arguments = parser.parse_args()

    needles = injected_needles(read_table(arguments.manifest))
    tested, predicted = (
        {model: paths for model, *paths in groups}
        for groups in (arguments.predictions, arguments.completeness)
    )
    edges = snr_edges(needles)
    ids = needles["id"].to_pylist()
    everything = scored_completeness(ids, tested, predicted, arguments.members)
    rows = [
        row
        for scored in everything
        for row in recovery_rows(scored, needles, edges, arguments.unit_drift, arguments.trials)
    ]
    write_tsv(arguments.table, tsv_rows(rows), COLUMNS)


if __name__ == "__main__":
    main()

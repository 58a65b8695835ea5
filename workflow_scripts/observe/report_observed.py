"""Report which needles would be found in an observation: of those injected into it, by kind, SNR and drift.

    python workflow_scripts/observe/report_observed.py --needles HIP1/injected/needles/*.parquet \\
        --predictions HIP1/injected/predictions/*.parquet --pointed HIP1/pointed/predictions/*.parquet \\
        --bundle bundle --false-positive-rate 0.01 --trials 24832 --judged HIP1/needles.parquet \\
        --table HIP1/recovery.parquet --tsv HIP1/recovery.tsv
"""

import argparse
import sys
from pathlib import Path

from abacad.bundle.calibration import read_calibration
from abacad.bundle.contents import read_bundle
from abacad.bundle.folder import BadBundle
from abacad.observe.recovery import OBSERVED_COLUMNS, judged_needles, observed_rows, rows_table
from abacad.observe.scored import read_shares
from abacad.report.recovery import tsv_rows
from abacad.tables.files import write_table, write_tsv

JUDGED = """Parquet to write: the needles, with score, false_positive_rate, found, and already (whether the
    snippet passes without its needle)"""
TABLE = """Parquet to write: recall with a 95 %% interval, the number of needles, the bounds of a matched
    filter that knows the path and of an ideal search, and the share of the same snippets that pass already
    without a needle, by kind, SNR and drift (bins a panel; Hz/s); null: any"""


def main() -> None:
    """Read the command line and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--needles", nargs="+", required=True, help="Parquet files of inject_snippets.py")
    predictions_help = "Parquet files of predict_bundle.py, of the snippets with needles"
    add("--predictions", nargs="+", required=True, help=predictions_help)
    add("--pointed", nargs="+", required=True, help="and of all snippets without")
    null_help = "as of rank_events.py; without, the bundle tells the rate of false positives"
    add("--null", nargs="*", default=[], help=null_help)
    add("--bundle", type=Path, required=True, help="folder of pack_ensemble.py")
    add("--false-positive-rate", type=float, required=True, help="up to which a snippet passes")
    trials_help = "paths that the ideal search tries in a snippet: drifts times frequencies"
    add("--trials", type=int, required=True, help=trials_help)
    drift_help = "Hz/s: one frequency bin in the time of a panel"
    add("--unit-drift", type=float, required=True, help=drift_help)
    add("--judged", required=True, help=JUDGED)
    add("--table", required=True, help=TABLE)
    add("--tsv", required=True, help="the same as TSV, rounded; empty: any")
    arguments = parser.parse_args()
    try:
        bundle = read_bundle(arguments.bundle)
        calibration = read_calibration(arguments.bundle, bundle)
    except BadBundle as error:
        sys.exit(f"report_observed: {error}")
    null = read_shares(arguments.null) if arguments.null else None
    rate = arguments.false_positive_rate
    needles = judged_needles(
        read_shares(arguments.needles),
        read_shares(arguments.predictions),
        read_shares(arguments.pointed),
        null,
        calibration,
        rate,
    )
    negatives = int((calibration.target == 0).sum()) if null is None else len(null)
    rows = observed_rows(needles, negatives, rate, arguments.unit_drift, arguments.trials)
    write_table(arguments.judged, needles)
    write_table(arguments.table, rows_table(rows))
    write_tsv(arguments.tsv, tsv_rows(rows), OBSERVED_COLUMNS)
    found, already = (sum(needles[name].to_pylist()) for name in ("found", "already"))
    print(f"{found} of {len(needles)} needles are found; {already} of their snippets pass without")


if __name__ == "__main__":
    main()

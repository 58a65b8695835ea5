"""Predict the cadences of each fold, and all test cadences, by the statistics of the de-Doppler search.

For each fold the statistic is that of the settings. Where they name none, it is the one that finds most
needles among the training cadences of the other folds, at 1 % false positives. Their labels make its values
probabilities. Nothing else is learnt. Out come, as of any model, the complete settings of the run, and of
each fold metrics and a table: collection, id, prediction (0..1).

    python workflow_scripts/search/predict_search.py \\
        --settings '{"experiment": "drift_search", "stage": "round0", "statistic": null, "search": {...}}' \\
        --folds results/folds.parquet --overlapping results/overlaps/folds.parquet \\
        --statistics results/search/statistics/{train,test}/*.parquet \\
        --run-settings round0/settings.json --predictions round0/fold{0,1,2}/predictions.parquet \\
        --metrics round0/fold{0,1,2}/metrics.json
"""

import argparse
import json
import time

from abacad.search.prediction import Statistics, predict_fold
from abacad.tables.files import read_table, write_json, write_table


def main() -> None:
    """Read the command line and predict."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--settings", type=json.loads, required=True, help="JSON: the run's complete settings")
    add("--folds", required=True, help="table of folds: id, target, fold")
    overlapping_help = "Parquet of make_folds.py: what overlaps with a fold is not chosen by"
    add("--overlapping", nargs="?", help=overlapping_help)
    statistics_help = "tables of search_drift.py: all shards of train and of test, in order"
    add("--statistics", nargs="+", required=True, help=statistics_help)
    add("--run-settings", required=True, help="JSON to write: the settings")
    files = {"nargs": "+", "required": True}
    add("--predictions", **files, help="Parquet to write, one for each fold: see above")
    add("--metrics", **files, help="JSON to write, one for each fold: what was chosen, and by what")
    arguments = parser.parse_args()

    statistics = Statistics.read(arguments.statistics)
    folds = read_table(arguments.folds)
    overlapping = read_table(arguments.overlapping) if arguments.overlapping else None
    statistic = arguments.settings["statistic"]
    outputs = zip(arguments.predictions, arguments.metrics, strict=True)
    for fold, (predictions, metrics) in enumerate(outputs):
        started = time.monotonic()
        predicted = predict_fold(statistics, folds, fold, overlapping, statistic)
        write_table(predictions, predicted.table)
        cost = {"seconds": time.monotonic() - started, "device": "cpu"}
        write_json(metrics, predicted.metrics | cost)
        print(f"fold {fold}: {predicted.metrics['choice']}", flush=True)
    write_json(arguments.run_settings, arguments.settings)


if __name__ == "__main__":
    main()

"""Predict the injected cadences of completeness by what the search chose for each fold.

Of each fold a table comes out: collection, id, prediction (0..1), and held_out, whether nothing that shares
background with the cadence is among what the fold's statistic was chosen by.

    python workflow_scripts/search/predict_search_completeness.py --metrics round1/fold{0,1,2}/metrics.json \\
        --overlapping results/overlaps/folds.parquet --manifest results/manifests/completeness.parquet \\
        --statistics results/search/statistics/completeness/*.parquet \\
        --predictions round1/fold{0,1,2}/completeness.parquet
"""

import argparse

import pyarrow as pa

from abacad.images.selection import completeness_rows, held_out
from abacad.search.choice import Choice
from abacad.search.prediction import Statistics, predictions
from abacad.tables.files import read_json, read_table, write_table


def main() -> None:
    """Read the command line and predict."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    files = {"nargs": "+", "required": True}
    add("--metrics", **files, help="JSON of predict_search.py, one for each fold, in order")
    add("--overlapping", required=True, help="Parquet of make_folds.py: what each fold holds out")
    add("--manifest", required=True, help="of completeness, Parquet of inject_needles.py")
    add("--statistics", **files, help="tables of search_drift.py: all shards, in order")
    add("--predictions", **files, help="Parquet to write, one for each fold: see above")
    arguments = parser.parse_args()

    statistics = Statistics.read(arguments.statistics)
    manifest, overlapping = read_table(arguments.manifest), read_table(arguments.overlapping)
    rows = completeness_rows(statistics.ids)
    outputs = zip(arguments.metrics, arguments.predictions, strict=True)
    for fold, (metrics, path) in enumerate(outputs):
        table = predictions(statistics, rows, Choice(**read_json(metrics)["choice"]))
        apart = held_out(manifest, overlapping, fold)
        apart_of = dict(zip(manifest["id"].to_pylist(), apart.tolist(), strict=True))
        column = pa.array([apart_of[cadence_id] for cadence_id in table["id"].to_pylist()])
        write_table(path, table.append_column("held_out", column))


if __name__ == "__main__":
    main()

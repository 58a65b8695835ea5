"""Predict the cadences of one fold by the detector that never saw them, and all test cadences.

Out comes a table: collection, id, and prediction, the probability of a needle, 0..1.

    python workflow_scripts/predict_fold.py --settings results/runs/b3/round0/settings.json \\
        --weights fold0/weights.safetensors --folds results/folds.parquet --fold 0 \\
        --stores results/stores/{normalized,nmf}/{train,test}/*.arrow \\
        --predictions fold0/predictions.parquet --threads 2
"""

import argparse

import pyarrow as pa
import torch

from abacad.batches import Cadences, in_order, load_batches
from abacad.device import prepare_device
from abacad.files import read_json, read_table, write_table
from abacad.model import build_model, load_weights
from abacad.predict import predict
from abacad.rows import named, prediction_rows
from abacad.store import open_stores


def main() -> None:
    """Read the command line and predict."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--settings", required=True, help="JSON: the run's complete settings, from resolve_run.py")
    add("--weights", required=True, help="safetensors of train_fold.py, for the same fold")
    add("--folds", required=True, help="table of folds: id, target, fold")
    add("--fold", type=int, required=True, help="the fold that the weights never saw, from 0")
    add(
        "--stores",
        nargs="+",
        required=True,
        help="all shards of the stores of train and, if wanted, test",
    )
    add("--predictions", required=True, help="Parquet to write: collection, id, prediction")
    add("--threads", type=int, default=1, help="CPU threads, or processes that read for a GPU")
    arguments = parser.parse_args()

    settings = read_json(arguments.settings)
    cadences = Cadences(open_stores(arguments.stores), settings["channels"])
    rows = prediction_rows(cadences.ids, read_table(arguments.folds), arguments.fold)
    device = prepare_device(arguments.threads)
    model = build_model(settings).to(device, memory_format=torch.channels_last)
    load_weights(arguments.weights, model)
    order = in_order(len(rows), settings["batch_size"])
    batches = load_batches(cadences, rows, order, device, arguments.threads)
    predictions = predict(model, batches, settings, settings["tta"])
    ids = [cadence_id for _, cadence_id in named(cadences.ids, rows)]
    table = {"collection": rows.collections, "id": ids, "prediction": predictions}
    write_table(arguments.predictions, pa.table(table))


if __name__ == "__main__":
    main()

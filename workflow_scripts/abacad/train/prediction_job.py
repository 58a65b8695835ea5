"""The command line of a prediction job in, its detector and the cadences to predict out.

This is the common part of predict_fold, predict_completeness and export_embeddings: everything except
what they write, and for which rows.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import torch

from abacad.cadences.scratch import on_scratch
from abacad.cadences.store import open_stores
from abacad.devices.device import prepare_device
from abacad.images.batches import PanelReader, in_order, load_batches
from abacad.images.selection import Ids, Rows, named, prediction_rows
from abacad.model.detector import Detector, build_model, load_weights
from abacad.settings import Run
from abacad.tables.files import read_table
from abacad.train.run_settings import read_run


def prediction_parser(description: str) -> argparse.ArgumentParser:
    """A command line with the options of every prediction job."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--settings", required=True, help="JSON: the run's complete settings, from resolve_run.py")
    add("--weights", required=True, help="safetensors of train_fold.py, for the same fold")
    add("--folds", required=True, help="table of folds: id, target, fold")
    add("--fold", type=int, required=True, help="the fold that the weights never saw, from 0")
    stores_help = "all shards of the stores of the collections that are looked at"
    add("--stores", nargs="+", required=True, help=stores_help)
    add("--threads", type=int, default=1, help="CPU threads, or threads that read for a GPU")
    return parser


@dataclass(frozen=True)
class PredictionJob:
    """A detector, and the cadences that it will predict, in batches."""

    run: Run
    model: Detector
    batches: Iterator[tuple[torch.Tensor, torch.Tensor]]  # panels, labels
    collections: np.ndarray  # (row,) str
    ids: list[str]


def open_prediction(
    arguments: argparse.Namespace,
    rows_of: Callable[[Ids, pa.Table, int], Rows] = prediction_rows,
) -> PredictionJob:
    """The job that the command line of `prediction_parser` names, with the model on its device.

    `rows_of` chooses the cadences from the ids of the stores, the folds and the fold.
    """
    run = read_run(arguments.settings)
    reader = PanelReader(open_stores(on_scratch(arguments.stores)), run.composition.channels)
    rows = rows_of(reader.ids, read_table(arguments.folds), arguments.fold)
    device = prepare_device(arguments.threads)
    model = build_model(run).to(device, memory_format=torch.channels_last)
    load_weights(arguments.weights, model)
    order = in_order(len(rows), run.optimization.batch_size)
    batches = load_batches(reader, rows, order, device, arguments.threads)
    ids = [cadence_id for _, cadence_id in named(reader.ids, rows)]
    return PredictionJob(run, model, batches, rows.collections, ids)

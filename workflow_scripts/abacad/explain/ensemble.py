"""The trained models of the ensemble's members and cadences in, the mean of their maps out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from abacad.cadences.store import Store
from abacad.explain.maps import MAP_SHAPE, REDUCTION, explain, layer_of
from abacad.images.batches import PanelReader, in_order, load_batches
from abacad.images.selection import Rows
from abacad.model.detector import build_model, load_weights
from abacad.tables.files import read_table
from abacad.tables.groups import CadenceKey
from abacad.tables.ids import some
from abacad.train.run_settings import read_run

SIDES = ("train", "test")
MAP_TYPE = pa.list_(pa.float16(), int(np.prod(MAP_SHAPE)))


@dataclass(frozen=True)
class TrainedModel:
    """The files of one model: its run's settings, its fold, and its weights."""

    settings: str | Path
    fold: int
    weights: str | Path


def read_chosen(path: str | Path, folds: pa.Table) -> tuple[list[CadenceKey], np.ndarray]:
    """The cadences to explain, each once, in their order, and the fold of each, (row,), -1 on the test side.

    The table has the columns collection, id; `folds` has id, fold. ValueError names the file and the
    cadences: they are of another collection than train or test, or not among the folds.
    """
    table = read_table(path, ["collection", "id"])
    keys = zip(table["collection"].to_pylist(), table["id"].to_pylist(), strict=True)
    cadences = [*dict.fromkeys(keys)]
    fold_of = dict(zip(folds["id"].to_pylist(), folds["fold"].to_pylist(), strict=True))
    for wrong, why in (
        ([c for c in cadences if c[0] not in SIDES], "of no collection among train, test"),
        ([c for c in cadences if c[0] == "train" and c[1] not in fold_of], "in no fold"),
    ):
        if wrong:
            raise ValueError(f"{path}: {some([' '.join(cadence) for cadence in wrong])} are {why}")
    return cadences, np.array([fold_of[i] if of == "train" else -1 for of, i in cadences], int)


def mean_maps(
    models: Iterable[TrainedModel],
    stores: Mapping[tuple[str, str], Store],
    cadences: Sequence[CadenceKey],
    folds: np.ndarray,
    device: torch.device,
    threads: int,
) -> np.ndarray:
    """The mean of the models' maps of each cadence, (row, *MAP_SHAPE), float32, scaled to a maximum of 1.

    A training cadence is shown only to the models of its own fold, which never saw it; a test cadence to all.
    Models whose backbone cannot be mapped are named on standard output and left out. `folds` is (row,), -1 on
    the test side. ValueError names the cadences: the stores lack them, or no model may see them.
    """
    summed = np.zeros((len(cadences), *MAP_SHAPE), np.float32)
    times = np.zeros(len(cadences), int)
    for model in models:
        run = read_run(model.settings)
        reader = PanelReader(stores, run.composition.channels)
        seen = np.flatnonzero((folds == -1) | (folds == model.fold))
        rows = _rows(reader, [cadences[row] for row in seen])
        detector = build_model(run).to(device)
        load_weights(model.weights, detector)
        times[seen] += 1
        try:
            for branch in detector.branches:
                layer_of(branch, REDUCTION)
        except ValueError as error:
            print(f"{model.weights}: {error}; it is left out", flush=True)
            continue
        order = in_order(len(rows), run.optimization.batch_size) if len(rows) else []
        batches = load_batches(reader, rows, order, device, threads)
        for numbers, (panels, _) in zip(order, batches, strict=True):
            summed[seen[numbers]] += explain(detector, panels.to(device), run)
    if unseen := [" ".join(cadences[row]) for row in np.flatnonzero(times == 0)]:
        raise ValueError(f"{some(unseen)} are shown to no model: none is of their fold")
    highest = summed.max((1, 2, 3), keepdims=True, initial=0)
    return summed / np.where(highest > 0, highest, 1)


def maps_table(cadences: Sequence[CadenceKey], maps: np.ndarray) -> pa.Table:
    """The maps as a table: collection, id, map (fixed-size list of float16, panel by panel, row by row)."""
    values = pa.array(maps.astype(np.float16).ravel())
    return pa.table(
        {
            "collection": pa.array([collection for collection, _ in cadences], pa.string()),
            "id": pa.array([cadence_id for _, cadence_id in cadences], pa.string()),
            "map": pa.FixedSizeListArray.from_arrays(values, type=MAP_TYPE),
        }
    )


def _rows(reader: PanelReader, cadences: Sequence[CadenceKey]) -> Rows:
    """Where the reader's stores have these cadences."""
    place_of = {
        (collection, cadence_id): place
        for collection, ids in reader.ids.items()
        for place, cadence_id in enumerate(ids)
    }
    if lacking := [" ".join(cadence) for cadence in cadences if cadence not in place_of]:
        raise ValueError(f"{some(lacking)} are not in the stores")
    collections = np.array([collection for collection, _ in cadences])
    places = np.array([place_of[cadence] for cadence in cadences], np.int64)
    return Rows(collections, places, np.full(len(places), np.nan, np.float32))

"""A bundle and the stores of new sky in, what each of its models says out.

Every member is asked for every snippet, by the models of all of its folds: none has seen this sky.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from abacad.bundle.contents import Bundle, Member
from abacad.cadences.layout import OBSERVED, PanelShape
from abacad.cadences.store import Store
from abacad.images.batches import PanelReader, in_order, load_batches
from abacad.images.selection import Rows
from abacad.model.detector import build_model, load_weights
from abacad.search.choice import Choice
from abacad.train.predict import predict
from abacad.train.run_settings import run_of

Stores = Mapping[tuple[str, str], Store]


def predict_bundle(
    folder: str | Path,
    bundle: Bundle,
    stores: Stores,
    statistics: Mapping[str, np.ndarray],
    shape: PanelShape,
    device: torch.device,
    threads: int,
) -> dict[str, np.ndarray]:
    """By member, the probabilities of each fold's model, (fold, row), float64.

    folder      of the bundle
    stores      of the collection `observed`, all that the members see
    statistics  of the search, (row,) by name, in the rows' order; only a member that searches needs them
    shape       of the panels, even if the models were trained on others
    ValueError: a store is missing, or the stores hold different rows.
    """
    said = {}
    for member in bundle.members:
        if member.weights:
            said[member.name] = _models(Path(folder), member, stores, shape, device, threads)
        else:
            choices = [Choice(**choice) for choice in member.choices]
            said[member.name] = np.stack(
                [choice.probabilities(statistics[choice.statistic]) for choice in choices]
            )
    return said


def _models(
    folder: Path,
    member: Member,
    stores: Stores,
    shape: PanelShape,
    device: torch.device,
    threads: int,
) -> np.ndarray:
    run = run_of(member.settings | {"shape": asdict(shape)})
    reader = PanelReader(stores, run.composition.channels)
    count = len(reader.ids[OBSERVED])
    if not count:  # a share of the band may be blank
        return np.empty((len(member.weights), 0))
    unknown = np.full(count, np.nan, np.float32)
    rows = Rows(np.array([OBSERVED] * count), np.arange(count), unknown)
    order = in_order(count, run.optimization.batch_size)
    said = []
    for path in member.weights:
        model = build_model(run).to(device, memory_format=torch.channels_last)
        load_weights(folder / path, model)
        batches = load_batches(reader, rows, order, device, threads)
        said.append(predict(model, batches, run, run.tta))
    return np.stack(said).astype(np.float64)

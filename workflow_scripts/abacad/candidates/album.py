"""Candidates, in every layer that is shown, in; a folder of their pictures out, whole or not at all."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from abacad.cadences.cadence import read_cadence
from abacad.cadences.known_stores import STORES
from abacad.cadences.layout import PANELS_OF_SIDE
from abacad.cadences.store import Store
from abacad.candidates.pictures import overlay, waterfall
from abacad.devices.parallel import ordered_map
from abacad.devices.progress import progress
from abacad.tables.ids import some

RAW, GRAD_CAM = "raw", "grad_cam"

Views = dict[str, np.ndarray]  # (panel=6, time, frequency) by layer; NaN where it is not stored
Candidate = tuple[str, Views, np.ndarray | None]  # id, views, and its Grad-CAM if there is one


def layers_of(stores: Mapping[tuple[str, str], Store]) -> dict[str, str]:
    """The layers that a page can show of test, by name: the title of each. The raw one is the last."""
    return {name: title for name, title in STORES.items() if (name, "test") in stores} | {
        RAW: "raw"
    }


def stored_panels(stores: Mapping[tuple[str, str], Store]) -> dict[str, Sequence[int]]:
    """The numbers of the panels that there are in each of these layers."""
    return {
        name: PANELS_OF_SIDE["all" if name == RAW else stores[name, "test"].panels]
        for name in layers_of(stores)
    }


def read_candidates(
    ids: Sequence[str],
    paths: Mapping[str, str],
    stores: Mapping[tuple[str, str], Store],
    maps: Mapping[str, np.ndarray],
) -> Iterator[Candidate]:
    """Each of some test cadences, in all `layers_of` the stores; and its map.

    paths   of the raw files, by id
    stores  opened, by store and collection
    maps    as of `abacad.cadences.maps.read_maps`, or none
    ValueError: a candidate that is not in a store.
    """
    rows = {}
    for name in layers_of(stores):
        if name != RAW:
            store = stores[name, "test"]
            rows[name] = {cadence_id: row for row, cadence_id in enumerate(store.ids)}
            if missing := [one for one in ids if one not in rows[name]]:
                raise ValueError(f"{some(missing)} are not in the store {name} of test")
    for cadence_id in ids:
        views = {name: stores[name, "test"].whole(rows[name][cadence_id]) for name in rows}
        yield cadence_id, views | {RAW: read_cadence(paths[cadence_id])}, maps.get(cadence_id)


def draw_candidates(
    folder: str | Path, candidates: Iterable[Candidate], count: int, bins: int, workers: int
) -> None:
    """Write <id>.<layer>.webp of each candidate and view, and <id>.grad_cam.webp where there is a map.

    count  how many candidates there are, to tell of the progress
    bins   of time, a row
    """
    folder = Path(folder)
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    temporary.mkdir(parents=True)
    try:
        drawing = ordered_map(partial(_draw, temporary, bins), candidates, workers)
        for _ in progress(drawing, "Drawing the candidates", count, "cadences"):
            pass
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _draw(folder: Path, bins: int, candidate: Candidate) -> None:
    cadence_id, views, weights = candidate
    for name, panels in views.items():
        (folder / f"{cadence_id}.{name}.webp").write_bytes(waterfall(panels, bins))
    if weights is not None:
        (folder / f"{cadence_id}.{GRAD_CAM}.webp").write_bytes(overlay(weights))

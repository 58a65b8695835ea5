"""Cadences in, their hits and statistics out, a few at a time: of a shard of a store, or any others."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from abacad.cadences.layout import PANELS
from abacad.cadences.shard import Shard
from abacad.cadences.store import read_shard_file
from abacad.devices.progress import progress
from abacad.search.hits import Hit, Peaks
from abacad.search.names import STATISTICS
from abacad.search.planes import planes
from abacad.search.settings import Search
from abacad.search.statistics import statistics

AT_ONCE = {"cpu": 4, "cuda": 32}  # cadences; each takes 90 MB with 97 drift rates

HITS = pa.schema(
    {
        "collection": pa.string(),
        "id": pa.string(),
        "frequency": pa.float64(),
        "drift_rate": pa.float64(),
        "snr": pa.float32(),
        "panel_snr": pa.list_(pa.float32(), PANELS),
        "width": pa.int16(),
    }
)


@dataclass
class Found:
    """What a search found in the cadences of a shard, in their order.

    hits        of each cadence, the strongest first, and how many peaks it had
    statistics  (row,) float32 each, by name
    """

    shard: Shard
    ids: list[str]
    hits: list[tuple[list[Hit], int]] = field(default_factory=list)
    statistics: dict[str, np.ndarray] = field(default_factory=dict)


def search_shard(path: str | Path, search: Search, device: torch.device) -> Found:
    """Search the cadences of a store file.

    ValueError: it is none, of another store than asked for, without some of the six panels, or of cadences of
    another shape.
    """
    shard, ids, cadences = read_shard_file(path)
    shard.places("all")
    if shard.store != search.store:
        raise ValueError(f"{path}: a file of the store {shard.store}; {search.store} is searched")
    found = Found(shard, ids)
    title = f"Searching {shard.collection} {shard.index}-of-{shard.count}"
    batches = progress(
        _batches(cadences, AT_ONCE[device.type]), title, len(ids), "cadences", size=len
    )
    parts = []
    with torch.inference_mode():
        for batch in batches:
            if batch[0].shape != search.shape.of_cadence:
                raise ValueError(
                    f"{path}: cadences of {batch[0].shape}; those of {search.shape.of_cadence} are searched"
                )
            panels = torch.from_numpy(np.stack(batch)).to(device)
            peaks = Peaks(search)
            parts.append(statistics(peaks.watch(planes(panels, search)), search.drifts))
            found.hits += peaks.hits()
    for name in STATISTICS:
        values = [part[name].cpu().numpy() for part in parts]
        found.statistics[name] = np.concatenate(values) if values else np.empty(0, np.float32)
    return found


def hits_of(
    cadences: Iterable[np.ndarray], search: Search, device: torch.device
) -> Iterator[list[Hit]]:
    """The hits of each of these levelled (panel=6, time, frequency), the strongest first."""
    for batch in _batches(iter(cadences), AT_ONCE[device.type]):
        with torch.inference_mode():
            panels = torch.from_numpy(np.stack(batch)).to(device)
            peaks = Peaks(search)
            deque(peaks.watch(planes(panels, search)), maxlen=0)
            found = peaks.hits()
        for hits, _ in found:
            yield hits


def hits_table(
    collection: str, ids: Sequence[str], hits_of_each: Iterable[Sequence[Hit]]
) -> pa.Table:
    """A row a hit, with the columns of `HITS`."""
    rows = [
        {
            "collection": collection,
            "id": cadence_id,
            "frequency": hit.frequency,
            "drift_rate": hit.drift_rate,
            "snr": hit.snr,
            "panel_snr": hit.panel_snr,
            "width": hit.width,
        }
        for cadence_id, hits in zip(ids, hits_of_each, strict=True)
        for hit in hits
    ]
    return pa.Table.from_pylist(rows, HITS)


def statistics_table(found: Found) -> pa.Table:
    """A row a cadence: collection, id, and each of the statistics."""
    collection = pa.array([found.shard.collection] * len(found.ids), pa.string())
    ids = pa.array(found.ids, pa.string())
    return pa.table({"collection": collection, "id": ids, **found.statistics})


def _batches(cadences: Iterator[np.ndarray], size: int) -> Iterator[Sequence[np.ndarray]]:
    while batch := [*islice(cadences, size)]:
        yield batch

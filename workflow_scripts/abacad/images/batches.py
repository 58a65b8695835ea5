"""Stores and an order of rows in, batches of panels and labels out.

Panels are (batch, channel, panel=3, time, frequency), float16, or with six panels if channels hold all.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np
import torch

from abacad.cadences.layout import OFF_PANELS, ON_PANELS, PANELS
from abacad.cadences.store import Store
from abacad.images.selection import Rows

# Slices, unlike lists of indices, are views of a memory-mapped cadence, so each bin is copied once.
PANELS_OF_SIDE = {
    "on": slice(ON_PANELS[0], None, ON_PANELS[1] - ON_PANELS[0]),
    "off": slice(OFF_PANELS[0], None, OFF_PANELS[1] - OFF_PANELS[0]),
    "all": slice(None),
}
MASK = "mask"  # 1 in columns that other cadences cover, else 0; with as many panels as others

SAMPLED_CADENCES = 64

Item = TypeVar("Item")
Batch = TypeVar("Batch")


class PanelReader:
    """Reads the cadences of some collections as the input channels of a model.

    `stores` holds {(store, collection): Store}, `channels` names such as "normalized.on": the
    three ON (or "off": OFF; "all": all six) panels of a store, or the "mask" of its columns.
    `ids` holds {collection: ids in the stores' order}.

    ValueError: a collection lacks a store that a channel names, its stores hold different ids, or the
    panels of two stores differ in shape.
    """

    def __init__(self, stores: Mapping[tuple[str, str], Store], channels: Sequence[str]):
        self._channels = [tuple(channel.split(".")) for channel in channels]  # (store, side)
        self._stores = stores
        self.ids: dict[str, list[str]] = {}
        for collection in sorted({collection for _, collection in stores}):
            for name, _ in self._channels:
                if (name, collection) not in stores:
                    given = ", ".join(store for store, of in stores if of == collection)
                    raise ValueError(
                        f"the channels {', '.join(channels)} need the store {name} of "
                        f"{collection}; given are: {given}"
                    )
                ids = stores[name, collection].ids
                if self.ids.setdefault(collection, ids) != ids:
                    raise ValueError(
                        f"the stores {self._channels[0][0]} and {name} of {collection} "
                        "do not hold the same ids in the same order"
                    )
        shapes = {store.shape for store in stores.values() if len(store)}
        if len(shapes) > 1:
            raise ValueError(f"stores of cadences of different shapes: {sorted(shapes)}")
        self._shape = shapes.pop() if shapes else (PANELS, 0, 0)

    def read(self, collections: Sequence[str], places: Sequence[int]) -> np.ndarray:
        """The panels, (batch, channel, panel=3 or 6, time, frequency), at `places` of `collections`."""
        count = PANELS if any(side == "all" for _, side in self._channels) else len(ON_PANELS)
        shape = (len(places), len(self._channels), count, *self._shape[1:])
        panels = np.empty(shape, np.float16)
        for row, (collection, place) in enumerate(zip(collections, places, strict=True)):
            for channel, (store, side) in enumerate(self._channels):
                cadences = self._stores[store, collection]
                if side == MASK:
                    # A conversion of a row, not of all its copies, which would take ten times as long.
                    panels[row, channel] = (cadences.covering(place) > 0).astype(np.float16)
                else:
                    panels[row, channel] = cadences[place][PANELS_OF_SIDE[side]]
        return panels

    def digest(self) -> str:
        """A hash of all ids, and of 64 evenly spaced cadences a collection.

        It does not read every cadence, which could be 156 GB. A change of preprocessing changes all of
        them anyway.
        """
        digest = hashlib.sha256(repr((self._channels, self.ids)).encode())
        for collection, ids in self.ids.items():
            for place in np.unique(np.linspace(0, len(ids) - 1, SAMPLED_CADENCES, dtype=int)):
                digest.update(self.read([collection], [place]))
        return digest.hexdigest()


@dataclass(frozen=True)
class TrainingData:
    """What a training reads, and which rows.

    unlabelled   rows of test whose labels are not used, only for the setting dann
    backgrounds  rows whose OFF panels may be a background, only for the setting injected_on_the_fly
    """

    reader: PanelReader
    training: Rows
    validation: Rows
    unlabelled: Rows | None = None
    backgrounds: Rows | None = None


def load_batches(
    reader: PanelReader, rows: Rows, order: list[np.ndarray], device: torch.device, threads: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Read the batches that `order` lists by row numbers: panels, and labels (batch,), float32.

    For a GPU, `threads` threads read ahead into pinned memory. On the CPU, the training process itself
    reads, since this takes only 3 % of a training step (small backbones at 136 x 128).
    """

    def load(numbers: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        panels = torch.from_numpy(reader.read(rows.collections[numbers], rows.places[numbers]))
        labels = torch.from_numpy(rows.labels[numbers])
        if device.type == "cuda":
            panels, labels = pinned(panels, device), pinned(labels, device)
        return panels, labels

    return read_ahead(load, order, threads) if device.type == "cuda" else map(load, order)


def pinned(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """A copy in pinned memory, which the GPU fetches by itself. In a thread, the current device is not
    that of the process."""
    with torch.cuda.device(device):
        return tensor.pin_memory()


# Why threads: processes would need shared memory, of which containers have only 64 MB, and are killed
# if it is not enough for a few batches. Besides, copying releases Python's lock: 4 threads read 5000 to
# 6200 cadences a second, and 4 processes of a DataLoader 780 to 850 (three channels, batches of 16,
# cached files, two cores).
def read_ahead(
    load: Callable[[Item], Batch], items: Iterable[Item], threads: int
) -> Iterator[Batch]:
    """Yield `load(item)` for each item, in order. Each of `threads` threads is at most one item ahead.

    An error of `load` is raised in the place of its batch. The threads end with the iteration.
    """
    items = iter(items)
    pool = ThreadPoolExecutor(threads)
    try:
        ahead = deque(pool.submit(load, item) for item in islice(items, threads + 1))
        while ahead:
            batch = ahead.popleft().result()
            ahead.extend(pool.submit(load, item) for item in islice(items, 1))
            yield batch
    finally:
        pool.shutdown(cancel_futures=True)


def drawn(
    labels: np.ndarray, negatives_per_positive: float | None, random: np.random.Generator
) -> np.ndarray:
    """The row numbers of one epoch: all rows; or all with a needle, and this many times as many of the
    others.

    For under-sampling, rows with a label of at least 0.5 count as needles, and the others are drawn
    anew for each epoch. If no row has a needle, all rows are used.
    """
    others, needles = np.flatnonzero(labels < 0.5), np.flatnonzero(labels >= 0.5)
    if negatives_per_positive is None or not len(needles):
        return np.arange(len(labels))
    count = min(len(others), round(negatives_per_positive * len(needles)))
    return np.sort(np.concatenate([needles, random.choice(others, count, replace=False)]))


def shuffled(rows: np.ndarray, batch_size: int, random: np.random.Generator) -> list[np.ndarray]:
    """Random batches of at most `batch_size` of the `rows`, each row once.

    Their sizes differ by at most one. A last batch of a single row would upset batch normalisation, and
    dropping it would lose rows.
    """
    return np.array_split(random.permutation(rows), -(-len(rows) // batch_size))


def in_order(count: int, batch_size: int) -> list[np.ndarray]:
    """All `count` rows, in order, in batches of at most `batch_size`."""
    return np.array_split(np.arange(count), -(-count // batch_size))

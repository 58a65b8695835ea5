"""Stores and an order of rows in, batches of panels and labels out, on the device that computes with them.

Panels are (batch, channel, panel=3, time, frequency), float16, or with six panels if channels hold all.
Panels that are stored in int8 are read and moved like this, and decoded on the device.
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

from abacad.cadences.compact import LARGEST_CODE, Compact, decode
from abacad.cadences.layout import ON_PANELS, PANELS
from abacad.cadences.shard import Stored
from abacad.cadences.store import Store
from abacad.images.selection import Rows

MASK = "mask"  # 1 in columns that other cadences cover, else 0; with as many panels as others

SAMPLED_CADENCES = 64

Item = TypeVar("Item")
Batch = TypeVar("Batch")


class PanelReader:
    """Reads the cadences of some collections as the input channels of a model.

    `stores` holds {(store, collection): Store}, `channels` names such as "normalized.on": the
    three ON (or "off": OFF; "all": all six) panels of a store, or the "mask" of its columns.
    `ids` holds {collection: ids in the stores' order}.

    ValueError: a collection lacks a store that a channel names, or the store lacks these panels; its stores
    hold different ids; or the panels of two stores differ in shape or type.
    """

    def __init__(self, stores: Mapping[tuple[str, str], Store], channels: Sequence[str]):
        self._channels = [tuple(channel.split(".")) for channel in channels]  # (store, side)
        self._stores = stores
        self.ids: dict[str, list[str]] = {}
        types: dict[str, str] = {}  # with the first store of each
        for collection in sorted({collection for _, collection in stores}):
            for name, side in self._channels:
                if (name, collection) not in stores:
                    given = ", ".join(store for store, of in stores if of == collection)
                    raise ValueError(
                        f"the channels {', '.join(channels)} need the store {name} of "
                        f"{collection}; given are: {given}"
                    )
                store = stores[name, collection]
                if side != MASK:
                    store.check_side(side)
                types.setdefault(store.stored_as, f"{name} of {collection}")
                ids = store.ids
                if self.ids.setdefault(collection, ids) != ids:
                    raise ValueError(
                        f"the stores {self._channels[0][0]} and {name} of {collection} "
                        "do not hold the same ids in the same order"
                    )
        if len(types) > 1:
            told = ", ".join(f"{store} {stored_as}" for stored_as, store in types.items())
            raise ValueError(f"stores that are read together must be of one type, not {told}")
        self._compact = "int8" in types
        shapes = {store.shape[1:] for store in stores.values() if len(store)}
        if len(shapes) > 1:
            raise ValueError(f"stores of panels of different shapes: {sorted(shapes)}")
        self._shape = shapes.pop() if shapes else (0, 0)

    def read(self, collections: Sequence[str], places: Sequence[int]) -> Stored:
        """The panels, (batch, channel, panel=3 or 6, time, frequency), at `places` of `collections`.

        As stores hold them: float16; or int8, with the largest value of each panel, (batch, channel, panel).
        """
        count = PANELS if any(side == "all" for _, side in self._channels) else len(ON_PANELS)
        shape = (len(places), len(self._channels), count)
        values = np.empty((*shape, *self._shape), np.int8 if self._compact else np.float16)
        largest = np.ones(shape, np.float32) if self._compact else None  # of a mask it is 1
        for store in dict.fromkeys(store for store, side in self._channels if side != MASK):
            for collection, place in zip(collections, places, strict=True):
                self._stores[store, collection].will_need(place)
        for row, (collection, place) in enumerate(zip(collections, places, strict=True)):
            for channel, (store, side) in enumerate(self._channels):
                cadences = self._stores[store, collection]
                if side == MASK:
                    # A conversion of a row, not of all its copies, which would take ten times as long.
                    covered = (cadences.covering(place) > 0).astype(values.dtype)
                    values[row, channel] = covered * LARGEST_CODE if self._compact else covered
                elif self._compact:
                    values[row, channel], largest[row, channel] = cadences.stored(place, side)
                else:
                    values[row, channel] = cadences.stored(place, side)
        return Compact(values, largest) if self._compact else values

    def digest(self) -> str:
        """A hash of all ids, and of 64 evenly spaced cadences a collection.

        It does not read every cadence, which could be 78 GB. A change of preprocessing changes all of
        them anyway.
        """
        digest = hashlib.sha256(repr((self._channels, self.ids)).encode())
        for collection, ids in self.ids.items():
            for place in np.unique(np.linspace(0, len(ids) - 1, SAMPLED_CADENCES, dtype=int)):
                for part in _parts(self.read([collection], [place])):
                    digest.update(part)
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
    """Read the batches that `order` lists by row numbers: panels, and labels (batch,), float32, on the
    device.

    For a GPU, `threads` threads read ahead into pinned memory. On the CPU, the training process itself
    reads, since this takes only a tenth of a training step (small backbones at 136 x 128).
    """
    on_gpu = device.type == "cuda"

    def load(numbers: np.ndarray) -> list[torch.Tensor]:
        panels = reader.read(rows.collections[numbers], rows.places[numbers])
        if isinstance(panels, Compact) and not on_gpu:
            panels = decode(panels)
        tensors = [torch.from_numpy(part) for part in (rows.labels[numbers], *_parts(panels))]
        return [pinned(tensor, device) for tensor in tensors] if on_gpu else tensors

    for tensors in read_ahead(load, order, threads) if on_gpu else map(load, order):
        labels, *panels = (tensor.to(device, non_blocking=True) for tensor in tensors)
        yield decoded(*panels), labels


def decoded(values: torch.Tensor, largest: torch.Tensor | None = None) -> torch.Tensor:
    """Panels (..., panel, time, frequency) in float16: as they are, or from their codes and the largest value
    of each, (..., panel). `decode` of `abacad.cadences.compact` gives the same, but not on a GPU.
    """
    if largest is None:
        return values
    units_a_code = torch.asinh(largest) / LARGEST_CODE
    return torch.sinh(values * units_a_code[..., None, None]).half()


def _parts(panels: Stored) -> Sequence[np.ndarray]:
    """The arrays that panels are read as."""
    return panels if isinstance(panels, Compact) else [panels]


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

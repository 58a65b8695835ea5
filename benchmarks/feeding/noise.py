"""Cadences of noise for the benchmarks of the input path."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from abacad.cadences.layout import COMPETITION
from abacad.cadences.shard import Shard
from abacad.cadences.store import open_stores, write_store
from abacad.images.batches import PanelReader
from abacad.images.selection import Rows

CADENCES = 256  # 215 MB in each store, which stay in memory


def cadences() -> Iterator[np.ndarray]:
    """(panel=6, time, frequency), float16."""
    random = np.random.default_rng(0)
    for _ in range(CADENCES):
        yield random.standard_normal(COMPETITION.of_cadence, np.float32).astype(np.float16)


def open_noise(folder: Path, channels: Sequence[str]) -> PanelReader:
    """Write the stores that the channels name, of train, into a folder, and open them."""
    ids = [f"{number:015x}" for number in range(CADENCES)]
    paths = []
    for store in dict.fromkeys(channel.split(".")[0] for channel in channels):
        paths.append(folder / f"{store}.arrow")
        write_store(paths[-1], Shard(store, "train", 0, 1), ids, cadences())
    return PanelReader(open_stores(paths), channels)


def noise_rows(count: int) -> Rows:
    """So many rows, which begin anew after the last cadence. Every second one has a needle."""
    numbers = np.arange(count)
    labels = (numbers % 2).astype(np.float32)
    return Rows(np.full(count, "train"), numbers % CADENCES, labels)

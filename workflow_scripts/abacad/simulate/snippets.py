"""Snippets of an observation in, some of them with a needle each out, to measure what is found in this sky.

Snippets are taken as they are, even those that hold interference or a signal of their own. One that passes
without a needle mostly passes with one too, and then tells nothing of the needle. So score the same
snippets without needles as well.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from abacad.cadences.layout import CADENCE_DTYPE
from abacad.cadences.store import read_shard_file, write_store
from abacad.devices.parallel import ordered_map
from abacad.devices.progress import progress
from abacad.needles.kinds import KINDS
from abacad.preprocess.normalize import zscore
from abacad.seeds import seed_of
from abacad.simulate.inject import NEEDLE_SCHEMA, inject_drawn

SCHEMA = pa.schema(
    [("id", pa.string()), ("snippet", pa.string()), ("frequency", pa.float64()), *NEEDLE_SCHEMA]
)


@dataclass(frozen=True)
class Background:
    """A snippet that a needle is added to.

    number   of the needle in its observation
    snippet  its id
    lowest   middle of its first channel, MHz
    panels   (panel=6, time, frequency)
    """

    number: int
    snippet: str
    lowest: float
    panels: np.ndarray


def inject_snippets(
    settings: Mapping[str, Any],
    count: int,
    snippets: pa.Table,
    raw: Path,
    store: Path,
    width: float,
    workers: int,
) -> pa.Table:
    """Write the snippets of a share that get a needle, with their needles, as a store like `raw`.

    settings  as for `abacad.simulate.inject.inject_needles`: snr, drift_rate, partial, needles, shape, seed
    count     of the needles in the whole observation; their kinds have equal shares
    snippets  of cut_snippets.py, of all shares: id, lowest, ok. So every share chooses the same snippets
    raw       store file of the share
    width     of a channel, MHz

    Returns a row a needle: id (its number), snippet (which one it is in), frequency (MHz, the mean of its
    bins, weighted by their brightness; null if the snippet has no noise, since nothing is added then), kind,
    snr, drift_rate (Hz/s), panels (those that hold it) and time_bins (of each of these). ValueError: no
    snippet of the observation is of use.
    """
    rows = zip(*(snippets[name].to_pylist() for name in ("id", "lowest", "ok")), strict=True)
    lowest = {one: low for one, low, ok in rows if ok}
    if not lowest:
        raise ValueError("no snippet of the observation is of use, so none can get a needle")
    good = [*lowest]
    numbers: dict[str, list[int]] = {}
    rng = np.random.default_rng(seed_of(settings["seed"], "places"))
    for number, place in enumerate(spread(count, len(good), rng)):
        numbers.setdefault(good[place], []).append(number)
    shard, ids, cadences = read_shard_file(raw)
    backgrounds = (
        Background(number, one, lowest[one], panels)
        for one, panels in zip(ids, cadences, strict=True)
        for number in numbers.get(one, ())
    )
    made = ordered_map(partial(_with_needle, settings, width), backgrounds, workers)
    names = [_id(number) for one in ids for number in numbers.get(one, ())]
    needles: list[dict[str, Any]] = []

    def panels() -> Iterator[np.ndarray]:
        for needle, cadence in progress(made, "Injecting needles", len(names), "snippets"):
            needles.append(needle)
            yield cadence

    write_store(store, shard, names, panels())
    return pa.Table.from_pylist(needles, SCHEMA)


def spread(count: int, rows: int, rng: np.random.Generator) -> list[int]:
    """`count` of so many rows, ascending: a random one of each of as many stretches of equal length.

    Not the first of each stretch, since snippets at equal distances may all be at the same place of their
    coarse channels. If there are less rows than asked for, each is taken as often as any other, or once more.
    """
    ends = [number * rows // count for number in range(count + 1)]
    return [int(rng.integers(low, max(high, low + 1))) for low, high in pairwise(ends)]


def _with_needle(
    settings: Mapping[str, Any], width: float, background: Background
) -> tuple[dict[str, Any], np.ndarray]:
    """What the needle is, and the panels with it."""
    rng = np.random.default_rng(seed_of(settings["seed"], background.number))
    kind = KINDS[background.number % len(KINDS)]
    panels, needle = inject_drawn(background.panels, kind, settings, rng)
    added = (panels - background.panels.astype(np.float32)).sum(axis=(0, 1), dtype=np.float64)
    frequency = None
    if added.any():
        frequency = background.lowest + width * np.average(np.arange(len(added)), weights=added)
    told = {"id": _id(background.number), "snippet": background.snippet, "frequency": frequency}
    return told | needle, zscore(panels).astype(CADENCE_DTYPE)


def _id(number: int) -> str:
    """Of the snippet with this needle."""
    return f"{number:06d}"

"""Panels in, what the search looks at out: sums along straight paths, and the pieces that panels have.

All is in units of its own noise, which is told by what is around: real skies are not white, and near a
carrier or a burst sums spread more than elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch.nn import functional

from abacad.cadences.band import BY_CHANCE, MEAN_DEVIATION
from abacad.cadences.layout import FREQUENCY_BINS, PANELS, TIME_BINS, UNIT_DRIFT
from abacad.images.drift import Drifts, drift_sums, seen
from abacad.images.running import running_mean
from abacad.search.settings import Search
from abacad.search.smoothing import above_surroundings, boxcar

PIECES = 21  # of a panel, 13 time bins each: a line of 157 Hz/s moves by less than a bin in one
SHORT_PIECES = 39  # of a panel, 7 time bins each: a dot may be no longer
LEAST_SEEN = 60  # time bins of a path in a panel: of fewer, nothing is said
PARTS, LEAST_IN_PART = 8, 8  # parts of the band; bins of one in which its spread can be told
NEARBY, ITSELF = 47, 9  # bins over which a sum's spread is taken, but for these amid them


@dataclass(frozen=True)
class Planes:
    """What is seen at one width, which is that of a boxcar along frequency.

    width   bins
    sums    (batch, panel=6, drift, frequency): of whole panels along paths; 0 where a path leaves the band
    pieces  (batch, panel=6, piece=21, frequency): of what stands still for 13 time bins
    short_pieces  (batch, panel=6, piece=39, frequency): for 7 time bins
    """

    width: int
    sums: torch.Tensor
    pieces: torch.Tensor
    short_pieces: torch.Tensor


def planes(panels: torch.Tensor, search: Search) -> Iterator[Planes]:
    """The planes of each of the search's widths of level panels (batch, panel=6, time=273, frequency=256)."""
    panels = panels.float()
    drifts = search.drifts
    known = _known(drifts).to(panels.device)
    sums = drift_sums(panels, drifts)
    pieces, short_pieces = (
        panels.unflatten(2, (count, -1)).sum(3) / (TIME_BINS // count) ** 0.5
        for count in (PIECES, SHORT_PIECES)
    )
    everywhere = torch.ones(FREQUENCY_BINS, dtype=torch.bool, device=panels.device)
    for width in search.widths:
        lines = (
            in_units_of_noise(above_surroundings(boxcar(values, width), width), width, places)
            for values, places in ((sums, known), (pieces, everywhere), (short_pieces, everywhere))
        )
        yield Planes(width, *lines)


def in_units_of_noise(sums: torch.Tensor, width: int, known: torch.Tensor) -> torch.Tensor:
    """Sums of `width` bins, (..., frequency), over their spread: of their row, or of what is near, the more.

    A line does not count in the spread that it is compared with: that of a row is the middle one of those of
    its eight parts, and what is near a sum begins beside it.

    known  (..., frequency) bool, broadcast: where there is something to see; elsewhere the result is 0
    """
    sums = sums * known
    parts, seen_in = (values.unflatten(-1, (PARTS, -1)).sum(-1) for values in (sums.abs(), known))
    parts = (parts / seen_in).masked_fill(seen_in < LEAST_IN_PART, torch.nan)
    spread = parts.nanmedian(-1, keepdim=True).values.nan_to_num(0)
    clipped = torch.minimum(sums.abs(), 5 * spread)
    itself, nearby = (bins + 4 * (width - 1) for bins in (ITSELF, NEARBY))
    near = nearby * running_mean(clipped, nearby) - itself * running_mean(clipped, itself)
    near = near / (nearby - itself) / BY_CHANCE
    spread = torch.maximum(spread, near) / MEAN_DEVIATION
    return torch.where(spread > 0, sums / spread, 0)


def along_paths(pieces: torch.Tensor, drifts: Drifts) -> torch.Tensor:
    """The pieces that paths go through, one after another, of the drift rates `every_second`.

    pieces  (batch, panel=6, piece=21, frequency)
    Returns (batch, panel=6, piece=21, drift, frequency); 0 where the path is not in the band.
    """
    places, reach = _places(drifts)
    wider = functional.pad(pieces, (reach, reach)).flatten(1, 2)
    places = places.to(pieces.device).flatten(0, 1).expand(len(pieces), -1, -1)
    return wider.gather(-1, places).reshape(*pieces.shape[:3], -1, FREQUENCY_BINS)


def at_the_middle(sums: torch.Tensor, drifts: Drifts) -> torch.Tensor:
    """The highest sum of all paths that are in a column in the middle of a panel.

    sums  (batch, panel=6, drift, frequency); the result is (batch, panel=6, frequency)
    """
    places, reach = _paths_there(drifts)
    places = places.to(sums.device).expand(len(sums), -1, -1, -1)
    return functional.pad(sums, (reach, reach)).gather(-1, places).amax(2)


def side_by_side(values: torch.Tensor, drifts: Drifts) -> Iterator[tuple[torch.Tensor, ...]]:
    """The panels, moved so that what drifts from one to the next stays in its column.

    values  (batch, panel=6, ..., frequency)
    Yields each panel, (batch, ..., frequency), 0 beyond the band, for each of the drift rates `every_second`.
    """
    panels = np.arange(PANELS) - (PANELS - 1) / 2
    offsets = _offsets(panels * TIME_BINS, drifts.rates[every_second(drifts)])  # (panel, drift)
    reach = int(min(np.abs(offsets).max(), FREQUENCY_BINS))
    wider = functional.pad(values, (reach, reach)).unbind(1)
    for starts in (offsets.clip(-reach, reach) + reach).T.tolist():
        yield tuple(
            panel.narrow(-1, start, FREQUENCY_BINS)
            for panel, start in zip(wider, starts, strict=True)
        )


def every_second(drifts: Drifts) -> slice:
    """Of the drift rates, 0 among them: what stands still for 13 time bins is no sharper in drift."""
    return slice(len(drifts.rates) // 2 % 2, None, 2)


@lru_cache(maxsize=16)
def _known(drifts: Drifts) -> torch.Tensor:
    return seen(drifts, tuple(range(PANELS)), torch.device("cpu")) >= LEAST_SEEN


@lru_cache(maxsize=16)
def _places(drifts: Drifts) -> tuple[torch.Tensor, int]:
    """Where each path is amid each piece, (panel, piece, drift x frequency), in a band so many bins wider."""
    length = TIME_BINS // PIECES
    amid = (length - 1) / 2 - (PANELS * TIME_BINS - 1) / 2
    rows = (np.arange(PANELS * PIECES) * length + amid).reshape(PANELS, PIECES)
    offsets = _offsets(rows, drifts.rates[every_second(drifts)])  # (panel, piece, drift)
    places, reach = _moved(offsets)
    return places.flatten(2), reach


@lru_cache(maxsize=16)
def _paths_there(drifts: Drifts) -> tuple[torch.Tensor, int]:
    """Which path is in a column in the middle of each panel, (panel, drift, frequency), in such a band."""
    rows = (np.arange(PANELS) - (PANELS - 1) / 2) * TIME_BINS
    return _moved(-_offsets(rows, drifts.rates))


def _moved(offsets: np.ndarray) -> tuple[torch.Tensor, int]:
    """Each bin moved by (...) bins, (..., frequency), in a band that is so many bins wider at either edge.

    One of these is beyond all of the moved bins that are in the band.
    """
    reach = int(min(np.abs(offsets).max(), FREQUENCY_BINS)) + 1
    bins = np.arange(FREQUENCY_BINS) + offsets[..., None]
    return torch.from_numpy(bins.clip(-reach, FREQUENCY_BINS - 1 + reach) + reach), reach


def _offsets(rows: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Bins by which each path has moved so many rows after the middle of the cadence, (..., drift), int."""
    exact = np.multiply.outer(rows, rates / UNIT_DRIFT / TIME_BINS)
    # Halves are rounded away from 0, so that mirrored paths are in mirrored bins.
    return (np.sign(exact) * np.floor(np.abs(exact) + 0.5)).astype(int)

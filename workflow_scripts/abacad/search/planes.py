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
from abacad.cadences.layout import PANELS, PanelShape
from abacad.images.drift import Drifts, drift_sums, seen
from abacad.images.running import running_mean
from abacad.search.settings import Search
from abacad.search.smoothing import above_surroundings, boxcar

# Of a panel, as equal as may be; fewer, if there are not so many time bins. Of 273, a piece has 13, in which
# a line of 157 Hz/s moves by less than a bin, and a short one has 7, for a dot may be no longer.
PIECES, SHORT_PIECES = 21, 39
THIRDS = 3  # of a panel; each has whole pieces
LEAST_SEEN = (
    0.219  # of a panel's time bins: of a path that is in the band for less, nothing is said
)
PARTS, LEAST_IN_PART = 8, 8  # parts of the band; bins of one in which its spread can be told
NEARBY, ITSELF = 47, 9  # bins over which a sum's spread is taken, but for these amid them


@dataclass(frozen=True)
class Planes:
    """What is seen at one width, which is that of a boxcar along frequency.

    width   bins
    sums    (batch, panel=6, drift, frequency): of whole panels along paths; 0 where a path leaves the band
    pieces  (batch, panel=6, piece, frequency): of what stands still for a while; see `piece_counts`
    short_pieces  (batch, panel=6, short piece, frequency): for a shorter one
    """

    width: int
    sums: torch.Tensor
    pieces: torch.Tensor
    short_pieces: torch.Tensor


def planes(panels: torch.Tensor, search: Search) -> Iterator[Planes]:
    """The planes of each of the search's widths of level panels (batch, panel=6, time, frequency)."""
    panels = panels.float()
    drifts = search.drifts
    known = _known(drifts).to(panels.device)
    sums = drift_sums(panels, drifts)
    counts = piece_counts(drifts.shape)
    pieces, short_pieces = (_in_pieces(panels, count) for count in counts)
    everywhere = torch.ones(panels.shape[-1], dtype=torch.bool, device=panels.device)
    for width in search.widths:
        lines = (
            in_units_of_noise(above_surroundings(boxcar(values, width), width), width, places)
            for values, places in ((sums, known), (pieces, everywhere), (short_pieces, everywhere))
        )
        yield Planes(width, *lines)


def piece_counts(shape: PanelShape) -> tuple[int, int]:
    """Into how many pieces panels are cut, and into how many short ones."""
    return min(PIECES, shape.time_bins // THIRDS * THIRDS), min(SHORT_PIECES, shape.time_bins)


def _in_pieces(panels: torch.Tensor, count: int) -> torch.Tensor:
    """Sums over so many pieces of time, over the roots of their lengths: (batch, panel, piece, frequency)."""
    pieces = panels.tensor_split(count, 2)
    return torch.stack([piece.sum(2) / piece.shape[2] ** 0.5 for piece in pieces], 2)


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

    pieces  (batch, panel=6, piece, frequency)
    Returns (batch, panel=6, piece, drift, frequency); 0 where the path is not in the band.
    """
    places, reach = _places(drifts)
    wider = functional.pad(pieces, (reach, reach)).flatten(1, 2)
    places = places.to(pieces.device).flatten(0, 1).expand(len(pieces), -1, -1)
    return wider.gather(-1, places).reshape(*pieces.shape[:3], -1, pieces.shape[-1])


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
    offsets = drifts.offsets(_middles(drifts.shape))[every_second(drifts)]  # (drift, panel)
    width = values.shape[-1]
    reach = int(min(np.abs(offsets).max(), width))
    wider = functional.pad(values, (reach, reach)).unbind(1)
    for starts in (offsets.clip(-reach, reach) + reach).tolist():
        yield tuple(
            panel.narrow(-1, start, width) for panel, start in zip(wider, starts, strict=True)
        )


def every_second(drifts: Drifts) -> slice:
    """Of the drift rates, 0 among them: what stands still for a piece of time is no sharper in drift."""
    return slice(len(drifts.rates) // 2 % 2, None, 2)


@lru_cache(maxsize=16)
def _known(drifts: Drifts) -> torch.Tensor:
    least = LEAST_SEEN * drifts.shape.time_bins
    return seen(drifts, tuple(range(PANELS)), torch.device("cpu")) >= least


@lru_cache(maxsize=16)
def _places(drifts: Drifts) -> tuple[torch.Tensor, int]:
    """Where each path is amid each piece, (panel, piece, drift x frequency), in a band so many bins wider."""
    time_bins = drifts.shape.time_bins
    pieces = np.array_split(np.arange(time_bins), piece_counts(drifts.shape)[0])
    amid = np.array([piece.mean() for piece in pieces]) - (time_bins - 1) / 2
    rows = _middles(drifts.shape)[:, np.newaxis] + amid  # (panel, piece)
    offsets = drifts.offsets(rows)[every_second(drifts)]  # (drift, panel, piece)
    places, reach = _moved(np.moveaxis(offsets, 0, -1), drifts.shape)
    return places.flatten(2), reach


@lru_cache(maxsize=16)
def _paths_there(drifts: Drifts) -> tuple[torch.Tensor, int]:
    """Which path is in a column in the middle of each panel, (panel, drift, frequency), in such a band."""
    offsets = drifts.offsets(_middles(drifts.shape))  # (drift, panel)
    return _moved(-offsets.T, drifts.shape)


def _middles(shape: PanelShape) -> np.ndarray:
    """How many rows after the middle of the cadence that of each panel is, (panel,)."""
    return (np.arange(PANELS) - (PANELS - 1) / 2) * shape.time_bins


def _moved(offsets: np.ndarray, shape: PanelShape) -> tuple[torch.Tensor, int]:
    """Each bin moved by (...) bins, (..., frequency), in a band that is so many bins wider at either edge.

    One of these is beyond all of the moved bins that are in the band.
    """
    width = shape.frequency_bins
    reach = int(min(np.abs(offsets).max(), width)) + 1
    bins = np.arange(width) + offsets[..., None]
    return torch.from_numpy(bins.clip(-reach, width - 1 + reach) + reach), reach

"""Panels in, sums along straight paths out: the drift view, in which a straight line becomes a point.

Panels are (..., panel, time, frequency), sums (..., panel, drift, frequency), on any device. A path is
identified by its drift and by the frequency at which it crosses the middle of the cadence. So a path is
at the same place in all six panels, and mirrored frequencies mean mirrored drifts.

Source: the de-Doppler search: Taylor 1974, A&AS 15, 367; Enriquez et al. 2017, ApJ 849, 104 (turboSETI).
Taylor's tree adds rows in pairs and knows only drifts of whole bins. This code instead takes
differences of cumulative sums over the rows of a panel. A path stays in a bin for many rows, so there
are few of them: two for each bin that a path crosses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from abacad.cadences.layout import COMPETITION, PANELS, PanelShape


@dataclass(frozen=True)
class Drifts:
    """Drift rates from -`largest` to `largest` in Hz/s, including 0, at most `step` apart, in panels of a
    `shape`."""

    largest: float
    step: float
    shape: PanelShape = COMPETITION

    def __post_init__(self) -> None:
        if not 0 < self.step <= self.largest:
            raise ValueError(f"drift: step must be above 0 and at most largest, not {self.step}")

    @property
    def rates(self) -> np.ndarray:
        """(drift,), Hz/s, ascending."""
        steps = int(np.ceil(self.largest / self.step - 1e-9))
        return np.linspace(-self.largest, self.largest, 2 * steps + 1)

    def offsets(self, rows: np.ndarray) -> np.ndarray:
        """By how many bins each path has moved so many rows after the middle of the cadence, (drift, ...)."""
        exact = np.multiply.outer(self.shape.bins_a_row(self.rates), rows)
        # Halves are rounded away from 0, so that mirrored paths are in mirrored bins.
        return (np.sign(exact) * np.floor(np.abs(exact) + 0.5)).astype(int)


def drift_sums(
    panels: torch.Tensor, drifts: Drifts, numbers: Sequence[int] = tuple(range(PANELS))
) -> torch.Tensor:
    """The sum along each path divided by the root of its number of bins, so that noise of deviation 1
    keeps its deviation.

    panels   (..., panel, time, frequency) of `drifts.shape`, any float type
    numbers  of these panels in their cadence, 0 to 5
    Returns (..., panel, drift, frequency), float32: in the order of `Drifts.rates`, and by the bin in
    which the path is at the middle of the cadence. In each row, the bin that contains the path counts.
    Rows in which the path is outside of the band do not count; a path that is never in the band has 0.
    The result is linear in `panels`.
    """
    sums = path_sums(panels, drifts, numbers)
    return sums / seen(drifts, tuple(numbers), sums.device).clamp(min=1).sqrt()


def drift_means(
    panels: torch.Tensor, drifts: Drifts, numbers: Sequence[int] = tuple(range(PANELS))
) -> torch.Tensor:
    """Like `drift_sums`, but the mean of the bins of each path, for masks."""
    sums = path_sums(panels, drifts, numbers)
    return sums / seen(drifts, tuple(numbers), sums.device).clamp(min=1)


@lru_cache(maxsize=16)
def seen(drifts: Drifts, numbers: tuple[int, ...], device: torch.device) -> torch.Tensor:
    """How many bins of each path are in the band: (panel, drift, frequency), float32."""
    everywhere = torch.ones(len(numbers), *drifts.shape.of_cadence[1:], device=device)
    return path_sums(everywhere, drifts, numbers)


def path_sums(panels: torch.Tensor, drifts: Drifts, numbers: Sequence[int]) -> torch.Tensor:
    """Like `drift_sums`, but the plain sums."""
    *batch, count, time, width = panels.shape
    # Rows of all cadences lie side by side, so that those of a drift are read and written as one piece
    # of memory.
    rows = panels.reshape(-1, count, time, width).permute(1, 2, 0, 3)
    before = rows.new_empty((count, time + 1, *rows.shape[2:]), dtype=torch.float32)
    before[:, 0] = 0  # the sum of the rows before each row
    torch.cumsum(rows, 1, dtype=torch.float32, out=before[:, 1:])
    sums = before.new_zeros((count, len(drifts.rates), *rows.shape[2:]))
    for number, sums_before, target in zip(numbers, before, sums, strict=True):
        stays = _stays(drifts, number, panels.device)
        first, last = stays.rows
        pieces = sums_before.index_select(0, last) - sums_before.index_select(0, first)
        for offset, chosen, piece in zip(
            stays.offsets, stays.drifts, pieces.split(stays.counts), strict=True
        ):
            at, to = _overlap(offset, width)
            target[chosen, :, to] += piece[..., at]
    return sums.permute(2, 0, 1, 3).reshape(*batch, count, len(drifts.rates), width)


def _overlap(offset: int, width: int) -> tuple[slice, slice]:
    """The bins of a band that are this many bins away from another bin of the band, and those bins."""
    low, high = max(0, offset), min(width, width + offset)
    return slice(low, high), slice(low - offset, high - offset)


def path_offsets(drifts: Drifts, number: int) -> np.ndarray:
    """Bins from where each path is amid the cadence, (drift, time), in panel `number`, 0 to 5."""
    panels, time_bins, _ = drifts.shape.of_cadence
    return drifts.offsets(number * time_bins + np.arange(time_bins) - (panels * time_bins - 1) / 2)


@dataclass(frozen=True)
class Stays:
    """Where the paths are in one panel: how long each stays in each bin."""

    offsets: list[int]  # bins from the path's place at the middle of the cadence, ascending
    drifts: list[slice]  # for each offset, the drifts that reach it
    counts: list[int]  # how many drifts that are
    rows: torch.Tensor  # (2, all of them): the first row in the bin, and the first row after it


@lru_cache(maxsize=64)
def _stays(drifts: Drifts, number: int, device: torch.device) -> Stays:
    width = drifts.shape.frequency_bins  # from there on, none is in the band
    offsets = np.clip(path_offsets(drifts, number), -width, width)
    stays = Stays([], [], [], [])
    for offset in np.unique(offsets[np.abs(offsets) < width]).tolist():
        there = offsets == offset
        drifting = np.flatnonzero(there.any(axis=1))
        chosen = slice(drifting[0], drifting[-1] + 1)
        bins = there[chosen].sum(axis=1)
        first = there[chosen].argmax(axis=1)
        stays.offsets.append(offset)
        stays.drifts.append(chosen)
        stays.counts.append(len(bins))
        stays.rows.append(np.stack([first, first + bins]))
    rows = torch.from_numpy(np.concatenate(stays.rows, axis=1)).to(device)
    return Stays(stays.offsets, stays.drifts, stays.counts, rows)

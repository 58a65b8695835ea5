"""Planes of cadences in, their hits out: the paths on which the ON panels together stand out of noise.

A bright line stands out on many paths, all that go along it for a while. They are one hit: what a path
has in a panel where it meets that of a stronger hit is that one's, up to what that one has there.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from abacad.cadences.layout import ON_PANELS, PANELS, PanelShape
from abacad.search.planes import Planes
from abacad.search.settings import Search
from abacad.search.smoothing import highest_within

PEAK = (2, 3)  # drift rates and bins, on either side, in which a peak is the highest
CANDIDATES = 16  # times as many peaks are looked at as hits are kept
OWN = 0.5  # share of a hit's SNR that must be its own


@dataclass(frozen=True)
class Hit:
    """A path on which the ON panels together stand out.

    frequency   Hz from the lower edge of the snippet, amid the cadence in time
    drift_rate  Hz/s
    snr         of the three ON panels together: their sum over the root of three
    panel_snr   (panel=6,)
    width       of the boxcar along frequency, in bins
    """

    frequency: float
    drift_rate: float
    snr: float
    panel_snr: np.ndarray
    width: int


class Peaks:
    """The best path at every place of a batch over all widths, as planes come in, one width after another."""

    def __init__(self, search: Search):
        self._search = search
        self._snr: torch.Tensor | None = None  # (batch, drift, frequency)

    def watch(self, planes: Iterable[Planes]) -> Iterable[Planes]:
        """Yield the planes again, and remember where the ON panels stand out."""
        for plane in planes:
            snr = plane.sums[:, list(ON_PANELS)].sum(1) / len(ON_PANELS) ** 0.5
            widths = torch.full_like(snr, plane.width, dtype=torch.int16)
            if self._snr is None:
                self._snr, self._widths, self._sums = snr, widths, plane.sums
            else:
                better = snr > self._snr
                self._snr = torch.where(better, snr, self._snr)
                self._widths = torch.where(better, widths, self._widths)
                self._sums = torch.where(better[:, None], plane.sums, self._sums)
            yield plane

    def hits(self) -> list[tuple[list[Hit], int]]:
        """Of each cadence of the batch: its hits, the strongest first, and how many peaks there were."""
        snr, (drift, bins) = self._snr, PEAK
        around = highest_within(highest_within(snr, bins, -1), drift, -2)
        peaks = torch.where((snr >= self._search.threshold) & (snr == around), snr, 0).flatten(1)
        counts = (peaks > 0).sum(1).tolist()
        most = min(CANDIDATES * self._search.hits, peaks.shape[1])
        order = peaks.topk(most, 1).indices
        panel_snr = self._sums.flatten(2).gather(2, order[:, None].expand(-1, PANELS, -1))
        widths = self._widths.flatten(1).gather(1, order)
        found = []
        for row, count in enumerate(counts):
            some = slice(min(count, most))
            columns = (order[row, some], panel_snr[row, :, some].T, widths[row, some])
            columns = (column.cpu().numpy() for column in columns)
            candidates = [self._hit(*values) for values in zip(*columns, strict=True)]
            kept = merged(candidates, self._search.shape)[: self._search.hits]
            found.append((kept, count))
        return found

    def _hit(self, place: int, panel_snr: np.ndarray, width: int) -> Hit:
        drift, bin_ = divmod(int(place), self._search.shape.frequency_bins)
        return Hit(
            frequency=(bin_ + width / 2) * self._search.shape.frequency_bin,
            drift_rate=float(self._search.drifts.rates[drift]),
            snr=float(panel_snr[list(ON_PANELS)].sum() / len(ON_PANELS) ** 0.5),
            panel_snr=panel_snr,
            width=int(width),
        )


def merged(hits: list[Hit], shape: PanelShape) -> list[Hit]:
    """The hits, the strongest first, without those of which less than `OWN` of their SNR is their own."""
    kept: list[tuple[Hit, np.ndarray]] = []
    for hit in sorted(hits, key=lambda hit: -hit.snr):
        path = path_of(hit, shape)
        of_others = np.zeros(PANELS)
        for other, its_path in kept:
            near = np.abs(path - its_path) <= (hit.width + other.width) / 2 + 1
            of_others = np.where(near.any(1), np.maximum(of_others, other.panel_snr), of_others)
        own = (hit.panel_snr - of_others).clip(0)[list(ON_PANELS)].sum() / len(ON_PANELS) ** 0.5
        if own >= OWN * hit.snr:
            kept.append((hit, path))
    return [hit for hit, _ in kept]


def path_of(hit: Hit, shape: PanelShape) -> np.ndarray:
    """Where a hit's path is in each row of the panels, in bins from the snippet's edge, (panel, time)."""
    panels, time_bins, _ = shape.of_cadence
    rows = np.arange(panels * time_bins) - (panels * time_bins - 1) / 2
    path = hit.frequency / shape.frequency_bin + shape.bins_a_row(hit.drift_rate) * rows
    return path.reshape(panels, time_bins)

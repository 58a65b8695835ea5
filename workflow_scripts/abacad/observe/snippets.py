"""A part of a band in, snippets out: cadences as models know them, (panel=6, time=273, frequency=256)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from abacad.cadences.layout import CADENCE_DTYPE, FREQUENCY_BINS
from abacad.observe.bands import Band


@dataclass(frozen=True)
class Snippet:
    """A cadence that was cut from a band.

    panels  (panel, time, frequency), float16: the power as read, each panel to mean 0 and deviation 1, since
            float16 ends at 65,504
    lowest  middle of the first channel, MHz
    masked  channels that the receiver made, (frequency,) bool
    """

    panels: np.ndarray
    lowest: float
    masked: np.ndarray


def starts(channels: int, stride: int) -> list[int]:
    """The first channel of each snippet of a band. The last snippet ends where the band ends."""
    last = channels - FREQUENCY_BINS
    if last < 0:
        return []
    return sorted({*range(0, last + 1, stride), last})


def cut(band: Band, stride: int) -> Iterator[Snippet]:
    """Every snippet of a band, the lowest first."""
    for first in starts(band.panels.shape[-1], stride):
        channels = slice(first, first + FREQUENCY_BINS)
        panels = band.panels[..., channels]
        means = panels.mean((1, 2), keepdims=True, dtype=np.float64)
        deviations = panels.std((1, 2), keepdims=True, dtype=np.float64)
        scaled = (panels - means) / np.where(deviations > 0, deviations, 1)
        yield Snippet(
            scaled.astype(CADENCE_DTYPE),
            band.lowest + first * band.width,
            band.masked[channels],
        )

"""A part of a band in, snippets out: cadences as models know them, (panel=6, time=273, frequency=256)."""

from collections.abc import Container, Iterator
from dataclasses import dataclass

import numpy as np

from abacad.cadences.cadence import BadCadence, panel_statistics
from abacad.cadences.layout import CADENCE_DTYPE, FREQUENCY_BINS
from abacad.observe.bands import Band


@dataclass(frozen=True)
class Snippet:
    """A cadence that was cut from a band.

    id      the number of its first channel in the whole band, the lowest frequency is 0
    panels  (panel, time, frequency), float16: each panel to mean 0 and deviation 1, since float16 ends at
            65,504; None: it is of no use
    lowest  middle of the first channel, MHz
    masked  how many of its channels the receiver made
    why     it is of no use; empty: it is
    """

    id: str
    panels: np.ndarray | None
    lowest: float
    masked: int
    why: str = ""


def starts(channels: int, stride: int) -> list[int]:
    """The first channel of each snippet of a band. The last snippet ends where the band ends."""
    last = channels - FREQUENCY_BINS
    if last < 0:
        return []
    return sorted({*range(0, last + 1, stride), last})


def cut(band: Band, stride: int, ids: Container[str] | None = None) -> Iterator[Snippet]:
    """Every snippet of a band, the lowest first, or those with these ids. One that is constant or blank says
    why it is of no use."""
    for first in starts(band.panels.shape[-1], stride):
        name = f"{band.first + first:09d}"
        if ids is not None and name not in ids:
            continue
        channels = slice(first, first + FREQUENCY_BINS)
        panels, why = band.panels[..., channels], ""
        try:
            means, deviations = panel_statistics(panels)
            scaled = (panels - means[:, None, None]) / deviations[:, None, None]
            panels = scaled.astype(CADENCE_DTYPE)
        except BadCadence as error:
            panels, why = None, str(error)
        yield Snippet(
            name,
            panels,
            band.lowest + first * band.width,
            int(band.masked[channels].sum()),
            why,
        )

"""An observation in, its snippets out: cadences as models know them, (panel=6, time, frequency)."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from abacad.cadences.cadence import BadCadence, panel_statistics, read_cadence
from abacad.cadences.layout import CADENCE_DTYPE
from abacad.cadences.shard import Shard
from abacad.devices.progress import progress
from abacad.observe.bands import Band, parts, read_bands
from abacad.observe.listing import BadObservation
from abacad.observe.observations import Observation, ReadyCadences


@dataclass(frozen=True)
class Snippet:
    """A cadence that was cut from a band.

    id      the number of its first channel in the whole band, the lowest frequency is 0; or the name of a
            cadence that was cut already
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


def starts(channels: int, width: int, stride: int) -> list[int]:
    """The first channel of each snippet of a band, `width` channels each. The last one ends where the band
    ends."""
    last = channels - width
    if last < 0:
        return []
    return sorted({*range(0, last + 1, stride), last})


def cut(
    band: Band, width: int, stride: int, ids: Container[str] | None = None
) -> Iterator[Snippet]:
    """Every snippet of a band, `width` channels each, the lowest first, or those with these ids. One that is
    constant or blank says why it is of no use."""
    for first in starts(band.panels.shape[-1], width, stride):
        name = f"{band.first + first:09d}"
        if ids is not None and name not in ids:
            continue
        channels = slice(first, first + width)
        lowest, masked = band.lowest + first * band.width, int(band.masked[channels].sum())
        yield _snippet(name, band.panels[..., channels], lowest, masked)


def cut_share(
    observation: Observation | ReadyCadences, stride: int, share: Shard
) -> Iterator[Snippet]:
    """The snippets of one share of an observation. BadObservation: a file has become unreadable."""
    if isinstance(observation, ReadyCadences):
        ids = [*observation.paths]
        own = [ids[number] for number in share.rows(len(ids))]
        yield from progress(_ready(observation, own), "Reading", len(own), "cadences")
        return
    every = parts(observation, stride)
    own = [every[number] for number in share.rows(len(every))]
    for band in progress(read_bands(observation, own), "Cutting", len(own), "parts"):
        yield from cut(band, observation.shape.frequency_bins, stride)


def cut_again(
    observation: Observation | ReadyCadences, stride: int, ids: Container[str]
) -> Iterator[Snippet]:
    """The snippets with these ids. BadObservation: a file has become unreadable."""
    if isinstance(observation, ReadyCadences):
        yield from _ready(observation, [name for name in observation.paths if name in ids])
        return
    band, width = observation.band, observation.shape.frequency_bins
    chosen = []
    for part in parts(observation, stride):
        first = part.first if band.foff > 0 else band.nchans - part.first - part.count
        if any(f"{first + one:09d}" in ids for one in starts(part.count, width, stride)):
            chosen.append(part)
    for read in read_bands(observation, chosen):
        yield from cut(read, width, stride, ids)


def _ready(observation: ReadyCadences, ids: Sequence[str]) -> Iterator[Snippet]:
    for name in ids:
        try:
            panels = read_cadence(observation.paths[name])
        except BadCadence as error:
            raise BadObservation(f"{observation.paths[name]}: {error}") from None
        yield _snippet(name, panels.astype(np.float32), observation.channel / 2, 0)


def _snippet(name: str, panels: np.ndarray, lowest: float, masked: int) -> Snippet:
    try:
        means, deviations = panel_statistics(panels)
    except BadCadence as error:
        return Snippet(name, None, lowest, masked, str(error))
    scaled = (panels - means[:, None, None]) / deviations[:, None, None]
    return Snippet(name, scaled.astype(CADENCE_DTYPE), lowest, masked)

"""An observation in, its band out, part by part: six panels of the same channels, the lowest frequency first.

A slice of an HDF5 file costs as much as all chunks that it touches. So a part is read once, as wide as a
chunk, and everything that is cut from it is cut in memory. Parts overlap as snippets do, so that a signal at
the end of one is whole in the next; what they share is read once.

Recorders make fine channels in two steps: the band is split into coarse channels, and each of these into
fine ones. The first step leaves a roll-off at the edges of each coarse channel, and a spike in its middle.
Both are the same in all coarse channels, which tells them from the sky.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np

from abacad.observe.filterbank import open_filterbank
from abacad.observe.header import Header
from abacad.observe.observations import Observation

PART = 65536  # channels; a chunk of the medium-resolution product of Breakthrough Listen
LEAST_PART = 8192
COARSE = 187.5 / 64  # MHz; a coarse channel of its recorders
FEWEST = 4  # coarse channels in a part that tell what they have in common
BESIDE = 6  # channels on either side of a spike that tell what would be there without it
SPIKE = 2  # channels on either side of the middle that a spike may reach
STANDS_OUT = 8  # how far above its neighbours, in their spread, a channel is a spike


@dataclass(frozen=True)
class Part:
    """Some channels of a file, as it has them: first and count."""

    first: int
    count: int


@dataclass(frozen=True)
class Band:
    """A part as it is read.

    panels     (panel, time, channel), float32, ascending in frequency
    first      number of the first channel in the whole band, of which the lowest is 0
    lowest     middle of the first channel, MHz
    width      of a channel, MHz
    masked     channels that the receiver made and not the sky, (channel,) bool
    """

    panels: np.ndarray
    first: int
    lowest: float
    width: float
    masked: np.ndarray


def parts(observation: Observation, stride: int, width: int | None = None) -> list[Part]:
    """The whole band, in parts of `width` new channels; the last one may be narrower.

    Before its new channels, each has those that its snippets share with the part before, and as many as a
    snippet needs.

    stride  channels from one snippet to the next
    width   by default as many as a chunk has, or fewer where several channels or spectra are one
    """
    header, least = observation.band, observation.shape.frequency_bins
    if width is None:
        width = max(PART // (header.channels_in_one * header.spectra_in_one), LEAST_PART)
    every = []
    for first in range(0, header.nchans, width):
        end = min(first + width, header.nchans)
        first = max(0, min(first - (least - stride), end - least))
        every.append(Part(first, end - first))
    return every


def read_bands(observation: Observation, chosen: list[Part]) -> Iterator[Band]:
    """The parts, one at a time, without spikes and roll-off. BadObservation: a file is damaged there."""
    header = observation.band
    _, time_bins, snippet = observation.shape.of_cadence
    with ExitStack() as stack:
        files = [
            stack.enter_context(open_filterbank(scan.header.path))[1] for scan in observation.scans
        ]
        read, last = 0, np.empty(0)  # channels so far, and the last of them
        for part in chosen:
            end = part.first + part.count
            shared = max(0, read - part.first)
            panels = np.empty((len(files), time_bins, part.count), np.float32)
            if shared:
                panels[..., :shared] = last[..., -shared:]
            for panel, file in zip(panels, files, strict=True):
                channels = slice(part.first + shared, end)
                panel[:, shared:] = _scrunched(file, header, time_bins, channels)
            read, last = end, panels[..., -snippet:].copy()
            ends = (header.fch1 + n * header.foff for n in (part.first, end - 1))
            first = part.first
            if header.foff < 0:
                panels, first = panels[..., ::-1], header.nchans - end
            coarse = coarse_channels(header)
            masked = equalize(panels, coarse)
            yield Band(panels, first, min(ends), abs(header.foff), masked)


def _scrunched(file: Any, header: Header, time_bins: int, channels: slice) -> np.ndarray:
    """The first spectra of some channels, in the header's resolution: (time, channel)."""
    wide, long = header.channels_in_one, header.spectra_in_one
    values = file[: time_bins * long, channels.start * wide : channels.stop * wide]
    if wide == long == 1:
        return values
    return values.reshape(time_bins, long, -1, wide).mean((1, 3), dtype=np.float32)


def coarse_channels(header: Header) -> int:
    """How many channels a coarse one has."""
    return round(COARSE / abs(header.foff))


def equalize(panels: np.ndarray, coarse: int) -> np.ndarray:
    """Divide by the gain within coarse channels, in place, and fill spikes from their neighbours.

    panels  (panel, time, channel), of any power
    coarse  channels of a coarse one

    Returns the channels that were filled, (channel,) bool. If there are less than `FEWEST` coarse channels,
    or none has a spike that tells where its middle is, nothing is done.
    """
    masked = np.zeros(panels.shape[-1], bool)
    if panels.shape[-1] < FEWEST * coarse:
        return masked
    spectrum = panels.mean((0, 1), dtype=np.float64)
    middle = middle_of_coarse(spectrum, coarse)
    if middle is None:
        return masked
    gain = gain_within(spectrum, coarse)
    spiked = (np.arange(-SPIKE, SPIKE + 1) + middle) % coarse
    outside = np.setdiff1d(np.arange(coarse), spiked)
    gain[spiked] = np.interp(spiked, outside, gain[outside], period=coarse)
    phase = np.arange(panels.shape[-1]) % coarse
    panels /= gain[phase].astype(np.float32)
    masked[:] = np.isin(phase, spiked)
    _fill(panels, masked)
    return masked


def _fill(panels: np.ndarray, masked: np.ndarray) -> None:
    """Fill masked channels, in place, with what lies beside: its level, and its noise in another order.

    A line beside a spike that was copied as it is would be there twice.
    """
    known = np.flatnonzero(~masked)
    levels = panels.mean(1)  # (panel, channel)
    random = np.random.default_rng(0)
    for channel in np.flatnonzero(masked):
        after = np.searchsorted(known, channel)
        beside = known[max(after - BESIDE, 0) : after + BESIDE]
        level = np.median(levels[:, beside], axis=1, keepdims=True)
        off = np.abs(levels[:, beside] - level).max(0)
        source = beside[np.argmin(off)]  # without a line, most likely
        noise = panels[..., source] - levels[:, source, None]
        panels[..., channel] = level + random.permuted(noise, axis=1)


def gain_within(spectrum: np.ndarray, coarse: int) -> np.ndarray:
    """What the coarse channels have in common: the median over them, (channel of a coarse one,), about 1."""
    whole = spectrum[: len(spectrum) // coarse * coarse].reshape(-1, coarse)
    return np.median(whole / np.median(whole, axis=1, keepdims=True), axis=0)


def middle_of_coarse(spectrum: np.ndarray, coarse: int) -> int | None:
    """The channel, modulo `coarse`, at which spikes are; None: there are none.

    A file may begin anywhere within a coarse channel, so the spikes tell where the middles are.
    """
    gain = gain_within(spectrum, coarse)
    steps = gain - np.maximum(np.roll(gain, SPIKE + 1), np.roll(gain, -SPIKE - 1))
    spread = 1.4826 * np.median(np.abs(steps - np.median(steps)))
    highest = int(np.argmax(steps))
    return highest if steps[highest] > STANDS_OUT * max(spread, 1e-12) else None

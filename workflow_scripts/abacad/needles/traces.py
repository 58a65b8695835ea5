"""Settings of needles and a random generator in, the place and brightness of each needle out, in plain NumPy.

The kinds and their parameters are those of simulate/needles.py, which makes needles with setigen and is
the reference: equal draws give equal paths and pulses. Training injects needles without setigen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from abacad.cadences.layout import ON_PANELS, PANELS, PanelShape
from abacad.needles.distributions import draw
from abacad.needles.kinds import EDGE_BINS, KINDS
from abacad.needles.presence import Partial, presence

FAINTEST = 1e-3  # of a needle's height: if no bin's middle ever has more, the needle cannot be seen
SIGMA = (8 * np.log(2)) ** -0.5  # deviation of a Gaussian over its full width at half maximum


@dataclass(frozen=True)
class Needles:
    """A batch of needles in the ON panels, float32. OFF panels show nothing of them.

    path        (row, panel=3, time), the centre in bins of the band
    brightness  (row, panel=3, time), without a unit, scaled by `snr`; 0 where the needle is dark
    width       (row,), full width at half maximum in bins
    snr         (row,), the root of the summed squares of its visible intensities, over the noise of a bin
    """

    path: np.ndarray
    brightness: np.ndarray
    width: np.ndarray
    snr: np.ndarray

    def __len__(self) -> int:
        return len(self.snr)


def draw_needles(
    kinds: Sequence[str],
    settings: Mapping[str, Any],
    shape: PanelShape,
    generators: Sequence[np.random.Generator],
) -> Needles:
    """Draw a needle from each generator, of a random one of these kinds, in panels of a shape.

    settings  of the config's `inject`: snr, drift_rate (Hz/s) and needles, {kind: {parameter: ...}}, are
              distributions, see `draw`; partial has what `Partial` has
    ValueError: a kind is unknown, or there is none; or a needle could not be seen.
    """
    if not kinds or {*kinds} - {*KINDS}:
        raise ValueError(f"kinds of needles: {', '.join(kinds)}; allowed: {', '.join(KINDS)}")
    partial = Partial(**settings["partial"])
    count = len(generators)
    traced = (count, len(ON_PANELS), shape.time_bins)
    needles = Needles(*(np.empty(each, np.float32) for each in (traced, traced, count, count)))
    for row, rng in enumerate(generators):
        kind = kinds[rng.integers(len(kinds))]
        needles.snr[row], drift_rate = (draw(settings[name], rng) for name in ("snr", "drift_rate"))
        shines = presence(kind, partial, shape.time_bins, rng)
        path, brightness, width = trace(kind, drift_rate, settings["needles"][kind], shape, rng)
        brightness = brightness * shines
        in_band = (path >= 0) & (path <= shape.frequency_bins - 1)
        seen = np.max(brightness, initial=0, where=in_band)
        if width <= 0 or seen * 0.5**width**-2 < FAINTEST:  # half a bin beside the path
            raise ValueError(
                f"inject: nothing is seen of a needle of kind {kind}, {width:.3g} bins wide, that drifts by "
                f"{drift_rate:.3g} Hz/s: it is out of the band where it shines, or far narrower than a bin, "
                "or its pulses are far shorter than one"
            )
        needles.path[row], needles.brightness[row] = path[[*ON_PANELS]], brightness[[*ON_PANELS]]
        needles.width[row] = width
    return needles


def trace(
    kind: str,
    drift_rate: float,
    parameters: Mapping[str, Any],
    shape: PanelShape,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, float]:
    """Path in bins and brightness, (panel=6, time), and width in bins of a needle that is always visible.

    It stays `EDGE_BINS` away from the edges of the band, if it drifts slowly enough to fit in.
    """
    drawn = {name: draw(distribution, rng) for name, distribution in parameters.items()}
    width = drawn.pop("width")
    cadence = (PANELS, shape.time_bins)
    seconds = shape.time_bin * np.arange(np.prod(cadence))  # since the start of the cadence
    deviation, brightness = TRACES[kind](seconds, shape.seconds, rng, **drawn)
    path = drift_rate / shape.frequency_bin * seconds + deviation
    lowest = EDGE_BINS - path.min()
    highest = shape.frequency_bins - 1 - EDGE_BINS - path.max()
    path += rng.uniform(lowest, max(lowest, highest))
    return path.reshape(cadence), np.broadcast_to(brightness, path.shape).reshape(cadence), width


# The kinds. Each is told the times of all rows, (panel * time,), and how long a panel is, in s. It returns
# how far a needle is off its drift in bins, and how bright it is; both are (panel * time,) or a number.


def straight(seconds: np.ndarray, panel: float, rng: np.random.Generator) -> tuple:
    """A line of constant brightness."""
    return 0, 1


def squiggle(seconds: np.ndarray, panel: float, rng: np.random.Generator, jitter: float) -> tuple:
    """A line that wanders in a random walk."""
    return np.cumsum(rng.normal(0, SIGMA * jitter, len(seconds))), 1


def dashed(
    seconds: np.ndarray, panel: float, rng: np.random.Generator, period: float, duty: float
) -> tuple:
    """A line of regular pulses."""
    return 0, pulses((seconds + rng.uniform(0, period)) / period - 1 / 4, duty)


def dot(
    seconds: np.ndarray, panel: float, rng: np.random.Generator, centre: float, duration: float
) -> tuple:
    """One pulse in each ON panel, at the same height."""
    period = 2 * panel
    return 0, pulses(seconds / period - centre / 2, duration / period)


def s_shape(
    seconds: np.ndarray, panel: float, rng: np.random.Generator, period: float, amplitude: float
) -> tuple:
    """A line that swings in a sine."""
    period *= panel
    return amplitude * np.sin(2 * np.pi * (seconds + rng.uniform(0, period)) / period), 1


TRACES = dict(zip(KINDS, (straight, squiggle, dashed, dot, s_shape), strict=True))


def pulses(periods: np.ndarray, duty: float) -> np.ndarray:
    """Gaussian pulses of height 1 at whole numbers of `periods`; `duty` is their full width at half maximum.

    Each time gets the nearest pulse and its neighbours, as in setigen.
    """
    nearest = periods - np.round(periods)
    return sum(np.exp(-(((nearest - pulse) / (SIGMA * duty)) ** 2) / 2) for pulse in (-1, 0, 1))

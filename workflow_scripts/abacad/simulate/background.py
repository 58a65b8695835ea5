"""A width and a sky in, a stretch of background out: what a telescope sees if there is no needle.

Intensities are relative to the mean power of a quiet receiver. This is plain NumPy, because the noise
that setigen adds does not grow with the power in a bin.

Source: the radiometer equation (Dicke 1946), and real cadences of Breakthrough Listen.
"""

from dataclasses import dataclass

import numpy as np

from abacad.cadences.layout import FREQUENCY_BIN, PANELS, TIME_BIN, TIME_BINS
from abacad.needles.distributions import draw
from abacad.simulate.interference import add_bursts, add_carriers, add_dc_spikes
from abacad.simulate.settings import Sky

SAMPLES = 2 * FREQUENCY_BIN * TIME_BIN  # in a bin: bandwidth times time, for two polarisations
QUIET_NOISE = SAMPLES**-0.5  # standard deviation of a bin of a quiet receiver; 1.3 % of its mean
QUIET, NOISY = 1.0, (1.5, 3.0)  # noise levels of a quiet stretch, and the range for noisy ones


@dataclass(frozen=True)
class Background:
    """A stretch of background, and the receiver's gain and noise."""

    intensities: np.ndarray  # (panel=6, time=273, frequency=stretch width), float32
    gain: np.ndarray  # (panel=6, time=273), about 1; 0 or nearly 0 where packets were dropped
    noise_level: float  # the receiver's power, and so its noise, relative to a quiet one


def background(width: int, noisy: bool, sky: Sky, rng: np.random.Generator) -> Background:
    """A stretch of background, `width` bins wide.

    It has a bandpass with ripple, to which each panel adds flickering ripple of its own; carriers,
    which all six panels see with different strengths; bursts over the band or a part of it; and a DC
    spike. The noise is that of a radiometer: chi-squared, with a deviation of 1.3 % of the mean of a
    bin, whatever is in the bin. The gain drifts, and is nearly 0 where packets were dropped. A noisy
    stretch has more of everything except ripple: 1.5 to 3 times the receiver's power and noise, twice
    the carriers, four times the bursts.
    """
    noise_level = rng.uniform(*NOISY) if noisy else QUIET
    intensities = noise_level * bands(width, sky, rng)
    add_carriers(intensities, 2 if noisy else 1, QUIET_NOISE, sky, rng)
    add_bursts(intensities, 4 if noisy else 1, QUIET_NOISE, sky, rng)
    add_dc_spikes(intensities, QUIET_NOISE, sky, rng)
    gain = gains(sky, rng)
    intensities *= gain[..., np.newaxis]
    add_noise(intensities, rng)
    return Background(intensities, gain, noise_level)


def add_noise(power: np.ndarray, rng: np.random.Generator) -> None:
    """Make powers, float32 of any shape, chi-squared in place: deviations are 1.3 % of the means."""
    power *= rng.standard_gamma(SAMPLES, power.shape, np.float32) / np.float32(SAMPLES)


def bands(width: int, sky: Sky, rng: np.random.Generator, time_bins: int = TIME_BINS) -> np.ndarray:
    """The receiver's power in every bin, about 1: (panel, time, frequency), float32."""
    shared = 1 + draw(sky.ripple, rng) * waves(width, 4, rng).sum(axis=0)
    power = np.empty((PANELS, time_bins, width), np.float32)
    for panel in power:
        own = draw(sky.panel_ripple, rng) * waves(width, 3, rng)  # (wave, frequency)
        panel[:] = shared + (1 + sky.flicker * wander(3, rng, time_bins)).T @ own
    return power.clip(min=0)


def waves(width: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Standing waves of some periods, (wave, frequency=width); the deviation of their sum is about 1."""
    periods = np.exp(rng.uniform(np.log(12), np.log(2000), (count, 1)))  # bins
    heights = rng.uniform(0, np.sqrt(6 / count), (count, 1))
    return heights * np.sin(2 * np.pi * (np.arange(width) / periods + rng.uniform(size=(count, 1))))


def wander(count: int, rng: np.random.Generator, time_bins: int = TIME_BINS) -> np.ndarray:
    """Random walks through a panel, (walk=count, time), each with mean 0 and deviation 1."""
    walks = np.cumsum(rng.standard_normal((count, time_bins)), axis=1)
    walks -= walks.mean(axis=1, keepdims=True)
    return walks / walks.std(axis=1, keepdims=True)


def gains(sky: Sky, rng: np.random.Generator, time_bins: int = TIME_BINS) -> np.ndarray:
    """Gain of the receiver, (panel, time). It drifts, and is 0 or nearly 0 in dropped time bins."""
    gain = 1 + draw(sky.gain_drift, rng) * wander(PANELS, rng, time_bins)
    if rng.random() < sky.dropping:
        for panel in gain:
            count = round(min(draw(sky.dropped_bins, rng), time_bins))
            dropped = rng.choice(time_bins, count, replace=False)
            panel[dropped] = rng.choice([0, 0.02]) * rng.uniform(size=count)
    return gain.clip(min=0)

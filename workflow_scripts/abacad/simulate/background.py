"""A width and a sky in, a stretch of background out: what a telescope sees if there is no needle.

Intensities are relative to the mean power of a quiet receiver. This is plain NumPy, because the noise
that setigen adds does not grow with the power in a bin.

Source: the radiometer equation (Dicke 1946), and real cadences of Breakthrough Listen.
"""

from dataclasses import dataclass

import numpy as np

from abacad.cadences.layout import PANELS, PanelShape
from abacad.needles.distributions import draw
from abacad.simulate.interference import add_bursts, add_carriers, add_dc_spikes
from abacad.simulate.settings import Sky

QUIET, NOISY = 1.0, (1.5, 3.0)  # noise levels of a quiet stretch, and the range for noisy ones


@dataclass(frozen=True)
class Background:
    """A stretch of background, and the receiver's gain and noise."""

    intensities: np.ndarray  # (panel=6, time, frequency=stretch width), float32
    gain: np.ndarray  # (panel=6, time), about 1; 0 or nearly 0 where packets were dropped
    noise_level: float  # the receiver's power, and so its noise, relative to a quiet one


def samples(shape: PanelShape) -> float:
    """How many are in a bin: bandwidth times time, for two polarisations."""
    return 2 * shape.frequency_bin * shape.time_bin


def quiet_noise(shape: PanelShape) -> float:
    """The standard deviation of a bin of a quiet receiver; in the competition's bins 1.3 % of its mean."""
    return samples(shape) ** -0.5


def background(
    width: int, noisy: bool, sky: Sky, shape: PanelShape, rng: np.random.Generator
) -> Background:
    """A stretch of background, `width` bins wide, in six panels of this shape.

    It has a bandpass with ripple, to which each panel adds flickering ripple of its own; carriers,
    which all six panels see with different strengths; bursts over the band or a part of it; and a DC
    spike. The noise is that of a radiometer: chi-squared, with a deviation that is the same share of a
    bin's mean, whatever is in the bin. The gain drifts, and is nearly 0 where packets were dropped. A
    noisy stretch has more of everything except ripple: 1.5 to 3 times the receiver's power and noise,
    twice the carriers, four times the bursts.
    """
    noise_level = rng.uniform(*NOISY) if noisy else QUIET
    time_bins, noise = shape.time_bins, quiet_noise(shape)
    intensities = noise_level * bands(width, sky, rng, time_bins)
    add_carriers(intensities, 2 if noisy else 1, noise, time_bins, sky, rng)
    add_bursts(intensities, 4 if noisy else 1, noise, sky, rng)
    add_dc_spikes(intensities, noise, sky, rng)
    gain = gains(sky, rng, time_bins)
    intensities *= gain[..., np.newaxis]
    add_noise(intensities, shape, rng)
    return Background(intensities, gain, noise_level)


def add_noise(power: np.ndarray, shape: PanelShape, rng: np.random.Generator) -> None:
    """Make powers, float32, chi-squared in place, in bins as in panels of this shape."""
    count = samples(shape)
    power *= rng.standard_gamma(count, power.shape, np.float32) / np.float32(count)


def bands(width: int, sky: Sky, rng: np.random.Generator, time_bins: int) -> np.ndarray:
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


def wander(count: int, rng: np.random.Generator, time_bins: int) -> np.ndarray:
    """Random walks through a panel, (walk=count, time), each with mean 0 and deviation 1."""
    walks = np.cumsum(rng.standard_normal((count, time_bins)), axis=1)
    walks -= walks.mean(axis=1, keepdims=True)
    return walks / walks.std(axis=1, keepdims=True)


def gains(sky: Sky, rng: np.random.Generator, time_bins: int) -> np.ndarray:
    """Gain of the receiver, (panel, time). It drifts, and is 0 or nearly 0 in dropped time bins."""
    gain = 1 + draw(sky.gain_drift, rng) * wander(PANELS, rng, time_bins)
    if rng.random() < sky.dropping:
        for panel in gain:
            count = round(min(draw(sky.dropped_bins, rng), time_bins))
            dropped = rng.choice(time_bins, count, replace=False)
            panel[dropped] = rng.choice([0, 0.02]) * rng.uniform(size=count)
    return gain.clip(min=0)

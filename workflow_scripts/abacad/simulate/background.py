"""A width and a noise in, a stretch of background out: what a telescope sees where no needle is.

Source: setigen (Brzycki et al. 2022, AJ 163, 222, doi:10.3847/1538-3881/ac5e3d).
"""

from dataclasses import dataclass

import numpy as np

from abacad.cadences.layout import FREQUENCY_BINS
from abacad.simulate.needles import (
    FREQUENCY_BIN,
    UNIT_DRIFT,
    Trace,
    add_trace,
    blank_frame,
    setigen,
)

QUIET, NOISY = 1.0, (1.5, 3.0)  # noise levels: a quiet stretch, the range of noisy ones


@dataclass(frozen=True)
class Background:
    """A stretch of background, and what its noise is."""

    intensities: np.ndarray  # (panel * time, frequency=stretch width)
    quiet_noise: float  # standard deviation of one bin of receiver noise, without any extra
    noise_level: float  # standard deviation of all noise over `quiet_noise`


def background(width: int, noisy: bool, rng: np.random.Generator) -> Background:
    """A stretch of background, `width` bins wide.

    Chi-squared receiver noise at a level observed by Breakthrough Listen (setigen ships the
    statistics), under the ripple of a bandpass, with drifting RFI carriers that all six panels
    see, and broadband bursts. A noisy stretch has more of everything but the ripple: noise of
    1.5 to 3 times the standard deviation, about twice the carriers, four times the bursts.
    """
    frame = blank_frame(width, rng)
    frame.add_noise_from_obs()
    quiet_noise = frame.noise_std
    noise_level = rng.uniform(*NOISY) if noisy else QUIET
    frame.data *= bandpass(width, rng)
    if noisy:
        # Frame.add_noise would estimate the statistics of the whole stretch anew: 0.2 s
        extra = quiet_noise * np.sqrt(noise_level**2 - 1)
        frame.data += setigen.distributions.gaussian(0, extra, frame.shape, seed=rng)
    for _ in range(rng.poisson((2.5 if noisy else 1.2) * width / FREQUENCY_BINS)):
        add_carrier(frame, quiet_noise, rng)
    frame.data += quiet_noise * bursts(frame.ts, rng.poisson(4 if noisy else 1), rng)[:, np.newaxis]
    return Background(frame.data, quiet_noise, noise_level)


def bandpass(width: int, rng: np.random.Generator) -> np.ndarray:
    """Gain of each frequency bin, shape (width,), about 1: standing waves of a few periods.

    A few per cent are enough to show: the receiver noise is 1.3 % of its mean.
    """
    bins = np.arange(width)
    waves = [
        rng.uniform(0.002, 0.012) * np.sin(2 * np.pi * (bins / period + rng.uniform()))
        for period in np.exp(rng.uniform(np.log(12), np.log(800), size=6))
    ]
    return 1 + np.sum(waves, axis=0)


def add_carrier(frame: setigen.Frame, quiet_noise: float, rng: np.random.Generator) -> None:
    """Add one RFI carrier of the Earth to all six panels: steady, jittering or pulsed.

    Drift and width reach those of needles, so that only the OFF panels tell the two apart.
    """
    drift_rate = rng.choice([0.0, rng.normal(0, 1), rng.normal(0, 8)]) * UNIT_DRIFT
    start = rng.uniform(frame.fmin, frame.fmax)
    jitter = rng.choice([0.0, rng.uniform(1, 4)]) * FREQUENCY_BIN
    path = setigen.simple_rfi_path(start, drift_rate, jitter, seed=rng)(frame.ts)
    brightness = setigen.constant_t_profile()
    if rng.random() < 0.3:
        period = rng.uniform(10, 120)
        brightness = setigen.periodic_gaussian_t_profile(
            0.4 * period, period, pulse_direction="up", level=0, seed=rng
        )
    width = rng.choice([1.0, 1.0, rng.uniform(2, 5)]) * FREQUENCY_BIN
    intensity = quiet_noise * np.exp(rng.uniform(np.log(1), np.log(15)))
    add_trace(frame, Trace(path, intensity * brightness(frame.ts), width))


def bursts(seconds: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Brightness in time of `count` broadband bursts, (panel * time,), in quiet noise."""
    brightness = np.zeros_like(seconds)
    for _ in range(count):
        centre, width = rng.uniform(0, seconds[-1]), rng.uniform(1, 8)  # s
        brightness += rng.uniform(0.5, 4) * np.exp(-0.5 * ((seconds - centre) / width) ** 2)
    return brightness

"""Parameters in, needles out: intensities of narrow drifting signals that only the ON panels show.

Source: setigen (Brzycki et al. 2022, AJ 163, 222, doi:10.3847/1538-3881/ac5e3d), whose paths and
profiles the kinds are made of. The kinds are those that the competition's first place saw.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from abacad.cadences.layout import PANELS, PanelShape
from abacad.needles.distributions import Distribution, draw
from abacad.needles.kinds import EDGE_BINS, KINDS

with warnings.catch_warnings():  # blimpy, which setigen uses, still needs pkg_resources
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
    import setigen

FIRST_FREQUENCY = 6e9  # Hz; C band, where setigen's noise statistics were observed


@dataclass(frozen=True)
class Trace:
    """Where a signal is and how bright, over the whole cadence, OFF panels included."""

    path: np.ndarray  # (panel * time,), centre in Hz
    brightness: np.ndarray  # (panel * time,)
    width: float  # full width at half maximum in Hz


# The kinds: `seconds` (panel * time,), `drift_rate` in Hz/s, `width` (at half maximum) in bins.


def straight(
    seconds: np.ndarray,
    drift_rate: float,
    shape: PanelShape,
    rng: np.random.Generator,
    width: float,
) -> Trace:
    """A line of constant brightness."""
    path = setigen.constant_path(0, drift_rate)(seconds)
    return Trace(path, setigen.constant_t_profile()(seconds), width * shape.frequency_bin)


def squiggle(
    seconds: np.ndarray,
    drift_rate: float,
    shape: PanelShape,
    rng: np.random.Generator,
    width: float,
    jitter: float,
) -> Trace:
    """A line that wanders about its drift in a random walk; `jitter`: its steps in bins."""
    walk = setigen.simple_rfi_path(
        0, drift_rate, jitter * shape.frequency_bin, "normal", "random_walk", rng
    )
    return Trace(walk(seconds), setigen.constant_t_profile()(seconds), width * shape.frequency_bin)


def dashed(
    seconds: np.ndarray,
    drift_rate: float,
    shape: PanelShape,
    rng: np.random.Generator,
    width: float,
    period: float,
    duty: float,
) -> Trace:
    """A line of regular pulses; `period` in s, `duty`: their length as a share of it."""
    pulses = setigen.periodic_gaussian_t_profile(
        duty * period,
        period,
        phase=rng.uniform(0, period),
        pulse_direction="up",
        level=0,
        seed=rng,
    )
    path = setigen.constant_path(0, drift_rate)(seconds)
    return Trace(path, pulses(seconds), width * shape.frequency_bin)


def dot(
    seconds: np.ndarray,
    drift_rate: float,
    shape: PanelShape,
    rng: np.random.Generator,
    width: float,
    centre: float,
    duration: float,
) -> Trace:
    """One pulse in each ON panel, at the same height: `centre`, 0..1 of the panel; `duration` in s."""
    period = 2 * shape.seconds
    pulses = setigen.periodic_gaussian_t_profile(
        duration,
        period,
        # setigen centres its pulses on a quarter of the period
        phase=period / 4 - centre * shape.seconds,
        pulse_direction="up",
        level=0,
        seed=rng,
    )
    path = setigen.constant_path(0, drift_rate)(seconds)
    return Trace(path, pulses(seconds), width * shape.frequency_bin)


def s_shape(
    seconds: np.ndarray,
    drift_rate: float,
    shape: PanelShape,
    rng: np.random.Generator,
    width: float,
    period: float,
    amplitude: float,
) -> Trace:
    """A line that swings about its drift in a sine; `period` in panels, `amplitude` in bins."""
    period = period * shape.seconds
    path = setigen.sine_path(0, drift_rate, period, amplitude * shape.frequency_bin)(
        seconds + rng.uniform(0, period)
    )
    return Trace(path, setigen.constant_t_profile()(seconds), width * shape.frequency_bin)


TRACES = dict(zip(KINDS, (straight, squiggle, dashed, dot, s_shape), strict=True))


def needle(
    kind: str,
    snr: float,
    noise: float,
    drift_rate: float,
    parameters: Mapping[str, Distribution],
    shines: np.ndarray,
    shape: PanelShape,
    rng: np.random.Generator,
) -> np.ndarray:
    """A needle by itself: intensities in panels of this shape, (panel=6, time, frequency), zero where it is
    dark.

    `snr` is what a filter matched to the needle would collect where it `shines`, see `presence`: the root
    of the summed squares of the intensities over `noise`, the standard deviation of one bin of background.
    So `snr` means the same for every kind, and a partial needle is brighter where it is visible. A
    steady line one bin wide is about as bright as setigen's `Frame.get_intensity(snr)` over the time bins of
    three panels (of 273, snr 100: 3.5 standard deviations in each bin). `drift_rate` is in Hz/s.
    `parameters` are distributions of the other properties of the kind. ValueError: nothing would be seen.
    """
    frame = blank_frame(shape.frequency_bins, PANELS * shape.time_bins, shape, rng)
    drawn = {name: draw(distribution, rng) for name, distribution in parameters.items()}
    trace = TRACES[kind](frame.ts, drift_rate, shape, rng, **drawn)
    lowest = frame.get_frequency(EDGE_BINS) - trace.path.min()
    highest = frame.get_frequency(shape.frequency_bins - 1 - EDGE_BINS) - trace.path.max()
    path = trace.path + rng.uniform(lowest, max(lowest, highest))
    signal = add_trace(frame, Trace(path, trace.brightness * shines.ravel(), trace.width))
    if not signal.any():
        raise ValueError(
            f"nothing is seen of a needle of kind {kind} that drifts by {drift_rate:.3g} Hz/s: it is out of "
            "the band where it shines, or its pulses are far shorter than a time bin"
        )
    return (signal * (snr * noise / np.linalg.norm(signal))).reshape(shape.of_cadence)


def blank_frame(
    width: int,
    time_bins: int,
    shape: PanelShape,
    rng: np.random.Generator,
    lowest: float = FIRST_FREQUENCY,
) -> setigen.Frame:
    """An empty frame, (time=time_bins, frequency=width), from `lowest` Hz, with bins as in these panels."""
    return setigen.Frame(
        fchans=width,
        tchans=time_bins,
        df=shape.frequency_bin,
        dt=shape.time_bin,
        fch1=lowest,
        ascending=True,
        seed=rng,
    )


def add_trace(frame: setigen.Frame, trace: Trace) -> np.ndarray:
    """Add a signal to a frame. Returns the signal alone, (panel * time, frequency)."""
    return frame.add_signal(
        trace.path,
        trace.brightness,
        setigen.gaussian_f_profile(trace.width),
        # further out there is nothing, but computing it would take most of the time
        bounding_f_range=(trace.path.min() - 3 * trace.width, trace.path.max() + 3 * trace.width),
    )

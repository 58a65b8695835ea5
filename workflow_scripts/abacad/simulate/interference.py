"""A stretch of power and a sky in, the same with carriers, bursts and DC spikes from the Earth out.

`power` is (panel=6, time, frequency) and is changed in place. `noise` is the standard deviation of
a bin of a quiet receiver, which is the unit of all strengths.
"""

from dataclasses import dataclass

import numpy as np

from abacad.needles.distributions import draw
from abacad.simulate.settings import Sky

REFERENCE = 256  # bins of the band, in which a sky says how many carriers and bursts are
COARSE_CHANNEL = 1024  # bins, in the medium-resolution product
SWITCHED_BINS = (5, 10)  # width of carriers that switch on and off
BAND_BURST_BINS = (30, 60)  # width of bursts over a part of the band


@dataclass(frozen=True)
class Carrier:
    """A transmitter of the Earth.

    start       its place in bins when the first panel begins, but for jitter
    drift       bins in a time bin
    path        (panel * time,), its centre in bins
    brightness  (panel * time,), in the units of `power`
    width       full width at half maximum, in bins
    """

    start: float
    drift: float
    path: np.ndarray
    brightness: np.ndarray
    width: float


def add_carriers(
    power: np.ndarray,
    more: float,
    noise: float,
    apart: int,
    sky: Sky,
    rng: np.random.Generator,
) -> list[Carrier]:
    """Carriers that all panels see with different strengths: steady, jittering, pulsed or switched.

    Their drifts and widths reach those of needles, so that only the OFF panels tell the two apart.
    `more` is the factor by which there are more than the sky says. Panels begin so many time bins `apart`,
    even if `power` has more than that.
    """
    panels, time_bins, width = power.shape
    time = (apart * np.arange(panels)[:, np.newaxis] + np.arange(time_bins)).ravel()
    carriers = []
    for _ in range(rng.poisson(more * sky.carriers * width / REFERENCE)):
        drift = rng.choice([0, rng.normal(0, 1), rng.normal(0, 8)]) / apart  # bins a time bin
        jitter = rng.choice([0, rng.uniform(1, 4)])  # bins
        start = rng.uniform(0, width)
        path = start + drift * time + jitter * rng.uniform(-0.5, 0.5, len(time))
        bins = rng.choice([1, 1, rng.uniform(2, 5)])
        brightness = np.ones(len(time))
        if rng.random() < sky.switching:
            bins = rng.uniform(*SWITCHED_BINS)
            brightness = switched(len(time), rng)
        elif rng.random() < 0.3:
            brightness = pulsed(time, rng)
        brightness *= noise * draw(sky.carrier_strength, rng)
        brightness *= np.repeat([draw(sky.panel_strength, rng) for _ in range(panels)], time_bins)
        carriers.append(Carrier(start, drift, path, brightness, bins))
        add_line(power.reshape(len(time), width), path, brightness, bins)
    return carriers


def switched(count: int, rng: np.random.Generator) -> np.ndarray:
    """1 while on and 0 while off, (time=count,), 5 to 100 bins each."""
    lengths = rng.integers(5, 100, size=count // 5, endpoint=True)
    on = (np.arange(len(lengths)) + rng.integers(2)) % 2
    return np.repeat(on, lengths)[:count].astype(float)


def pulsed(time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Regular Gaussian pulses of height 1, two fifths of their period at half maximum: (time,)."""
    period = rng.uniform(10, 120)  # bins
    phase = (time / period + rng.uniform()) % 1 - 0.5
    return np.exp(-4 * np.log(2) * (phase / 0.4) ** 2)


def add_line(power: np.ndarray, path: np.ndarray, brightness: np.ndarray, width: float) -> None:
    """Add a Gaussian of full `width` at half maximum, in bins, at `path` to each row of (time, frequency)."""
    columns, intensities = line(path, brightness, width)
    row, place = np.nonzero((columns >= 0) & (columns < power.shape[1]))
    power[row, columns[row, place].astype(int)] += intensities[row, place]


def line(path: np.ndarray, brightness: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """The columns that a line reaches in each row, and its intensities there, both (time, column)."""
    reach = int(np.ceil(1.5 * width))
    columns = np.rint(path)[:, np.newaxis] + np.arange(-reach, reach + 1)
    distance = (columns - path[:, np.newaxis]) / width
    return columns, brightness[:, np.newaxis] * np.exp(-4 * np.log(2) * distance**2)


def add_bursts(
    power: np.ndarray, more: float, noise: float, sky: Sky, rng: np.random.Generator
) -> None:
    """Bursts that last a few rows, over the whole band and over parts of it, `more` times as many as
    the sky says.

    Reflections on the way to the receiver make them ripple over the band, with one period for a stretch.
    """
    width = power.shape[-1]
    whole, partly = draw(sky.bursts, rng), draw(sky.band_bursts, rng)
    phase = np.arange(width) / rng.uniform(16, 64)  # of the ripple
    for panel in power:
        for _ in range(rng.poisson(more * whole)):
            spectrum = 1 + rng.uniform() * np.sin(2 * np.pi * (phase + rng.uniform()))
            add_burst(panel, spectrum, noise, sky, rng)
        for _ in range(rng.poisson(more * partly * width / REFERENCE)):
            first = rng.integers(width)
            band = slice(first, first + rng.integers(*BAND_BURST_BINS, endpoint=True))
            spectrum = 1 + rng.uniform() * np.sin(2 * np.pi * (phase[band] + rng.uniform()))
            add_burst(
                panel[:, band], spectrum * np.hanning(len(spectrum) + 2)[1:-1], noise, sky, rng
            )


def add_burst(
    panel: np.ndarray, spectrum: np.ndarray, noise: float, sky: Sky, rng: np.random.Generator
) -> None:
    """Add one burst with this `spectrum` to (time, frequency): 1 to 60 time bins, usually few, of
    uneven strength."""
    start = rng.integers(len(panel))
    rows = panel[start : start + round(60 ** rng.uniform() ** 3)]
    strength = noise * draw(sky.burst_strength, rng)
    rows += strength * np.outer(rng.gamma(2, 0.5, len(rows)), spectrum)


def add_dc_spikes(power: np.ndarray, noise: float, sky: Sky, rng: np.random.Generator) -> None:
    """In some stretches, one bright column in the middle of each coarse channel."""
    if rng.random() < sky.dc_spikes:
        power[..., rng.integers(COARSE_CHANNEL) :: COARSE_CHANNEL] += noise * draw(
            sky.spike_strength, rng
        )

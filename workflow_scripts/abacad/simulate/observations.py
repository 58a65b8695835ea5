"""Settings in, observations as a telescope writes them, and the truth about them, out.

An observation is six files of a band with the receiver's marks on it, interference in all of them and, in
some observations, a needle in the ON panels. Files are like the medium-resolution product of Breakthrough
Listen. Panels begin as far apart as in the competition's cadences, though a telescope needs longer from one
scan to the next: it must turn.

Source: setigen (Brzycki et al. 2022, AJ 163, 222, doi:10.3847/1538-3881/ac5e3d), which makes the needle, the
response of coarse channels, and the files.
"""

from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np

from abacad.cadences.layout import COMPETITION, ON_PANELS, PANELS, POINTINGS
from abacad.needles.checks import require
from abacad.needles.distributions import draw
from abacad.seeds import seed_of
from abacad.simulate.background import add_noise, bands, gains, quiet_noise
from abacad.simulate.interference import (
    COARSE_CHANNEL,
    Carrier,
    add_bursts,
    add_carriers,
    line,
)
from abacad.simulate.needles import Trace, add_trace, blank_frame, straight
from abacad.simulate.scans import DC, Pointing, coarse_response, write_scan
from abacad.simulate.settings import Sky
from abacad.tables.files import write_tsv

SPECTRA = 279  # in a scan of 300 s
QUIET_NOISE = quiet_noise(COMPETITION)
MIDDLE = 1400e6  # Hz; of the band, L band
COUNTS = 1e9  # a receiver's mean power, as a recorder counts it
FIRST_MJD, APART = 57803.5, 1 / 24  # of the first observation; from one to the next, days
FLAT = (0.15, 0.3)  # coarse channels from a spike to a needle that is drawn: before the roll-off
AMID = (
    PANELS * COMPETITION.time_bins - 1
) / 2  # time bins from the first spectrum to amid the cadence
# Bins, (panel, time)
TIMES = COMPETITION.time_bins * np.arange(PANELS)[:, np.newaxis] + np.arange(SPECTRA)

# Like the sky of simulated cadences, but packets are lost, and fewer bursts are over parts of the band.
SKY = Sky(
    dropping=1,
    dropped_bins=["uniform", 1, 5],
    bursts=1,
    band_bursts=["log_uniform", 0.05, 1],
    spike_strength=["log_uniform", 30, 200],
)

FILES = ["cadence", "file"]
TRUTH = ["cadence", "kind", "frequency", "drift_rate", "snr"]


@dataclass(frozen=True)
class Observations:
    """What to simulate. ValueError names the setting that is wrong.

    needles, blanks  observations with a needle, and without one
    coarse           coarse channels of the band, 1024 channels each
    snr              of a needle in the three ON panels together, see `needle`
    drift_rate       of a needle, Hz/s
    frequency        of a needle, MHz, amid the cadence in time; None: drawn for each observation
    """

    needles: int = 1
    blanks: int = 1
    coarse: int = 8
    snr: float = 150.0
    drift_rate: float = 24.0
    frequency: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        require("needles", self.needles, Integral, 0, 1000)
        require("blanks", self.blanks, Integral, 0, 1000)
        if not self.needles + self.blanks:
            raise ValueError("needles and blanks: nothing to simulate, both are 0")
        require("coarse channels", self.coarse, Integral, 4, 64)
        require("snr", self.snr, Real, 1, 10_000)
        require("drift rate", self.drift_rate, Real, -150, 150)
        require("seed", self.seed, Integral, 0, 2**63 - 1)
        if self.frequency is not None:
            seconds = PANELS * COMPETITION.seconds
            reach = abs(self.drift_rate) * seconds / 2 + COMPETITION.frequency_bin
            low, high = self.lowest + reach, self.highest - reach
            require("frequency in MHz", self.frequency, Real, low / 1e6, high / 1e6)

    @property
    def channels(self) -> int:
        return self.coarse * COARSE_CHANNEL

    @property
    def lowest(self) -> float:
        """Middle of the lowest channel, Hz."""
        return MIDDLE - (self.channels - 1) / 2 * COMPETITION.frequency_bin

    @property
    def highest(self) -> float:
        """Middle of the highest channel, Hz."""
        return self.lowest + (self.channels - 1) * COMPETITION.frequency_bin


def simulate_observations(settings: Observations, folder: Path) -> None:
    """Write the files below `folder`, a folder for each observation, and then the two tables beside them.

    observations.tsv  cadence, file
    truth.tsv         cadence; kind of signal, needle or carrier; frequency amid the cadence, MHz; drift rate,
                      Hz/s; snr in the ON panels together
    """
    names = [*_numbered("needle", settings.needles), *_numbered("rfi", settings.blanks)]
    tables = folder / "observations.tsv", folder / "truth.tsv"
    for table in tables:
        table.unlink(missing_ok=True)  # until all files are new
    files, truth = [], []
    for number, name in enumerate(names):
        rng = np.random.default_rng(seed_of(settings.seed, name))
        panels, signals = observe(settings, name in names[: settings.needles], rng)
        truth += [{"cadence": name} | signal for signal in signals]
        for scan, panel in enumerate(panels):
            pointing = pointing_of(number, scan)
            path = Path(name) / f"guppi_{pointing.source}_{scan + 1:04d}.rawspec.0002.h5"
            write_scan(folder / path, panel, settings.lowest, pointing)
            files.append({"cadence": name, "file": path})
    for table, rows, columns in zip(tables, (files, truth), (FILES, TRUTH), strict=True):
        write_tsv(table, rows, columns)


def _numbered(name: str, count: int) -> list[str]:
    """The names of `count` observations: name, name2, name3, ..."""
    return [name + (str(number + 1) if number else "") for number in range(count)]


def pointing_of(observation: int, scan: int) -> Pointing:
    """Of a scan, 0 to 5, of an observation. No star has these names."""
    letter = POINTINGS[scan]
    return Pointing(
        source=f"SIMULATED{observation + 1}{letter}",
        ra=(17.2 + 0.5 * observation) % 24,
        dec=12.4 + 3 * "ABCD".index(letter),
        mjd=FIRST_MJD + observation * APART + scan * COMPETITION.seconds / 86400,
    )


def observe(
    settings: Observations, with_needle: bool, rng: np.random.Generator
) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """What is recorded, (panel=6, time=279, channel), float32, the lowest frequency first; and what is in
    it, as rows of the truth without the cadence's name."""
    power = bands(settings.channels, SKY, rng, SPECTRA)
    carriers = add_carriers(power, 1, QUIET_NOISE, COMPETITION.time_bins, SKY, rng)
    add_bursts(power, 1, QUIET_NOISE, SKY, rng)
    signals = [
        _carrier(carrier, settings)
        for carrier in carriers
        if 0 <= carrier.start + carrier.drift * AMID <= settings.channels - 1
    ]
    if with_needle:
        frequency = settings.frequency or draw_frequency(settings, rng) / 1e6
        power[[*ON_PANELS]] += needle_at(1e6 * frequency, settings, rng)
        signals.insert(0, _signal("needle", frequency, settings.drift_rate, settings.snr))
    receive(power, rng)
    return power, signals


def draw_frequency(settings: Observations, rng: np.random.Generator) -> float:
    """Hz; where the receiver leaves no mark."""
    middle = rng.integers(settings.coarse) * COARSE_CHANNEL + DC
    beside = rng.choice([-1, 1]) * rng.uniform(*FLAT) * COARSE_CHANNEL
    return settings.lowest + (middle + beside) * COMPETITION.frequency_bin


def needle_at(frequency: float, settings: Observations, rng: np.random.Generator) -> np.ndarray:
    """A straight line, (ON panel=3, time=279, channel), relative to the receiver's power.

    frequency  Hz, amid the cadence in time
    """
    signals = []
    for times in TIMES[[*ON_PANELS]]:
        frame = blank_frame(settings.channels, SPECTRA, COMPETITION, rng, settings.lowest)
        seconds = (times - AMID) * COMPETITION.time_bin
        trace = straight(seconds, settings.drift_rate, COMPETITION, rng, width=1)
        signals.append(
            add_trace(frame, Trace(frequency + trace.path, trace.brightness, trace.width))
        )
    panels = np.stack(signals)
    return panels * (
        settings.snr * QUIET_NOISE / np.linalg.norm(panels[:, : COMPETITION.time_bins])
    )


def receive(power: np.ndarray, rng: np.random.Generator) -> None:
    """Turn power at the receiver, (panel, time, channel), into what is recorded, in place."""
    coarse = power.shape[-1] // COARSE_CHANNEL
    power *= coarse_response(coarse).astype(np.float32)
    spikes = [draw(SKY.spike_strength, rng) for _ in range(coarse)]
    power[..., DC::COARSE_CHANNEL] += QUIET_NOISE * np.array(spikes)
    power *= COUNTS * gains(SKY, rng, SPECTRA)[..., np.newaxis]
    add_noise(power, COMPETITION, rng)


def _carrier(carrier: Carrier, settings: Observations) -> dict[str, Any]:
    _, intensities = line(carrier.path, carrier.brightness, carrier.width)
    seen = intensities.reshape(PANELS, SPECTRA, -1)[[*ON_PANELS], : COMPETITION.time_bins]
    amid = carrier.start + carrier.drift * AMID
    frequency = (settings.lowest + amid * COMPETITION.frequency_bin) / 1e6
    drift_rate = carrier.drift * COMPETITION.frequency_bin / COMPETITION.time_bin
    return _signal("carrier", frequency, drift_rate, np.linalg.norm(seen) / QUIET_NOISE)


def _signal(kind: str, frequency: float, drift_rate: float, snr: float) -> dict[str, Any]:
    """A row of the truth; a channel is 0.00286 MHz wide."""
    return {
        "kind": kind,
        "frequency": f"{frequency:.6f}",
        "drift_rate": f"{drift_rate:.4g}",
        "snr": f"{snr:.4g}",
    }

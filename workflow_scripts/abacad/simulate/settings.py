"""The config's mappings in, checked settings of a simulation out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Any, Self

from abacad.cadences.layout import COLLECTIONS, COMPETITION, PanelShape
from abacad.needles.checks import refuse_unknown, require, require_distribution
from abacad.needles.distributions import Distribution
from abacad.needles.presence import Partial


@dataclass(frozen=True)
class Sky:
    """What the background is made of; 0 leaves a component out. ValueError names the setting that is wrong.

    Shares are relative to the receiver's mean power. Strengths are in standard deviations of a quiet
    receiver's noise, which in the competition's bins is 1.3 % of its mean. A distribution is drawn from once
    for each stretch, or for each panel, carrier or burst if it describes one of these.
    """

    ripple: Distribution = ("log_uniform", 0.008, 0.08)  # share; the same in all panels
    panel_ripple: Distribution = ("log_uniform", 0.001, 0.012)  # share; added by each panel
    flicker: float = 0.7  # of that ripple in time, as a share
    gain_drift: Distribution = ("log_uniform", 0.0005, 0.06)  # share; within a panel
    dropping: float = 0.2  # share of stretches that lose packets
    dropped_bins: Distribution = ("uniform", 0, 5)  # time bins that a panel loses
    carriers: float = 1.0  # in 256 bins of the band
    carrier_strength: Distribution = ("log_uniform", 1, 40)
    panel_strength: Distribution = ("log_uniform", 0.3, 1.7)  # factor for a carrier in a panel
    switching: float = 0.2  # share of the carriers that are wide, and switch on and off
    bursts: Distribution = ("log_uniform", 0.03, 5)  # over the whole band, in a panel
    band_bursts: Distribution = ("log_uniform", 0.05, 15)  # over parts, in 256 bins of a panel
    burst_strength: Distribution = ("log_uniform", 1, 30)
    dc_spikes: float = 0.3  # share of stretches with bright columns
    spike_strength: Distribution = ("log_uniform", 10, 200)

    def __post_init__(self) -> None:
        for setting in ("dropping", "switching", "dc_spikes"):
            require(f"sky: {setting}", getattr(self, setting), Real, 0, 1)
        for setting in ("flicker", "carriers"):
            require(f"sky: {setting}", getattr(self, setting), Real, 0, 1000)
        for setting in fields(self):
            require_distribution(f"sky: {setting.name}", getattr(self, setting.name), 0)


@dataclass(frozen=True)
class Simulation:
    """What to simulate; ValueError names the setting that is out of its range.

    counts               cadences of each collection
    positive_rate        share of cadences with a needle, in every collection but test
    test_positive_rate   the same for test
    snr                  lowest and highest signal-to-noise ratio, see `needle`; drawn log-uniformly
    drift_rate           of needles in Hz/s; 9.8 is one bin per panel
    partial              needles that are in only a part of the ON panels
    coverage             mean number of snippets that cover a column of background
    stretch_width        frequency bins of a stretch of background
    noisy_fraction       share of cadences from noisy stretches, in every collection but test
    test_noisy_fraction  the same for test
    sky                  what the background is made of
    shape                of the panels
    seed                 equal seeds and settings give equal bytes, whatever the number of workers
    """

    counts: dict[str, int]
    positive_rate: float = 0.1
    test_positive_rate: float = 0.1
    snr: tuple[float, float] = (30.0, 120.0)
    drift_rate: Distribution = ("mixture", 0.6, ("normal", 0, 5), ("uniform", -157, 157))
    partial: Partial = Partial()
    coverage: float = 3.0
    stretch_width: int = 1024
    noisy_fraction: float = 0.2
    test_noisy_fraction: float = 0.6
    sky: Sky = Sky()
    shape: PanelShape = COMPETITION
    seed: int = 0

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """The simulation with these settings, written as in the config. Missing ones get their
        defaults. ValueError names a setting that is not known."""
        refuse_unknown("", settings, cls)
        blocks = {"partial": Partial, "sky": Sky, "shape": PanelShape}
        for name, block in blocks.items():
            refuse_unknown(f"{name}: ", settings.get(name, {}), block)
        made = {name: block(**settings.get(name, {})) for name, block in blocks.items()}
        return cls(**{"counts": {}, **settings, **made})

    def __post_init__(self) -> None:
        if set(self.counts) != set(COLLECTIONS):
            raise ValueError(
                f"counts: needs exactly {', '.join(COLLECTIONS)}, not {', '.join(self.counts)}"
            )
        for collection, count in self.counts.items():
            require(f"counts: {collection}", count, Integral, 0, 1_000_000)
        if not any(self.counts.values()):
            raise ValueError("counts: nothing to simulate, all are 0")
        for share in (
            "positive_rate",
            "test_positive_rate",
            "noisy_fraction",
            "test_noisy_fraction",
        ):
            require(share, getattr(self, share), Real, 0, 1)
        if len(self.snr) != 2:
            raise ValueError(f"snr: needs the lowest and the highest, not {self.snr}")
        low, high = self.snr
        require("snr: lowest", low, Real, 1, 10_000)
        require("snr: highest", high, Real, low, 10_000)
        require_distribution("drift_rate", self.drift_rate, -math.inf)
        require("coverage", self.coverage, Real, 1, 100)
        require(
            "stretch_width", self.stretch_width, Integral, 2 * self.shape.frequency_bins, 16_384
        )
        require("seed", self.seed, Integral, 0, 2**63 - 1)

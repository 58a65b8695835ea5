"""Skies and needles for tests of the search, in deviations of the noise."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch

from abacad.cadences.layout import COMPETITION, ON_PANELS, PANELS, PanelShape
from abacad.preprocess.level import level
from abacad.search.hits import Hit, Peaks
from abacad.search.planes import planes
from abacad.search.settings import Search
from abacad.search.statistics import statistics

CLIP = (-5, 20)  # the config's default
EVERYWHERE = (1.0,) * PANELS
ON_ALONE = tuple(float(panel in ON_PANELS) for panel in range(PANELS))


def line(
    drift_rate: float,
    frequency: float,
    panels: Sequence[float] = ON_ALONE,
    width: float = 1.2,
    wander: np.ndarray | float = 0.0,
    shape: PanelShape = COMPETITION,
) -> np.ndarray:
    """A line of height 1 times the factor of each panel: (panel, time, frequency).

    frequency  amid the cadence, in bins from the lower edge of the band, so that bin 0 has its middle at 0.5
    width      at half maximum, in bins; `wander`: bins that are added to its path, (panel x time,)
    """
    rows = np.arange(PANELS * shape.time_bins) - (PANELS * shape.time_bins - 1) / 2
    path = frequency + drift_rate * shape.time_bin / shape.frequency_bin * rows + wander
    distance = (np.arange(shape.frequency_bins) + 0.5 - path[:, None]) / width
    profile = np.exp(-4 * np.log(2) * distance**2).reshape(shape.of_cadence)
    return profile * np.array(panels)[:, None, None]


def of_snr(signal: np.ndarray, snr: float) -> np.ndarray:
    """The signal as bright that a matched filter collects `snr` of it in noise of deviation 1."""
    return signal * (snr / np.linalg.norm(signal))


@pytest.fixture(scope="session")
def noise() -> Callable[[int], np.ndarray]:
    """A function: the noise of a seed."""
    return lambda seed=0, shape=COMPETITION: np.random.default_rng(seed).standard_normal(
        shape.of_cadence
    )


@pytest.fixture(scope="session")
def searched() -> Callable[..., tuple[dict[str, float], list[Hit]]]:
    """A function: the statistics of a cadence, and its hits."""

    def search_one(
        panels: np.ndarray, search: Search | None = None
    ) -> tuple[dict[str, float], list[Hit]]:
        search = search or Search()
        peaks = Peaks(search)
        levelled = level(panels.astype(np.float16), CLIP).astype(np.float16)
        batch = torch.from_numpy(levelled[None])
        found = statistics(peaks.watch(planes(batch, search)), search.drifts)
        (hits, _), *_ = peaks.hits()
        return {name: float(values[0]) for name, values in found.items()}, hits

    return search_one

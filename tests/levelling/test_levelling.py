"""A needle that is added to levelled panels is as one that was in them before they were levelled."""

from functools import lru_cache

import numpy as np
import pytest
import torch

from abacad.cadences.layout import COMPETITION, ON_PANELS
from abacad.images.injection import inject, rendered
from abacad.images.panel_batch import PanelBatch
from abacad.needles.distributions import Distribution
from abacad.needles.traces import Needles, draw_needles
from abacad.preprocess.flatten import flatten
from abacad.preprocess.level import level
from abacad.preprocess.normalize import off_normalize

CLIP = (-5, 20)
COUNT = 12
STORES = {"levelled": level, "flattened": flatten, "off_normalized": off_normalize}
ON = [*ON_PANELS]
SHAPES = {
    "straight": {"width": ["uniform", 1, 2]},
    "squiggle": {"width": 1, "jitter": ["uniform", 0.2, 1]},
    "dot": {"width": 2.5, "centre": ["uniform", 0, 1], "duration": 8},
}


@lru_cache
def backgrounds() -> np.ndarray:
    """Rippling bands, a carrier, a burst, in some dropped packets: (cadence, panel, time, frequency)."""
    random = np.random.default_rng(2)
    bins = np.arange(COMPETITION.frequency_bins)
    panels = random.standard_normal((COUNT, *COMPETITION.of_cadence))
    period, phase = random.uniform(30, 90, (2, COUNT, 6, 1, 1))
    panels += 2 * np.sin(2 * np.pi * bins / period + phase)
    panels[..., 200] += random.uniform(1, 8, (COUNT, 6, 1))
    panels[:, :, 100:110, 40:90] += 3
    panels[::3, 2, 50:55] = 0
    return panels


def stored(store: str, raw: np.ndarray) -> torch.Tensor:
    """The ON panels after preprocessing, (cadence, panel=3, time, frequency)."""
    panels = [STORES[store](one.astype(np.float16), CLIP)[ON] for one in raw]
    return torch.from_numpy(np.stack(panels))


@lru_cache
def stored_backgrounds(store: str) -> torch.Tensor:
    return stored(store, backgrounds())


def needles(kind: str, drift_rate: Distribution, snr: Distribution) -> Needles:
    settings = {
        "snr": snr,
        "drift_rate": drift_rate,
        "partial": {"fewer_panels": 0.3, "shorter": 0.3, "time_bins": ["uniform", 90, 150]},
        "needles": SHAPES,
    }
    return draw_needles([kind], settings, COMPETITION, [np.random.default_rng(3)] * COUNT)


def added_before_and_after(
    store: str, drawn: Needles
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What the needles change in the ON panels of a store, (cadence, panel=3, time, frequency): added before
    preprocessing, and added to the store; and the needles themselves."""
    raw = backgrounds()
    columns, intensity = rendered(drawn, COMPETITION.frequency_bins, torch.device("cpu"))
    alone = torch.zeros(COUNT, 3, COMPETITION.time_bins, COMPETITION.frequency_bins).scatter_add(
        -1, columns, intensity
    )
    shining = raw.copy()
    shining[:, ON] += alone.numpy() * raw[:, ON].any(-1, keepdims=True)
    without = stored_backgrounds(store)
    batch = PanelBatch(without[:, None].clone(), torch.zeros(COUNT), (f"{store}.on",))
    inject(batch, range(COUNT), drawn, CLIP[1])
    return stored(store, shining) - without, batch.panels[:, 0] - without, alone


def along(change: torch.Tensor, alone: torch.Tensor) -> torch.Tensor:
    """How much of each needle is there."""
    return (change * alone).sum((1, 2, 3)) / alone.square().sum((1, 2, 3))


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("drift_rate", [["uniform", -5, 5], ["uniform", 20, 157]])
@pytest.mark.parametrize("kind", SHAPES)
def test_a_needle_brings_no_level_of_its_own(store, drift_rate, kind):
    """Beside levels that are nearly 0 everywhere, even a small one would reveal the label."""
    drawn = needles(kind, drift_rate, ["uniform", 14, 40])
    before, after, alone = added_before_and_after(store, drawn)
    levels = [(change.sum((1, 2, 3)) / alone.sum((1, 2, 3))).median() for change in (before, after)]
    assert abs(levels[1] - levels[0]) < 0.15  # added as it is, a needle has a level of 1
    if kind == "straight" and store == "levelled" and drift_rate[1] < 0:
        return  # a line that stands still is told from the level, and keeps its own
    assert abs(levels[1]) < 0.3


@pytest.mark.parametrize("drift_rate", [0, ["uniform", -157, 157]])
def test_as_much_of_a_needle_is_left_as_levelling_would_leave(drift_rate):
    drawn = needles("straight", drift_rate, ["uniform", 14, 60])
    before, after, alone = added_before_and_after("levelled", drawn)
    kept = [along(change, alone).median() for change in (before, after)]
    assert abs(kept[1] - kept[0]) < 0.05
    apart = (after - before).flatten(1).norm(dim=1) / before.flatten(1).norm(dim=1)
    assert apart.median() < 0.25


def test_blank_time_bins_stay_blank():
    _, after, _ = added_before_and_after("levelled", needles("straight", 0, 40))
    assert not after[::3, 1, 50:55].any()
    assert after[1, 1, 50:55].any()

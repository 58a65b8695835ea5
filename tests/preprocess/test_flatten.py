"""Promises about flattening: slow needles stay, what the Earth and the receiver add goes."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from abacad.cadences.layout import OFF_PANELS, ON_PANELS
from abacad.preprocess.flatten import flatten
from abacad.preprocess.noise import noise_of
from abacad.preprocess.normalize import normalize, off_normalize

SHAPE = (6, 273, 256)  # (panel, time, frequency)
ON, OFF = [*ON_PANELS], [*OFF_PANELS]
CLIP = (-50, 500)
Whiten = Callable[[np.ndarray, tuple[float, float]], np.ndarray]
TIME, FREQUENCY = np.arange(6 * 273), np.arange(256)


def line(start: float, drift: float) -> np.ndarray:
    """A line in all six panels, about a bin wide and 1 high; `drift` in bins a panel."""
    path = start + drift * TIME / 273
    return np.exp(-0.5 * ((FREQUENCY - path[:, None]) / 0.5) ** 2).reshape(SHAPE)


def needle(start: float, drift: float, snr: float) -> np.ndarray:
    """A line in the ON panels alone; `snr`: of the filter that matches it, in noise of 1."""
    signal = line(start, drift)
    signal[OFF] = 0
    return signal * (snr / np.linalg.norm(signal))


def with_carriers(panels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add carriers that stand still, in columns 12, 20, ..., 252, with another strength in each panel."""
    for column in rng.choice(np.arange(12, 256, 8), 6, replace=False):
        strengths = rng.uniform(2, 12) * rng.uniform(0.3, 1.7, (6, 1, 1))
        panels = panels + strengths * line(column, 0)
    return panels


def hard_sky(rng: np.random.Generator) -> np.ndarray:
    """Noise of 1 and carriers, under ripple that flickers and differs from panel to panel, a gain that
    drifts, and bursts over a part of the band."""
    periods = rng.uniform(30, 200, (6, 4, 1))
    waves = np.sin(2 * np.pi * (FREQUENCY / periods + rng.uniform(size=(6, 4, 1)))).sum(axis=1)
    flicker = 1 + 0.2 * np.sin(TIME / 40).reshape(6, 273, 1)
    panels = 75 + waves[:, None] * flicker
    panels *= 1 + 0.02 * np.sin(TIME / 300).reshape(6, 273, 1)
    for _ in range(4):
        panel, at, low = rng.integers(6), rng.integers(250), rng.integers(200)
        panels[panel, at : at + 6, low : low + 50] += 5
    return with_carriers(panels, rng) + rng.normal(size=SHAPE)


def rippled(rng: np.random.Generator) -> np.ndarray:
    """Noise of 1 under a steep ripple that all panels share, and a faint one of each panel's own."""
    phase = rng.uniform(size=(6, 1, 1))
    own = 0.5 * np.sin(2 * np.pi * (FREQUENCY / 40 + phase))
    return 75 + 6 * np.sin(2 * np.pi * FREQUENCY / 30) + own + rng.normal(size=SHAPE)


def raw(panels: np.ndarray) -> np.ndarray:
    """As a cadence is shipped: each panel z-scored, float16."""
    mean, std = panels.mean((1, 2), keepdims=True), panels.std((1, 2), keepdims=True)
    return ((panels - mean) / std).astype(np.float16)


@cache
def sky(name: str, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    noise = rng.normal(75, 1, SHAPE)
    skies = {"noise": noise, "carriers": with_carriers(noise, rng)}
    skies |= {"hard": hard_sky(rng), "ripple": rippled(rng)}
    return skies[name]


@cache
def without_needle(whiten: Whiten, name: str, seed: int = 0) -> np.ndarray:
    return whiten(raw(sky(name, seed)), CLIP)


def kept(whiten: Whiten, name: str, signal: np.ndarray) -> float:
    """Share of a needle's matched-filter signal that is left, in the noise that is left."""
    before = without_needle(whiten, name)
    after = whiten(raw(sky(name) + signal), CLIP)
    return float(
        ((after - before) * signal).sum() / (signal**2).sum() / noise_of(before[ON]).mean()
    )


def search(panels: np.ndarray) -> float:
    """How far the brightest steady line of the ON panels is above the OFF panels."""
    sums = panels.sum(axis=1) / np.sqrt(panels.shape[1])
    return float((sums[ON].min(axis=0) - sums[OFF].max(axis=0).clip(0)).max())


@pytest.mark.parametrize("drift", [0, 0.5, 1, 2, 4, 8, 16])
def test_a_needle_among_carriers_of_changing_strength_keeps_its_signal_however_slowly_it_drifts(
    drift,
):
    # A line of a few bins a panel is nearly as broad as ripple; a fast one raises the spread of its columns.
    assert kept(flatten, "carriers", needle(96, drift, 100)) > (0.9 if drift < 1 else 0.8)
    assert kept(flatten, "hard", needle(96, drift, 100)) > 0.75


@pytest.mark.parametrize("snr", [20, 50])
def test_a_faint_needle_that_stands_still_stays_too(snr):
    assert kept(flatten, "carriers", needle(96, 0, snr)) > 0.85


@pytest.mark.parametrize("start", [90, 97.5, 105])
def test_a_faint_needle_on_the_slope_of_a_ripple_that_all_panels_share_is_no_ripple(start):
    assert kept(flatten, "ripple", needle(start, 0, 40)) > 0.85


def test_whitening_by_the_own_columns_deletes_the_needle_that_stands_still_and_by_off_panels_does_not():
    still = needle(96, 0, 100)
    assert kept(normalize, "noise", still) < 0.05
    assert kept(off_normalize, "noise", still) > 0.9


def test_carriers_whose_strength_differs_between_panels_cost_no_needle():
    """A search without training finds slow needles among them; after OFF-panel whitening it does not."""
    seeds = range(8)
    starts = np.random.default_rng(0).uniform(10, 246, len(seeds))

    def found(whiten: Whiten) -> float:
        blank = [search(without_needle(whiten, "hard", seed)) for seed in seeds]
        hits = [
            search(whiten(raw(sky("hard", seed) + needle(start, 0, 40)), CLIP))
            for seed, start in zip(seeds, starts, strict=True)
        ]
        return float(np.mean(np.array(hits) > max(blank)))

    assert found(flatten) >= 0.75
    assert found(off_normalize) < 0.5
    assert found(normalize) < 0.5


def test_every_panel_has_spread_1_and_noise_1_on_a_hard_sky():
    for whiten in (flatten, normalize, off_normalize):
        panels = without_needle(whiten, "hard")
        spread = 1.4826 * np.median(
            np.abs(panels - np.median(panels, (1, 2), keepdims=True)), (1, 2)
        )
        np.testing.assert_allclose(spread, 1, atol=0.05)
    np.testing.assert_allclose(noise_of(without_needle(flatten, "hard")), 1, atol=0.1)


def test_bursts_over_a_part_of_the_band_and_ripple_that_flickers_are_gone():
    burst = np.zeros(SHAPE)
    burst[:, 40:60, 100:150] = 6
    ripple = (
        3 * np.sin(2 * np.pi * FREQUENCY / 40) * (1 + 0.5 * np.sin(np.arange(273) / 30))[:, None]
    )
    inside = np.s_[:, 42:58, 112:138]

    def brightness(whiten) -> float:
        return float(whiten(raw(sky("noise") + burst + ripple), CLIP)[inside].mean())

    assert brightness(normalize) > 2
    assert abs(brightness(flatten)) < 0.3


def test_a_carrier_that_only_off_panels_show_costs_an_on_panel_nothing():
    carrier = 10 * line(60, 0)
    carrier[ON] = 0
    panels = flatten(raw(sky("noise") + carrier), CLIP)
    assert abs(panels[ON][:, :, 60].mean()) < 0.3


@pytest.mark.parametrize("whiten", [normalize, off_normalize, flatten])
def test_live_bins_of_a_panel_that_is_mostly_blank_are_told_in_their_own_noise(whiten):
    blank = sky("hard").copy()
    blank[2, :160] = 0  # 59 % of the panel
    panels = whiten(raw(blank), (-5, 20))
    assert (panels[2, :160] == 0).all()
    live = panels[2, 160:]
    assert np.mean((live == -5) | (live == 20)) < 0.01
    assert 0.7 < 1.4826 * np.median(np.abs(live)) < 1.3

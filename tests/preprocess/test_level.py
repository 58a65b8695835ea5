"""What is smooth along frequency goes, lines and noise stay as they are, in ON and OFF panels alike."""

import numpy as np
import pytest

from abacad.cadences.band import polynomial
from abacad.cadences.layout import COMPETITION, PANELS
from abacad.preprocess.level import level, running_mean, running_median

BINS = np.arange(COMPETITION.of_cadence[2])
CLIP = (-50, 500)


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(COMPETITION.of_cadence)


def levelled(panels: np.ndarray) -> np.ndarray:
    return level(panels.astype(np.float16), CLIP)


def carrier(frequency: float, strengths: np.ndarray) -> np.ndarray:
    """A line that stands still, 1.2 bins wide at half maximum, of a height in each panel."""
    shape = np.exp(-4 * np.log(2) * ((BINS - frequency) / 1.2) ** 2)
    return strengths[:, np.newaxis, np.newaxis] * np.broadcast_to(shape, COMPETITION.of_cadence)


def test_flat_noise_has_a_deviation_of_1_about_0():
    panels = levelled(5 * noise() + 70)
    assert panels.mean() == pytest.approx(0, abs=0.01)
    assert panels.std() == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("period", [12, 20, 60, 200])
def test_ripple_of_the_band_goes(period):
    ripple = 5 * np.sin(2 * np.pi * BINS / period)
    panels = levelled(noise(1) + ripple)
    inside = slice(8, -8)  # at the edges a fit follows less
    left, of_noise = (
        np.abs(one.mean(axis=1))[:, inside].mean() for one in (panels, levelled(noise(1)))
    )
    assert left < 1.3 * of_noise


def test_a_carrier_stays_in_every_panel_as_bright_as_it_is_there():
    strengths = np.array([2.0, 0.5, 1.5, 1.0, 0.7, 3.0])
    ripple = 4 * np.sin(2 * np.pi * BINS / 30)
    panels = levelled(noise(2) + ripple + carrier(100, strengths))
    found = panels[:, :, 100].mean(axis=1)
    np.testing.assert_allclose(found, strengths, atol=0.25)  # in deviations of the noise


def test_gain_and_bursts_go_and_a_line_under_them_stays():
    random = np.random.default_rng(3)
    gain = np.cumsum(random.standard_normal((PANELS, 273, 1)), axis=1)
    burst = np.zeros(COMPETITION.of_cadence)
    burst[2, 100:110, 80:130] = 20 * np.hanning(50)
    panels = levelled(noise(3) + gain + burst + carrier(100, np.full(PANELS, 3.0)))
    assert np.abs(panels[..., :80].mean(axis=-1)).max() < 0.6  # the noise of 80 bins' mean is 0.11
    assert panels[2, 100:110, 110:125].mean() < 2
    assert panels[:, :, 100].mean() == pytest.approx(3, rel=0.12)


def test_blank_time_bins_are_0():
    panels = noise(4) + 5 * np.sin(2 * np.pi * BINS / 14)
    panels[1, 50:55] = 0
    found = levelled(panels)
    assert not found[1, 50:55].any()
    assert found[..., 16:-16].std() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("value", [-6.0, 0.0, 30.0])
def test_the_result_does_not_depend_on_the_scale_or_the_level_of_panels(value):
    panels = noise(5) + carrier(100, np.full(PANELS, 2.0))
    factors = np.array([1, 4, 0.5, 2, 1, 8])[
        :, np.newaxis, np.newaxis
    ]  # which float16 rounds alike
    found = levelled(panels * factors + value * factors)
    np.testing.assert_allclose(found, levelled(panels + value), atol=0.01)


@pytest.mark.parametrize(("smooth", "of"), [(running_mean, np.mean), (running_median, np.median)])
def test_running_statistics_are_the_direct_ones_with_edges_repeated(smooth, of):
    values = noise(6)[0, :3].astype(np.float32)
    values[1] = np.nan  # a row that is not known leaves the others alone
    wider = np.pad(values, ((0, 0), (3, 3)), mode="edge")
    direct = of(np.lib.stride_tricks.sliding_window_view(wider, 7, axis=-1), axis=-1)
    np.testing.assert_allclose(smooth(values, 7), direct, atol=1e-6)


def test_a_polynomial_is_found_again_to_the_edges():
    values = 3 + 2e-2 * BINS - 1e-4 * BINS**2 + 1e-6 * BINS**3
    np.testing.assert_allclose(polynomial(values[np.newaxis], 17)[0], values, rtol=1e-3)

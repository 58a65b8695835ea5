"""What is smooth along frequency goes, lines and noise stay as they are, in ON and OFF panels alike."""

import numpy as np
import pytest
import torch

from abacad.cadences.layout import CADENCE_SHAPE, PANELS
from abacad.search.levels import flat
from abacad.search.smoothing import (
    above_surroundings,
    boxcar,
    highest_within,
    polynomial,
    running_mean,
    running_median,
)
from conftest import EVERYWHERE, line

BINS = np.arange(CADENCE_SHAPE[2])


def flattened(panels: np.ndarray) -> np.ndarray:
    return flat(torch.from_numpy(panels[None]))[0].numpy()


def test_flat_noise_has_a_deviation_of_1_about_0(noise):
    panels = flattened(5 * noise() + 70)
    assert panels.mean() == pytest.approx(0, abs=0.01)
    assert panels.std() == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("period", [12, 20, 60, 200])
def test_ripple_of_the_band_goes(noise, period):
    ripple = 5 * np.sin(2 * np.pi * BINS / period)
    panels = flattened(noise(1) + ripple)
    inside = slice(8, -8)  # at the edges a fit follows less
    left, of_noise = (
        np.abs(one.mean(axis=1))[:, inside].mean() for one in (panels, flattened(noise(1)))
    )
    assert left < 1.3 * of_noise


def test_a_carrier_is_as_much_brighter_in_one_panel_than_in_another_as_before(noise):
    """What little of it is taken for band is taken from all panels."""
    strengths = np.array([2.0, 0.5, 1.5, 1.0, 0.7, 3.0])
    ripple = 4 * np.sin(2 * np.pi * BINS / 30)
    panels = flattened(noise(2) + ripple + line(0, 100.5, strengths))
    found = panels[:, :, 100].mean(axis=1)
    lost = strengths - found
    assert 0 < lost.mean() < 0.2 * strengths.mean()
    np.testing.assert_allclose(lost, lost.mean(), atol=3 / np.sqrt(273))  # deviations of the noise


def test_gain_and_bursts_go_and_a_line_under_them_stays(noise):
    random = np.random.default_rng(3)
    gain = np.cumsum(random.standard_normal((PANELS, 273, 1)), axis=1)
    burst = np.zeros(CADENCE_SHAPE)
    burst[2, 100:110, 80:130] = 20 * np.hanning(50)
    panels = flattened(noise(3) + gain + burst + 3 * line(0, 100.5, EVERYWHERE))
    assert np.abs(panels[..., :80].mean(axis=-1)).max() < 0.6  # the noise of 80 bins' mean is 0.11
    assert panels[2, 100:110, 110:125].mean() < 2
    assert panels[:, :, 100].mean() == pytest.approx(3, rel=0.12)


def test_blank_time_bins_are_0_and_a_panel_without_noise_is_too(noise):
    panels = noise(4) + 5 * np.sin(2 * np.pi * BINS / 14)
    panels[1, 50:55] = -7
    panels[3] = 2
    found = flattened(panels)
    assert not found[1, 50:55].any() and not found[3].any()
    assert found[[0, 1, 2, 4, 5], :, 16:-16].std() == pytest.approx(1, abs=0.05)


def test_boxcars_sum_the_bins_from_one_on_and_keep_the_deviation_of_noise(noise):
    values = torch.from_numpy(noise(5)[0])
    assert torch.equal(boxcar(values, 1), values)
    summed = boxcar(values, 4)
    torch.testing.assert_close(summed[:, 7], values[:, 7:11].sum(-1) / 2)
    torch.testing.assert_close(summed[:, 252], values[:, 252:].sum(-1) / 2)
    assert not summed[:, 253:].any()


@pytest.mark.parametrize(("smooth", "of"), [(running_mean, np.mean), (running_median, np.median)])
def test_running_statistics_are_the_direct_ones_with_edges_repeated(noise, smooth, of):
    values = noise(6)[0, :3]
    wider = np.pad(values, ((0, 0), (3, 3)), mode="edge")
    direct = of(np.lib.stride_tricks.sliding_window_view(wider, 7, axis=-1), axis=-1)
    np.testing.assert_allclose(smooth(torch.from_numpy(values), 7).numpy(), direct, atol=1e-10)


@pytest.mark.parametrize("axis", [-1, -2])
@pytest.mark.parametrize("reach", [0, 1, 2, 5])
def test_the_highest_nearby_is_the_direct_one(noise, axis, reach):
    values = noise(7)[0, :30]
    wider = np.pad(np.moveaxis(values, axis, -1), ((0, 0), (reach,) * 2), constant_values=-np.inf)
    direct = np.lib.stride_tricks.sliding_window_view(wider, 2 * reach + 1, axis=-1).max(-1)
    found = highest_within(torch.from_numpy(values), reach, axis).numpy()
    np.testing.assert_array_equal(np.moveaxis(found, axis, -1), direct)


def test_surroundings_are_the_median_of_eight_and_hold_neither_a_line_nor_one_beside_it(noise):
    values = noise(8)[0, :4]
    found = above_surroundings(torch.from_numpy(values), 1)[:, 50].numpy()
    around = [50 + side * offset for offset in (3, 4, 6, 8) for side in (-1, 1)]
    np.testing.assert_allclose(found, values[:, 50] - np.median(values[:, around], axis=1))
    lines = torch.full((1, 256), 2.0)
    lines[:, 100], lines[:, 106] = 12, 9
    assert above_surroundings(lines, 1)[0, [100, 106]].tolist() == [10, 7]


def test_a_polynomial_is_found_again_to_the_edges():
    values = 3 + 2e-2 * BINS - 1e-4 * BINS**2 + 1e-6 * BINS**3
    fit = polynomial(torch.from_numpy(values[None]).float(), 17, 4)
    np.testing.assert_allclose(fit[0].numpy(), values, rtol=1e-3)

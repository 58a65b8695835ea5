"""Promises about noise: that of the receiver is measured, without what the sky or the Earth adds."""

import numpy as np
import pytest

from abacad.preprocess.noise import noise_of, noise_of_columns

BAND = np.linspace(1, 3, 256)  # noise of each column


@pytest.fixture
def panels() -> np.ndarray:
    """Noise of 2 in every column, on a band that is not flat."""
    return np.random.default_rng(2).normal(np.linspace(0, 50, 256), 2, (6, 273, 256))


def test_noise_is_that_of_most_bins_and_not_of_a_carrier_or_the_band(panels):
    panels[:, :, 100:110] *= 20
    np.testing.assert_allclose(noise_of(panels), 2, rtol=0.03)


def test_a_burst_that_fills_the_band_is_no_noise(panels):
    bursts = np.zeros(273)
    for start in range(0, 273, 40):
        bursts[start : start + 25] = 7 * start  # most of the time
    panels += bursts[:, np.newaxis]
    np.testing.assert_allclose(noise_of(panels), 2, rtol=0.03)
    np.testing.assert_allclose(noise_of_columns(panels), 2, rtol=0.1)


def test_time_bins_that_are_blank_do_not_count_however_many(panels):
    panels[:, :160] = -300
    panels[:, :, 30] += 20  # a needle that was added after packets were dropped
    np.testing.assert_allclose(noise_of(panels), 2, rtol=0.05)
    np.testing.assert_allclose(noise_of_columns(panels), 2, rtol=0.15)


def test_the_noise_of_columns_follows_the_band():
    panels = BAND * np.random.default_rng(0).standard_normal((6, 273, 256))
    np.testing.assert_allclose(noise_of_columns(panels), np.tile(BAND, (6, 1)), rtol=0.15)


@pytest.mark.parametrize("strength", [50, 1000])
def test_a_carrier_that_flickers_moves_the_noise_of_no_column(panels, strength):
    expected = noise_of_columns(panels)
    panels[:, ::2, 100:108] += 2 * strength
    panels[:, :, 30] += 2 * strength
    np.testing.assert_allclose(noise_of_columns(panels), expected, rtol=0.1)


def test_panels_without_any_noise_have_none():
    assert (noise_of_columns(np.tile(np.arange(273.0)[:, np.newaxis], (6, 1, 256))) == 0).all()

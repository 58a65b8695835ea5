"""The drift view: each sum is that along its path, noise keeps its spread, a line becomes a point."""

import numpy as np
import pytest
import torch

from abacad.cadences.layout import COMPETITION, PANELS
from abacad.images.drift import Drifts, drift_means, drift_sums

_, TIME_BINS, FREQUENCY_BINS = COMPETITION.of_cadence

DRIFTS = Drifts(largest=157, step=3.3)
MIDDLE = (PANELS * TIME_BINS - 1) / 2
ROWS = np.arange(PANELS * TIME_BINS) - MIDDLE


def path(drift_rate: float, frequency: float) -> np.ndarray:
    """The place of a straight line in each row of a cadence, in bins; `frequency` is that at its middle."""
    return frequency + drift_rate / COMPETITION.unit_drift / TIME_BINS * ROWS


def line(drift_rate: float, frequency: float) -> torch.Tensor:
    """A line one bin wide at half its height, 1 at its top: (panel, time, frequency)."""
    distance = np.arange(FREQUENCY_BINS) - path(drift_rate, frequency)[:, np.newaxis]
    return torch.from_numpy(np.exp(-4 * np.log(2) * distance**2).reshape(COMPETITION.of_cadence))


@pytest.fixture(scope="module")
def noise():
    return torch.from_numpy(
        np.random.default_rng(0).standard_normal(COMPETITION.of_cadence, np.float32)
    )


def test_drift_rates_are_symmetric_and_hold_zero():
    rates = Drifts(largest=10, step=3).rates
    np.testing.assert_allclose(rates, [-10, -7.5, -5, -2.5, 0, 2.5, 5, 7.5, 10])
    np.testing.assert_allclose(Drifts(largest=0.3, step=0.1).rates[-1], 0.3)
    assert len(Drifts(largest=0.3, step=0.1).rates) == 7
    for largest, step in ((1, 0), (1, 2), (-1, 1)):
        with pytest.raises(ValueError, match="step"):
            Drifts(largest, step)


@pytest.mark.parametrize("number", [0, 1, 30, 47, 48, 49, 60, 96])
def test_each_sum_is_the_direct_one_along_its_path(noise, number):
    sums = drift_sums(noise, DRIFTS).numpy()
    rows = noise.numpy().reshape(-1, FREQUENCY_BINS)
    for frequency in (0, 1, 77, 128, 254, 255):
        bins = np.rint(path(DRIFTS.rates[number], frequency)).astype(int)
        inside = (bins >= 0) & (bins < FREQUENCY_BINS)
        values = np.where(inside, rows[np.arange(len(rows)), bins.clip(0, 255)], 0)
        direct = values.reshape(PANELS, TIME_BINS).sum(axis=1)
        direct /= np.sqrt(inside.reshape(PANELS, TIME_BINS).sum(axis=1).clip(min=1))
        np.testing.assert_allclose(sums[:, number, frequency], direct, atol=1e-3)


def test_noise_keeps_its_spread_in_every_cell_whose_path_is_in_the_band():
    noise = torch.randn(100, *COMPETITION.of_cadence, generator=torch.Generator().manual_seed(1))
    drifts = Drifts(largest=157, step=78.5)
    variances = drift_sums(noise, drifts).square().mean(0)
    seen = drift_means(torch.ones(COMPETITION.of_cadence), drifts) > 0
    assert torch.equal(variances > 0, seen)
    for panel, drift in np.ndindex(*seen.shape[:2]):
        inside = variances[panel, drift][seen[panel, drift]]
        assert inside.mean().sqrt() == pytest.approx(1, abs=0.02)
        for edge in (inside[:8], inside[-8:]):
            assert edge.mean().sqrt() == pytest.approx(1, abs=0.08)


def test_a_line_is_one_place_in_all_six_panels(noise):
    for number, frequency in ((48, 100), (52, 128), (20, 90), (80, 150)):
        sums = drift_sums(4 * line(DRIFTS.rates[number], frequency), DRIFTS)
        torch.testing.assert_close(sums[:, number, frequency], sums.amax((1, 2)), rtol=0.05, atol=0)
        together = divmod(int(sums.sum(0).argmax()), FREQUENCY_BINS)
        assert together == (number, frequency)


def test_little_of_a_line_between_two_drift_rates_is_lost():
    random = np.random.default_rng(2)
    kept = {0.0: [], 0.5: []}
    for share, found in kept.items():
        for _ in range(40):
            number = random.integers(len(DRIFTS.rates) - 1)
            rate = (1 - share) * DRIFTS.rates[number] + share * DRIFTS.rates[number + 1]
            shown = line(rate, random.uniform(100, 156))
            found.append(float(drift_sums(shown, DRIFTS)[::2].sum(0).max() / shown[::2].norm()))
    assert np.mean(kept[0.5]) >= 0.9 * np.mean(kept[0.0])


def test_the_transform_is_linear_and_takes_any_batch(noise):
    other = noise.flip(0)
    mixed = drift_sums(0.3 * noise + 0.7 * other, DRIFTS)
    apart = 0.3 * drift_sums(noise, DRIFTS) + 0.7 * drift_sums(other, DRIFTS)
    torch.testing.assert_close(mixed, apart, atol=1e-4, rtol=1e-4)
    both = torch.stack([noise, other])[:, None]  # (batch, channel, panel, time, frequency)
    assert torch.equal(drift_sums(both, DRIFTS)[1, 0], drift_sums(other, DRIFTS))


def test_mirrored_frequencies_are_mirrored_drift_rates(noise):
    mirrored = drift_sums(noise.flip(-1), DRIFTS)
    torch.testing.assert_close(mirrored, drift_sums(noise, DRIFTS).flip(-2, -1), atol=1e-4, rtol=0)


def test_some_panels_are_summed_as_among_all_six(noise):
    some = drift_sums(noise[[0, 2, 4]].half(), DRIFTS, (0, 2, 4))
    assert some.dtype == torch.float32
    torch.testing.assert_close(some, drift_sums(noise.half(), DRIFTS)[[0, 2, 4]])


def test_the_mean_of_a_mask_is_the_share_of_the_path_that_it_covers():
    mask = torch.zeros(COMPETITION.of_cadence)
    mask[..., 128:] = 1
    means = drift_means(mask, DRIFTS)
    zero = len(DRIFTS.rates) // 2
    torch.testing.assert_close(means[:, zero], mask[:, 0])
    assert 0 < float(means[0, -1, 170]) < 1

"""A background has what its sky says, in the right places and with the right strengths."""

from dataclasses import fields, replace

import numpy as np
import pytest

from abacad.cadences.layout import COMPETITION, PANELS
from abacad.simulate.background import background, quiet_noise
from abacad.simulate.interference import add_dc_spikes
from abacad.simulate.settings import Sky

EMPTY = Sky(**{setting.name: 0 for setting in fields(Sky)} | {"panel_strength": 1})


def stretch(width: int = 512, seed: int = 0, noisy: bool = False, **settings) -> np.ndarray:
    """Intensities of a stretch with nothing but these, (panel, time, frequency)."""
    sky = replace(EMPTY, **settings)
    return background(width, noisy, sky, COMPETITION, np.random.default_rng(seed)).intensities


def test_of_an_empty_sky_is_left_the_noise_of_a_radiometer():
    power = stretch()
    assert power.mean() == pytest.approx(1, abs=1e-3)
    assert power.std() == pytest.approx(0.013, rel=0.03) == quiet_noise(COMPETITION)


def test_noise_is_a_share_of_what_is_in_the_bin():
    power = stretch(ripple=0.2)
    relative = power.std(axis=1) / power.mean(axis=1)
    assert np.ptp(power.mean(axis=1)) > 0.4
    np.testing.assert_allclose(np.median(relative), quiet_noise(COMPETITION), rtol=0.02)
    assert abs(np.corrcoef(relative.ravel(), power.mean(axis=1).ravel())[0, 1]) < 0.2


def test_each_panel_has_a_ripple_of_its_own_over_one_that_all_have():
    def likeness(**settings) -> np.ndarray:
        others = np.triu_indices(PANELS, 1)
        return np.corrcoef(stretch(**settings).mean(axis=1))[others]

    assert likeness(ripple=0.02).min() > 0.99
    assert np.abs(likeness(panel_ripple=0.02)).max() < 0.9
    both = likeness(ripple=0.02, panel_ripple=0.01)
    assert 0.2 < both.min() < both.max() < 0.99


def test_a_panels_own_ripple_flickers():
    def change(flicker: float) -> float:
        power = stretch(panel_ripple=0.05, flicker=flicker)
        early, late = power[:, :60].mean(axis=1), power[:, -60:].mean(axis=1)
        return float(np.std(early - late))

    assert change(0) < 0.003 < 0.02 < change(0.5)


def test_gain_drifts_within_a_panel_and_noise_with_it():
    level = stretch(gain_drift=0.1).mean(axis=2)  # (panel, time)
    np.testing.assert_allclose(level.std(axis=1), 0.1, rtol=0.05)
    assert np.abs(np.diff(level, axis=1)).max() < 0.1  # it wanders
    assert np.ptp(stretch().mean(axis=2)) < 0.01


def test_dropped_bins_are_empty_over_the_whole_band():
    power = stretch(dropping=1, dropped_bins=3)
    empty = (power < 0.1).all(axis=2)
    assert empty.sum(axis=1).tolist() == [3] * PANELS
    assert (power[~empty] > 0.9).all()


def test_only_a_share_of_stretches_drops_packets():
    dropping = [
        (stretch(16, seed, dropping=0.25, dropped_bins=3) < 0.1).any() for seed in range(200)
    ]
    assert np.mean(dropping) == pytest.approx(0.25, abs=0.1)


def test_a_carrier_is_in_every_panel_in_another_strength():
    strength = []
    for seed in range(20):
        settings = {"carriers": 3, "carrier_strength": 100, "panel_strength": ["uniform", 0.5, 2]}
        brightest = (stretch(256, seed, **settings).mean(axis=(1)) - 1).max(axis=1)  # (panel,)
        if brightest.max() > 0.2:  # the sky may have none, or one that leaves the band
            strength.append(brightest / brightest.mean())
    assert len(strength) > 10
    assert np.median(np.ptp(strength, axis=1)) > 0.5


def test_switched_carriers_are_wide_and_go_on_and_off_within_a_panel():
    sky = {"carriers": 1, "carrier_strength": 60, "switching": 1}
    bright = np.stack(
        [stretch(256, seed, **sky) > 1 + 20 * quiet_noise(COMPETITION) for seed in range(20)]
    )
    widths = bright.sum(axis=-1)  # (stretch, panel, time)
    assert np.median(widths[widths > 0]) >= 5
    switches = np.abs(np.diff((widths > 0).astype(int))).sum(axis=-1)
    has_carrier = widths.any(axis=-1)
    assert has_carrier.sum() > 30
    assert np.mean(switches[has_carrier] > 0) > 0.8


def test_bursts_fill_the_band_or_30_to_60_bins_of_it_for_a_part_of_the_time():
    whole = stretch(bursts=1, burst_strength=30)
    rows = (whole > 1 + 6 * quiet_noise(COMPETITION)).mean(axis=2)
    assert rows.max() > 0.9 and np.median(rows) == 0
    partly = stretch(2048, band_bursts=0.1, burst_strength=60)
    rows = (partly > 1 + 6 * quiet_noise(COMPETITION)).sum(axis=2)
    assert 20 <= np.median(rows[rows > 8]) <= 60
    assert np.median(rows) == 0


def test_one_column_of_each_coarse_channel_is_bright():
    power = np.ones((PANELS, COMPETITION.time_bins, 3000), np.float32)
    sky = replace(EMPTY, dc_spikes=1, spike_strength=50)
    add_dc_spikes(power, 0.01, sky, np.random.default_rng(0))
    (columns,) = np.nonzero((power == 1.5).all(axis=(0, 1)))
    assert np.diff(columns).tolist() in ([1024], [1024, 1024])
    assert np.count_nonzero(power != 1) == len(columns) * PANELS * COMPETITION.time_bins


def test_a_noisy_stretch_has_more_power_and_noise():
    power = stretch(noisy=True)
    assert 1.5 <= power.mean() <= 3
    assert power.std() / power.mean() == pytest.approx(quiet_noise(COMPETITION), rel=0.03)


def test_the_default_sky_is_as_hard_as_it_says():
    rng = np.random.default_rng(0)
    ripples, drops = [], []
    for _ in range(20):
        made = background(1024, False, Sky(), COMPETITION, rng)
        band = np.median(made.intensities, axis=1)  # (panel, frequency)
        shared = np.median(band, axis=0)
        ripples.append(
            np.std(band / np.median(band, axis=1, keepdims=True) - shared / np.median(shared))
        )
        drops.append((made.gain < 0.1).any())
    assert np.median(ripples) > quiet_noise(COMPETITION) / 4
    assert 0 < np.mean(drops) < 0.6


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dropping": 1.5}, "sky: dropping: must be a number from 0 to 1, not 1.5"),
        ({"carriers": -1}, "sky: carriers: must be a number from 0"),
        (
            {"ripple": ["gamma", 1, 2]},
            "sky: ripple: distribution .'gamma', 1, 2.: must be a number",
        ),
    ],
)
def test_settings_of_a_sky_that_are_wrong_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        Sky(**settings)

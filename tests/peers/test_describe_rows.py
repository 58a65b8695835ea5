"""k2 and the features tell lines in ON panels from noise, and from lines that OFF panels show too."""

import numpy as np
import pytest
from describe_rows import (
    CONTRASTS,
    ENERGY,
    PREPARED,
    STEP,
    WINDOW,
    contrasts,
    describe,
    describe_file,
    energy,
    feature_names,
    spline_flattened,
    windowed_k2,
)
from scipy.stats import normaltest

from abacad.cadences.cadence import BadCadence
from abacad.cadences.layout import COMPETITION, ON_PANELS, PANELS

COLUMN = 100


def noise() -> np.ndarray:
    return np.random.default_rng(0).standard_normal(COMPETITION.of_cadence, np.float32)


def with_line(panels, strength: float = 4) -> np.ndarray:
    """A cadence of noise and a line that stands still in these panels."""
    cadence = noise()
    cadence[list(panels), :, COLUMN] += strength
    return cadence


def test_a_window_has_the_statistic_of_its_own_values():
    panel = with_line([0])[0]
    k2 = windowed_k2(panel)
    assert len(k2) == (COMPETITION.frequency_bins - WINDOW) // STEP + 1
    for window in (0, COLUMN // STEP, len(k2) - 1):
        values = panel[:, window * STEP : window * STEP + WINDOW]
        assert k2[window] == pytest.approx(normaltest(values, axis=None).statistic, rel=1e-3)


def test_a_line_is_in_the_windows_that_hold_its_column():
    k2 = windowed_k2(with_line([0])[0])
    starts = STEP * np.arange(len(k2))
    holding = (starts <= COLUMN) & (starts + WINDOW > COLUMN)
    assert k2[holding].min() > 100 > k2[~holding].max()


def test_the_scores_of_a_cadence_compare_on_with_off_in_the_same_window():
    k2 = np.zeros((PANELS, 3))
    k2[[0, 2, 4], 0] = 9, 6, 3
    k2[1, 0] = 2
    k2[[0, 2, 4], 1] = 30, 0, 0
    k2[5, 1] = 20
    assert dict(zip(ENERGY, energy(k2), strict=True)) == {
        "k2_most": 30,
        "k2_mean": 6 - 2,
        "k2_least": 3 - 2,
    }


def test_a_line_in_on_panels_is_a_contrast_and_one_in_all_panels_is_none():
    of_noise, of_needle, of_carrier = (
        dict(zip(CONTRASTS, contrasts(cadence), strict=True))
        for cadence in (noise(), with_line(ON_PANELS), with_line(range(PANELS)))
    )
    assert of_needle["columns_least"] > 3 > 0.5 > of_carrier["columns_least"]
    assert of_carrier["columns_correlation"] > 0.5 > of_needle["columns_correlation"]
    assert of_needle["columns_spread"] > 0.1 > abs(of_noise["columns_spread"])


def test_the_spline_takes_ripple_away_and_leaves_a_line():
    ripple = 5 * np.sin(2 * np.pi * np.arange(COMPETITION.frequency_bins) / 200)
    panels = spline_flattened(with_line(ON_PANELS) + ripple)
    spectra = np.stack([panel.mean(axis=0) for panel in panels])
    assert spectra[0, COLUMN] > 3
    assert np.delete(spectra, COLUMN, axis=1).std() < 0.3


@pytest.mark.parametrize("prepare", PREPARED.values(), ids=PREPARED.keys())
def test_blank_time_bins_are_left_out(prepare):
    panels = noise()
    panels[2, 10:15] = -7
    prepared = prepare(panels.astype(np.float16))
    assert [len(panel) for panel in prepared] == [273, 273, 268, 273, 273, 273]
    assert min(panel.min() for panel in prepared) > -6.5


def test_every_feature_has_a_name_and_a_value():
    features = describe([*noise()])
    names = feature_names(len(features))
    assert len({*names}) == len(features) and np.isfinite(features).all()
    of = dict(zip(names, features, strict=True))
    assert of["k2_3"] == pytest.approx(windowed_k2(noise()[3]).max(), rel=1e-5)


def test_a_bad_file_is_named(tmp_path):
    path = tmp_path / "bad.npy"
    np.save(path, np.zeros((5, 273, 256), np.float16))
    with pytest.raises(BadCadence, match=r"bad\.npy: shape"):
        describe_file("spline", str(path))

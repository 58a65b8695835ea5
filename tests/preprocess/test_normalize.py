"""Promises about normalising: the old leak is gone, background and bursts are flat, needles stay."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

from abacad.cadences.cadence import BadCadence, panel_statistics
from abacad.preprocess.normalize import (
    SMALLEST_SPREAD,
    median,
    median_and_spread,
    normalize,
    robust_scale,
    whiten,
    zscore,
)

SHAPE = (6, 64, 48)  # (panel, time, frequency)


def background(rng: np.random.Generator) -> np.ndarray:
    """Noise with a bandpass, each panel at mean 0 and standard deviation 1."""
    panels = rng.chisquare(20, SHAPE) * (1 + 0.5 * np.sin(np.arange(SHAPE[2]) / 7))
    return zscored(panels)


def zscored(panels: np.ndarray) -> np.ndarray:
    return (panels - panels.mean((1, 2), keepdims=True)) / panels.std((1, 2), keepdims=True)


def needle(brightness: float) -> np.ndarray:
    """A line that drifts through the ON panels, half a bin a time bin."""
    panels = np.zeros(SHAPE)
    time = np.arange(SHAPE[1])
    for panel in (0, 2, 4):
        panels[panel, time, 5 + time // 2] = brightness
    return panels


def leaky_cadences(rng: np.random.Generator, count: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Like the old data: every third cadence has a needle that was added after its panels were z-scored."""
    labels = np.arange(count) % 3 == 0
    cadences = [background(rng) + label * needle(rng.uniform(0.5, 3)) for label in labels]
    return [panels.astype(np.float16) for panels in cadences], labels


def auc_of_panel_statistics(cadences: list[np.ndarray], labels: np.ndarray) -> float:
    """How well a classifier finds the labels from only the means and standard deviations of panels."""
    features = np.array([np.concatenate(panel_statistics(panels)) for panels in cadences])
    classifier = HistGradientBoostingClassifier(max_iter=30, random_state=0)
    scores = cross_val_predict(classifier, features, labels, cv=5, method="decision_function")
    return roc_auc_score(labels, scores)


def test_panel_statistics_tell_the_old_data_s_labels_before_and_nothing_after_z_scoring():
    cadences, labels = leaky_cadences(np.random.default_rng(0), 600)
    assert auc_of_panel_statistics(cadences, labels) > 0.9
    # The standard error of an AUC without information is 0.025 here.
    after = auc_of_panel_statistics([zscore(panels) for panels in cadences], labels)
    assert abs(after - 0.5) < 0.075


def test_a_needle_added_before_or_after_the_panels_were_z_scored_comes_out_alike():
    clean = background(np.random.default_rng(1))
    old_way = clean + needle(2)
    new_way = zscored(clean + needle(2))
    assert not np.allclose(old_way, new_way, atol=0.1)
    clip = (-5, 20)
    np.testing.assert_allclose(normalize(old_way, clip), normalize(new_way, clip), atol=1e-3)


def test_z_scored_panels_have_mean_0_and_deviation_1():
    panels = 7 + 3 * np.random.default_rng(2).normal(size=SHAPE)
    means, deviations = panel_statistics(zscore(panels.astype(np.float16)))
    np.testing.assert_allclose(means, 0, atol=1e-6)
    np.testing.assert_allclose(deviations, 1, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_z_scores_are_exact_where_the_mean_is_much_larger_than_the_spread(dtype):
    panels = (1 + 0.013 * np.random.default_rng(9).normal(size=SHAPE)).astype(dtype)
    panels[1] *= 30  # of float16, only a few values are left
    exact = zscored(panels.astype(np.float64))
    np.testing.assert_allclose(zscore(panels), exact, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    "shape", [(4, 1), (4, 2), (3, 256), (3, 273), (2, 3000), (2, 69888), (2, 69889)]
)
@pytest.mark.parametrize("blank", [0, 1, 2, 0.6])
def test_a_median_is_that_of_the_values_that_are_known(shape, blank):
    random = np.random.default_rng(10)
    values = random.normal(size=shape).astype(np.float32)
    values[1] = values[1].round(1)  # many are equal
    unknown = int(blank * shape[1]) if blank < 1 else blank
    values[0, random.choice(shape[1], min(unknown, shape[1] - 1), replace=False)] = np.nan
    expected = np.nanmedian(values, axis=-1, keepdims=True)
    spread = 1.4826 * np.nanmedian(np.abs(values - expected), axis=-1, keepdims=True)
    np.testing.assert_array_equal(median(values, -1), expected)
    found = median_and_spread(values, -1)
    np.testing.assert_array_equal(found[0], expected)
    np.testing.assert_allclose(found[1], spread.clip(SMALLEST_SPREAD), rtol=1e-6)


@pytest.mark.parametrize("period", [61, 256])
def test_a_median_of_many_values_is_exact_where_they_repeat(period):
    columns = np.random.default_rng(11).normal(size=period) + 100 * (np.arange(period) == 0)
    panels = np.tile(columns, (1, 273, 1)) + np.linspace(0, 1e-3, 273)[:, np.newaxis]
    np.testing.assert_array_equal(median(panels, (-2, -1))[:, 0, 0], np.median(panels, (1, 2)))


@pytest.mark.parametrize("count", [5, 5000])
def test_a_median_of_nothing_known_is_not_known(count):
    assert np.isnan(median(np.full((2, count), np.nan), -1)).all()


def test_a_panel_without_spread_is_refused():
    panels = background(np.random.default_rng(3))
    panels[4] = 2
    with pytest.raises(BadCadence, match="constant panel 4"):
        zscore(panels)


def test_whitening_flattens_the_bandpass_and_a_broadband_burst():
    gain = np.linspace(1, 5, 256)
    noise = np.random.default_rng(4).normal(size=(1, 273, 256))
    burst = np.where(np.arange(273) == 100, 8, 0)[:, None]
    whitened = whiten(gain * (10 + noise + burst))
    np.testing.assert_allclose(np.median(whitened, axis=1), 0, atol=0.15)
    np.testing.assert_allclose(whitened.std(axis=1), 1, atol=0.35)
    assert abs(np.median(whitened[0, 100])) < 1e-9


def test_a_drifting_needle_keeps_its_brightness_over_the_background():
    brightness = 8
    panels = background(np.random.default_rng(5)) + needle(brightness)
    normalized = normalize(panels, (-5, 1000))
    on_needle = needle(1) > 0
    assert np.median(normalized[on_needle]) > brightness
    assert abs(np.median(normalized[~on_needle])) < 0.2


def test_a_column_without_spread_is_divided_by_the_smallest_spread():
    panels = np.zeros((1, 5, 2))
    panels[0, 0] = 1
    np.testing.assert_allclose(robust_scale(panels, -2)[0, 0], 1 / SMALLEST_SPREAD)
    np.testing.assert_allclose(robust_scale(panels, -2)[0, 1:], 0)


def test_values_are_clipped_to_the_range_given():
    panels = background(np.random.default_rng(6)) + needle(50)
    for values in (normalize(panels, (-1, 3)), zscore(panels, (-1, 3))):
        assert (values.min(), values.max()) == (-1, 3)
    assert zscore(panels).max() > 3


def test_panels_do_not_influence_each_other():
    panels = background(np.random.default_rng(7))
    changed = panels.copy()
    changed[3] *= np.linspace(1, 9, SHAPE[1])[:, None]
    others = [0, 1, 2, 4, 5]
    before, after = normalize(panels, (-5, 20)), normalize(changed, (-5, 20))
    np.testing.assert_array_equal(before[others], after[others])

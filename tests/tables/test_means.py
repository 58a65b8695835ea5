"""Promises of the ensemble's means, and of the share of negatives that score as high."""

from dataclasses import replace

import numpy as np
import pytest

from abacad.tables.curves import Curves
from abacad.tables.means import mean_of, mean_over_folds, power_mean, share_as_high

LINES = Curves(np.array([0, 1]), np.array([[-3, 3], [-1, 1], [0, 0]]))  # of three members
RANK_MEAN = mean_of("rank_mean", 1, {}, ())


def test_a_power_mean_goes_from_the_arithmetic_mean_to_the_maximum():
    values = np.array([[0.2, 0.9], [0.6, 0.1]])
    np.testing.assert_allclose(power_mean(values, 1), [0.4, 0.5])
    np.testing.assert_allclose(power_mean(values, 2), [np.sqrt(0.2), np.sqrt(0.41)])
    np.testing.assert_allclose(power_mean(values, 200), [0.6, 0.9], rtol=0.01)


def test_the_rate_is_the_share_of_negatives_that_score_as_high_by_the_same_fold():
    target = np.array([0, 0, 0, 1, 0, 0, 1])
    fold = np.array([0, 0, 0, 0, 1, 1, 1])
    out_of_fold = np.array([[0.1, 0.2, 0.3, 0.9, 0.6, 0.7, 0.8]])
    tested = np.array([[[0.2, 0.95, 0.0], [0.65, 0.75, 0.0]]])  # (member, fold, row)
    rates = share_as_high(target == 0, fold, out_of_fold, tested, RANK_MEAN)
    assert rates == pytest.approx([(2 / 3 + 1 / 2) / 2, 0, 1])


def test_the_rate_does_not_depend_on_what_else_is_in_test():
    rng = np.random.default_rng(0)
    target, fold = np.arange(40) % 4 == 0, np.arange(40) % 2
    out_of_fold, tested = rng.random((3, 40)), rng.random((3, 2, 10))
    for method in ("rank_mean", "arithmetic_mean", "power_mean", "weighted_mean", "stacked"):
        mean = mean_of(method, 3, {"a": 0.5, "b": 0.5, "c": 0}, [LINES, LINES])
        rates = share_as_high(target == 0, fold, out_of_fold, tested, mean)
        alone = share_as_high(target == 0, fold, out_of_fold, tested[:, :, :1], mean)
        assert rates[0] == alone[0], method


def test_the_means_are_those_of_the_ensemble():
    reference = np.array([[0.0, 0.5, 1.0, 0.2], [0.4, 0.6, 0.3, 0.1]])
    values = np.array([[0.6], [0.35]])
    ranks = np.array([3 / 4, 2 / 4])
    assert RANK_MEAN(0, reference, values) == pytest.approx([ranks.mean()])
    weighted = mean_of("weighted_mean", 1, {"a": 0.25, "b": 0.75}, ())
    assert weighted(0, reference, values) == pytest.approx([ranks @ [0.25, 0.75]])
    assert mean_of("arithmetic_mean", 1, {}, ())(0, reference, values) == pytest.approx([0.475])
    assert mean_of("power_mean", 2, {}, ())(0, reference, values) == pytest.approx(
        [((0.36 + 0.1225) / 2) ** 0.5]
    )


def test_the_stacked_score_is_by_the_curves_of_the_fold_that_is_asked():
    reference = np.array([[0.0, 0.5, 1.0, 0.2], [0.4, 0.6, 0.3, 0.1]])
    values = np.array([[0.6, 0.1], [0.35, 0.9]])
    ranks = np.array([[3 / 4, 1 / 4], [2 / 4, 1]])
    curves = [replace(LINES, log_odds=LINES.log_odds[two]) for two in ([0, 1], [1, 2])]
    stacked = mean_of("stacked", 1, {}, curves)
    for fold, of_fold in enumerate(curves):
        assert stacked(fold, reference, values) == pytest.approx(of_fold.scores(ranks))


def test_a_test_row_has_the_mean_of_what_each_folds_models_say_by_their_own_rows():
    fold = np.array([0, 0, 1, 1])
    out_of_fold = np.array([[0.1, 0.2, 0.8, 0.9]])
    tested = np.array([[[0.15, 0.3], [0.15, 0.85]]])  # (member, fold, row)
    scores = mean_over_folds(fold, out_of_fold, tested, RANK_MEAN)
    assert scores == pytest.approx([(1 / 2 + 0) / 2, (1 + 1 / 2) / 2])

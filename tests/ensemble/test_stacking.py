"""Promises of stacking: it finds what a mean does not, and is never asked for rows that it knows."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from abacad.ensemble.stacking import curves_of, nested_curves


def two_kinds(rows: int = 600) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Target, fold and ranks of three members: two see one kind of needle each, the third knows nothing."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 6, rows)  # 0, 1: a needle of that kind
    ranks = rng.random((3, rows))
    for member in (0, 1):
        ranks[member, kind == member] = rng.uniform(0.93, 1, (kind == member).sum())
    return (kind < 2).astype(np.int8), np.arange(rows) % 2, ranks


def test_needles_that_only_one_member_sees_are_found():
    target, fold, ranks = two_kinds()
    stacked, _ = nested_curves(target, fold, ranks)
    assert roc_auc_score(target, stacked) > roc_auc_score(target, ranks.mean(axis=0)) + 0.1


def test_a_member_that_knows_nothing_says_little_and_a_curve_never_falls():
    target, _, ranks = two_kinds(2000)
    curves = curves_of(target, ranks)
    assert (np.diff(curves.log_odds, axis=1) >= 0).all()
    said = np.ptp(curves.log_odds, axis=1)
    assert said[2] < min(said[:2]) / 2


def test_labels_that_mean_nothing_are_not_learnt():
    _, fold, ranks = two_kinds(1000)
    target = np.random.default_rng(1).integers(0, 2, 1000)
    stacked, _ = nested_curves(target, fold, ranks)
    assert abs(roc_auc_score(target, stacked) - 0.5) < 0.05


def test_the_labels_of_a_fold_do_not_change_what_is_said_of_its_rows():
    target, fold, ranks = two_kinds()
    own = fold == 1
    changed = np.where(own, 1 - target, target)
    before, after = (nested_curves(labels, fold, ranks)[0] for labels in (target, changed))
    np.testing.assert_array_equal(before[own], after[own])
    assert (before[~own] != after[~own]).any()


@pytest.mark.parametrize("label", [0, 1])
def test_rows_of_one_class_tell_nothing_so_that_members_count_alike(label):
    _, _, ranks = two_kinds(20)
    scores = curves_of(np.full(20, label), ranks).scores(ranks)
    np.testing.assert_array_equal(np.argsort(scores), np.argsort(ranks.mean(axis=0)))

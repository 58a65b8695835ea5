"""Promises of stacking: trees find what a mean does not, and are never asked for rows that they know."""

import numpy as np
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.metrics import roc_auc_score

from abacad.ensemble.stacking import LEAST_IN_LEAF, MOST_LEAVES, TREES, grow, nested_stack


def two_kinds(rows: int = 600) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Target, fold and ranks of three members: two see one kind of needle each, the third knows nothing."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 6, rows)  # 0, 1: a needle of that kind
    ranks = rng.random((3, rows))
    for member in (0, 1):
        ranks[member, kind == member] = rng.uniform(0.93, 1, (kind == member).sum())
    return (kind < 2).astype(np.int8), np.arange(rows) % 2, ranks


def test_trees_find_needles_that_only_one_member_sees():
    target, fold, ranks = two_kinds()
    stacked, _ = nested_stack(target, fold, ranks, seed=0)
    assert roc_auc_score(target, stacked) > roc_auc_score(target, ranks.mean(axis=0)) + 0.1


def test_labels_that_mean_nothing_are_not_learnt():
    _, fold, ranks = two_kinds(1000)
    target = np.random.default_rng(1).integers(0, 2, 1000)
    stacked, _ = nested_stack(target, fold, ranks, seed=0)
    assert abs(roc_auc_score(target, stacked) - 0.5) < 0.05


def test_the_labels_of_a_fold_do_not_change_what_is_said_of_its_rows():
    target, fold, ranks = two_kinds()
    own = fold == 1
    changed = np.where(own, 1 - target, target)
    before, after = (nested_stack(labels, fold, ranks, seed=0)[0] for labels in (target, changed))
    np.testing.assert_array_equal(before[own], after[own])
    assert (before[~own] != after[~own]).any()


def test_trees_say_the_same_as_the_library_that_grew_them():
    target, _, ranks = two_kinds()
    theirs = ExtraTreesRegressor(
        TREES, min_samples_leaf=LEAST_IN_LEAF, max_leaf_nodes=MOST_LEAVES, random_state=3
    ).fit(ranks.T, target)
    new = np.random.default_rng(2).random((3, 200))
    np.testing.assert_allclose(grow(target, ranks, 3).means(new), theirs.predict(new.T), rtol=1e-12)


def test_one_class_alone_is_said_of_every_row():
    _, _, ranks = two_kinds(20)
    np.testing.assert_array_equal(grow(np.ones(20), ranks, 0).means(ranks), 1)

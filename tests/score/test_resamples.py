"""Promises of the bootstrap: the scores of the rows that were drawn, honest intervals, paired differences."""

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from abacad.score.resamples import SCORES, auc_of, bootstrap, difference, intervals, scores_of
from abacad.score.scores import found


def sample(count: int, seed: int, size: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Targets, scores and groups of so many rows, a quarter of them positive; the `size` rows of a group are
    alike: in their targets, and in half of what their scores vary by."""
    random = np.random.default_rng(seed)
    groups = np.arange(count) // size
    target = groups % 4 == 0
    shared = random.normal(size=count)[groups] if size > 1 else 0
    return target, random.normal(size=count) + shared + target, groups


def known_scores(target: np.ndarray, score: np.ndarray) -> list[float]:
    """The same scores from scikit-learn."""
    aucs = [roc_auc_score(target, score, max_fpr=most) for most in (None, 0.01)]
    return [aucs[0], found(target == 1, score)[target == 1].mean(), aucs[1]]


# The scores of the rows that were drawn


@pytest.mark.parametrize("values", [5, 60, 10_000])
@pytest.mark.parametrize("negatives", [3, 99, 100, 250, 1000])
def test_auc_recall_and_partial_auc_are_those_that_scikit_learn_finds(negatives, values):
    random = np.random.default_rng(negatives)
    target = np.arange(negatives + 40) < 40
    score = random.integers(0, values, len(target)) + values // 4 * target  # many are equal
    assert [*scores_of(target, score)] == [*SCORES]
    assert [*scores_of(target, score).values()] == pytest.approx(known_scores(target, score))


def test_the_auc_alone_is_the_same():
    for seed in range(20):
        random = np.random.default_rng(seed)
        target, score = random.permutation(90) < 30, random.integers(0, 40, 90) / 7
        auc = scores_of(target, score)["auc"]
        alone = auc_of(np.sort(score[target]), np.sort(score[~target]))
        assert alone == pytest.approx(auc, abs=1e-15)


def test_by_chance_the_partial_auc_is_a_half_and_at_best_one():
    target = np.arange(1000) % 2
    assert scores_of(target, np.zeros(1000))["partial_auc"] == 0.5
    assert scores_of(target, target)["partial_auc"] == 1


def test_a_class_alone_has_no_scores():
    assert np.isnan([*scores_of(np.ones(3), np.arange(3)).values()]).all()


@pytest.mark.parametrize("size", [1, 7])
def test_a_resample_has_the_scores_of_the_groups_that_it_drew_with_all_their_rows(size):
    target, score, groups = sample(410, seed=1, size=size)
    for seed in range(20):
        count = groups.max() + 1
        drawn = np.random.default_rng(seed).integers(count, size=count)
        rows = np.concatenate([np.flatnonzero(groups == group) for group in drawn])
        (table,) = bootstrap(target, [score], groups, 1, seed)
        (resampled,) = table.to_pylist()
        assert [*resampled.values()] == pytest.approx(known_scores(target[rows], score[rows]))


def test_whatever_numbers_groups_have_the_same_are_drawn():
    target, score, groups = sample(60, seed=0, size=3)
    (table,), (other,) = (bootstrap(target, [score], g, 9, 0) for g in (groups, groups * 5 - 9))
    assert table.equals(other)


def test_each_model_has_the_resamples_that_it_would_have_alone():
    target, score, groups = sample(200, seed=0, size=3)
    models = [score, -score, np.round(score)]
    for score, table in zip(models, bootstrap(target, models, groups, 9, 0), strict=True):
        assert [table] == bootstrap(target, [score], groups, 9, 0)


def test_a_draw_of_one_class_alone_is_drawn_again():
    target, groups = np.array([1, 0, 0, 0]), np.array([0, 1, 1, 1])
    (resampled,) = bootstrap(target, [np.array([0.9, 0.1, 0.2, 0.3])], groups, 50, seed=0)
    assert resampled["auc"].to_pylist() == [1.0] * 50


# Honest intervals


@pytest.mark.parametrize(
    ("name", "rows", "size"),
    [("auc", 200, 1), ("recall", 4000, 1), ("partial_auc", 4000, 1), ("auc", 2000, 20)],
)
def test_the_interval_covers_the_true_score_about_as_often_as_it_says(name, rows, size):
    assert 87 <= covered(name, rows, size, by_group=True) <= 100


def test_an_interval_of_rows_that_are_drawn_one_by_one_is_too_narrow_where_they_are_not_independent():
    assert covered("auc", 2000, 20, by_group=False) < 75


def covered(name: str, rows: int, size: int, by_group: bool) -> int:
    """In how many of 100 samples the interval holds the true score."""
    truth = scores_of(*sample(400_000, seed=0, size=size)[:2])[name]
    times = 0
    for seed in range(100):
        target, score, groups = sample(rows, seed + 1, size)
        groups = groups if by_group else np.arange(rows)
        limits = intervals(*bootstrap(target, [score], groups, 200, seed))
        times += limits[f"{name}_low"] <= truth <= limits[f"{name}_high"]
    return times


def test_the_same_seed_gives_the_same_interval():
    target, score, groups = sample(100, seed=0)
    first, again, other = (
        intervals(*bootstrap(target, [score], groups, 100, seed)) for seed in (0, 0, 1)
    )
    assert first == again
    assert first["auc_low"] != other["auc_low"]


# Paired differences


def test_of_two_models_on_the_same_rows_the_difference_is_known_better_than_either_score():
    target, score, groups = sample(400, seed=0, size=4)
    better = score + 0.2 * target
    one, other = bootstrap(target, [better, score], groups, 300, seed=0)
    limits = intervals(difference(one, other), "_difference")
    assert 0 < limits["auc_difference_low"] < limits["auc_difference_high"]
    alone = intervals(one)
    width = alone["auc_high"] - alone["auc_low"]
    assert limits["auc_difference_high"] - limits["auc_difference_low"] < width / 4
    assert alone["auc_low"] < intervals(other)["auc_high"]  # which would leave it open


def test_resamples_of_another_number_are_no_pairs():
    some, more = (pa.table(dict.fromkeys(SCORES, np.zeros(count))) for count in (3, 4))
    with pytest.raises(ValueError, match="3 and 4 resamples: not of the same draws"):
        difference(some, more)

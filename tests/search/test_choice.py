"""The statistic that finds most is chosen, and its order is that of the probabilities."""

import numpy as np
import pytest

from abacad.score.resamples import scores_of
from abacad.search.choice import DOUBT, SOFT, Choice, choose


@pytest.fixture
def rows() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Labels of 400 rows, and statistics: one that finds many, one with a high AUC alone, one of nothing."""
    random = np.random.default_rng(0)
    target = (np.arange(400) % 4 == 0).astype(int)
    noise = random.standard_normal((3, 400))
    bright = (target == 1) & (random.random(400) < 0.6)
    return target, {
        "nothing": 3 + noise[0],
        "high_auc": 3 + noise[1] + 2.0 * target,
        "finds_many": 3 + noise[2] + 40 * bright,
    }


def test_recall_decides_before_auc(rows):
    target, statistics = rows
    choice, scores = choose(statistics, target)
    assert choice.statistic == "finds_many"
    assert scores["high_auc"]["auc"] > scores["finds_many"]["auc"]
    assert scores == {name: scores_of(target, values) for name, values in statistics.items()}


def test_where_recall_is_equal_auc_decides(rows):
    target, statistics = rows
    highest = np.where(target == 0, 1e3, 0.0)
    highest[np.flatnonzero(target == 0)[4:]] = 0  # of both, no needle is above these four
    both = {name: np.maximum(statistics[name], highest) for name in ("nothing", "high_auc")}
    choice, scores = choose(both, target)
    assert {one["recall"] for one in scores.values()} == {0}
    assert choice.statistic == "high_auc"


def test_probabilities_are_the_most_likely_of_the_labels(rows):
    target, statistics = rows
    values = statistics["high_auc"]
    choice, _ = choose({"any": values}, target)

    def log_likelihood(slope: float, offset: float) -> float:
        likely = Choice("any", slope, offset).probabilities(values)
        prior = -(slope**2) / 2 / DOUBT**2
        return np.log(np.where(target == 1, likely, 1 - likely)).sum() + prior

    best = log_likelihood(choice.slope, choice.offset)
    middle = np.arcsinh(values / SOFT).mean()
    for steeper, higher in ((0.1, 0), (-0.1, 0), (0, 0.1), (0, -0.1)):
        offset = choice.offset + higher - steeper * middle
        assert log_likelihood(choice.slope + steeper, offset) < best
    assert choice.probabilities(values).mean() == pytest.approx(target.mean(), abs=0.005)


@pytest.mark.parametrize("slope", [0.05, 1, 30])
def test_no_two_values_become_one_probability(slope):
    values = np.sort(np.concatenate([np.linspace(-60, 60, 2001), [-1e6, 1e3, 2e3, 1e5, 1e6]]))
    likely = Choice("any", slope, -3.0).probabilities(values)
    assert (np.diff(likely) > 0).all() and likely[0] > 0 and likely[-1] < 1


def test_a_higher_value_is_never_less_likely_whatever_the_labels_say(rows):
    target, statistics = rows
    choice, _ = choose({"high_auc": statistics["high_auc"]}, 1 - target)
    assert choice.slope > 0


def test_needles_that_are_all_above_the_others_have_a_map_too():
    target = np.repeat([0, 1], 20)
    choice, scores = choose({"all": np.where(target, 50.0, 3.0) + np.arange(40) / 40}, target)
    assert scores["all"]["auc"] == 1 and np.isfinite(choice.slope)
    likely = choice.probabilities(np.array([3.0, 50.0]))
    assert likely[0] < 0.1 < 0.9 < likely[1]


@pytest.mark.parametrize("label", [0, 1])
def test_rows_of_one_class_are_refused(label):
    with pytest.raises(ValueError, match=f"{7 * label} of the 7 training rows .* hold a needle"):
        choose({"any": np.arange(7.0)}, np.full(7, label))

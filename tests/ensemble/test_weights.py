"""Weights are found where they help, and never by the rows that they are scored on."""

import numpy as np
from sklearn.metrics import roc_auc_score

from abacad.ensemble.weights import STEPS, nested_mean, search_weights

RNG = np.random.default_rng(0)
TARGET = RNG.integers(0, 2, 600)
FOLD = np.arange(600) % 3
SHARED = 1.2 * TARGET + RNG.normal(size=600)


def test_two_members_with_errors_of_their_own_share_the_weight_and_noise_gets_little():
    good, other = (1.5 * TARGET + RNG.normal(size=600) for _ in range(2))
    weights = search_weights(TARGET, np.stack([good, RNG.normal(size=600), other]))
    assert np.isclose(weights.sum(), 1)
    assert weights[0] > 0.3 and weights[2] > 0.3 and weights[1] < 0.15


def test_the_member_that_improves_the_mean_most_by_scikit_learn_is_added_each_time():
    for seed in range(5):
        random = np.random.default_rng(seed)
        ranks = random.random((4, 150)) + random.random((4, 1)) * TARGET[:150]
        mean, added, aucs = np.zeros(150), [], []
        for _ in range(STEPS):
            each = [roc_auc_score(TARGET[:150], mean + rank) for rank in ranks]
            added.append(np.argmax(each))
            mean += ranks[added[-1]]
            aucs.append(max(each))
        best = added[: np.argmax(aucs) + 1]
        expected = np.bincount(best, minlength=4) / len(best)
        assert search_weights(TARGET[:150], ranks).tolist() == expected.tolist()


def test_the_best_member_alone_is_kept_where_no_other_helps():
    weights = search_weights(TARGET, np.stack([np.zeros(600), SHARED, -SHARED]))
    assert weights.tolist() == [0, 1, 0]


def test_the_weights_of_a_fold_do_not_depend_on_its_rows():
    ranks = np.stack([SHARED, 1.2 * TARGET + RNG.normal(size=600)])
    _, weights = nested_mean(TARGET, FOLD, ranks)
    turned = np.where(FOLD == 1, 1 - TARGET, TARGET)
    _, after = nested_mean(turned, FOLD, ranks)
    assert after[1].tolist() == weights[1].tolist()
    assert (after[[0, 2, 3]] != weights[[0, 2, 3]]).any()


def test_members_of_noise_do_not_look_good_by_the_search():
    """The mean of 60 members of noise would, if it were fitted on the rows that it is scored on."""
    target, fold = TARGET[:200], FOLD[:200]
    ranks = RNG.normal(size=(60, 200))
    mean, weights = nested_mean(target, fold, ranks)
    assert roc_auc_score(target, weights[-1] @ ranks) > 0.65
    assert 0.4 < roc_auc_score(target, mean) < 0.6

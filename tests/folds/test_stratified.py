"""The faster split gives the folds of scikit-learn, whatever the labels and groups."""

import numpy as np
import pytest
from sklearn.model_selection import StratifiedGroupKFold

from abacad.folds.stratified import FastStratifiedGroupKFold


@pytest.mark.parametrize("groups", [30, 150, 600])
@pytest.mark.parametrize("count", [2, 5, 9])
@pytest.mark.parametrize("positives", [0.1, 0.5])
def test_the_folds_are_those_of_scikit_learn(groups, count, positives):
    for seed in range(3):
        random = np.random.default_rng(seed)
        target = (random.random(600) < positives).astype(np.int8)
        group = np.sort(random.integers(groups, size=600)) if groups < 600 else np.arange(600)
        folds, expected = (
            [
                held_out.tolist()
                for _, held_out in kind(count, shuffle=True, random_state=seed).split(
                    target, target, group
                )
            ]
            for kind in (FastStratifiedGroupKFold, StratifiedGroupKFold)
        )
        assert folds == expected


def test_scikit_learn_asks_the_faster_code_for_its_folds(monkeypatch):
    """It is a method that scikit-learn does not document: a new version could call another one."""
    monkeypatch.setattr(FastStratifiedGroupKFold, "_find_best_fold", lambda *_, **__: 0)
    target = np.arange(8) % 2
    splits = FastStratifiedGroupKFold(2, shuffle=True, random_state=0).split(target, target, target)
    assert [len(held_out) for _, held_out in splits] == [8, 0]

"""Rows with targets and scores in, their AUC, recall and partial AUC out, also for resampled rows.

Rows that overlap are not independent, so a bootstrap of rows would give too narrow intervals. Therefore
overlap groups are drawn, each with all its rows. A row without a partner is a group of its own.

Sources: the partial AUC of McClish 1989 (Medical Decision Making 9, 190), standardised as roc_auc_score
does; the bootstrap of clusters (Davison and Hinkley 1997, Bootstrap methods and their application, 3.8).
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

SCORES = ("auc", "recall", "partial_auc")
INTERVAL = (2.5, 97.5)  # percentiles of the resamples
NEGATIVES_PER_FALSE_POSITIVE = 100  # at least this many: a false positive rate of at most 1 %
SIDES = ("left", "right")


class RankedRows:
    """Rows in the order of their scores. They are sorted once, however often they are resampled.

    target  (row,), 0 or 1
    score   (row,), higher is more like a positive
    groups  (row,), numbers from 0
    """

    def __init__(self, target: np.ndarray, score: np.ndarray, groups: np.ndarray):
        falling = np.argsort(-score, kind="stable")
        positive, negative = (falling[target[falling] == label] for label in (1, 0))
        self._groups = groups[positive], groups[negative]
        positive, negative = -score[positive], -score[negative]  # rising
        # How many of the other class score higher than a row, and how many at least as high.
        self._over_positive = [np.searchsorted(negative, positive, side) for side in SIDES]
        self._over_negative = [np.searchsorted(positive, negative, side) for side in SIDES]
        # The places of the negatives with the same score as each: from the first to after the last.
        self._level = [np.searchsorted(negative, negative, side) for side in SIDES]
        # How often the rows so far were drawn, from none to all.
        self._hits, self._alarms = (np.zeros(len(rows) + 1, int) for rows in (positive, negative))

    def scores(self, times: np.ndarray) -> tuple[float, float, float]:
        """The `SCORES` if the rows of each group count `times` over, (group,); NaN if only one class is left.

        A positive wins against the negatives below it, and wins half against those with an equal score.
        """
        positive, negative = (times.take(groups) for groups in self._groups)
        hits, alarms = self._hits, self._alarms
        np.cumsum(positive, out=hits[1:])
        np.cumsum(negative, out=alarms[1:])
        pairs = hits[-1] * alarms[-1]
        if not pairs:
            return np.nan, np.nan, np.nan
        above, level = self._over_positive
        auc = 1 - positive @ (alarms[above] + alarms[level]) / 2 / pairs
        allowed = alarms[-1] / NEGATIVES_PER_FALSE_POSITIVE
        # The highest negative that must not pass. Those with an equal score are on the diagonal of the
        # ROC curve.
        threshold = np.searchsorted(alarms, int(allowed), "right") - 1  # a float would be slow
        above, level = self._over_negative
        first, end = (side[threshold] for side in self._level)
        low, high = hits[above[threshold]], hits[level[threshold]]
        rest = allowed - alarms[first]
        area = negative[:first] @ (hits[above[:first]] + hits[level[:first]]) / 2
        area += rest * (low + (high - low) / 2 * rest / (alarms[end] - alarms[first]))
        rate = 1 / NEGATIVES_PER_FALSE_POSITIVE
        chance = rate**2 / 2
        return auc, low / hits[-1], (1 + (area / pairs - chance) / (rate - chance)) / 2


def scores_of(target: np.ndarray, score: np.ndarray) -> dict[str, float]:
    """The `SCORES` of rows; arguments are (row,), as in `RankedRows`. NaN if all rows are of one class.

    auc          of the ROC curve
    recall       share of positives above the lowest threshold that at most 1 % of the negatives pass
    partial_auc  of the ROC curve up to 1 % false positives, scaled: 0.5 by chance, 1 at best
    """
    scores = RankedRows(target, score, np.zeros(len(target), int)).scores(np.ones(1, int))
    return dict(zip(SCORES, map(float, scores), strict=True))


def auc_of(positive: np.ndarray, negative: np.ndarray) -> float:
    """The AUC of `scores_of` alone, in a fraction of its time, from the scores of each class, (row,) each,
    rising."""
    wins = sum(int(np.searchsorted(negative, positive, side).sum()) for side in SIDES) / 2
    return wins / (len(positive) * len(negative))


def bootstrap(
    target: np.ndarray,
    scores: Sequence[np.ndarray],
    groups: np.ndarray,
    resamples: int,
    seed: int,
) -> list[pa.Table]:
    """The `SCORES` of resampled rows, a row a resample: a table for each model.

    target  (row,), 0 or 1
    scores  of each model, (row,)
    groups  (row,), any numbers

    Groups are drawn with replacement, as many as there are. A draw without positives or without
    negatives is repeated. One seed draws the same groups for any scores, so differences between two
    models are paired. Each resample has its own threshold, so the interval of a recall includes the
    error of the threshold. To draw 60,000 groups takes 0.3 ms, and to score 60,000 rows of a model 0.3 ms.
    """
    group = np.unique(groups, return_inverse=True)[1]
    count = int(group.max()) + 1
    models = [RankedRows(target, score, group) for score in scores]
    random = np.random.default_rng(seed)
    drawn = np.empty((len(models), resamples, len(SCORES)))
    for resample in range(resamples):
        while True:
            times = np.bincount(random.integers(count, size=count), minlength=count)
            drawn[:, resample] = [rows.scores(times) for rows in models]
            if not np.isnan(drawn[:, resample]).any():
                break
    return [pa.table(dict(zip(SCORES, of_model.T, strict=True))) for of_model in drawn]


def intervals(resampled: pa.Table, of: str = "") -> dict[str, float]:
    """The 95 % interval of each of the `SCORES`, as auc_low, auc_high, ...; `of` is added to the name."""
    return {
        f"{name}{of}_{end}": float(limit)
        for name in SCORES
        for end, limit in zip(
            ("low", "high"), np.percentile(resampled[name].to_numpy(), INTERVAL), strict=True
        )
    }


def difference(resampled: pa.Table, other: pa.Table) -> pa.Table:
    """How far the `SCORES` of each resample lie above those of another model in the same resample.

    ValueError: the tables do not hold the same resamples.
    """
    if len(resampled) != len(other):
        raise ValueError(f"{len(resampled)} and {len(other)} resamples: not of the same draws")
    return pa.table({name: resampled[name].to_numpy() - other[name].to_numpy() for name in SCORES})

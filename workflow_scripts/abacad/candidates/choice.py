"""Predictions of the ensemble's members in, the test cadences that are worth a look out.

No label of test is asked for. How likely a cadence's score is by chance is told by training cadences that
hold no needle, out of fold: the model of each fold is asked for both, so that both go by one scale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from abacad.tables.means import Mean, share_as_high
from abacad.tables.predictions import read_out_of_fold, read_test

REASONS = ("top", "disagreed", "near_miss")

Members = Mapping[
    str, Sequence[str | Path]
]  # the prediction files of each, in the order of the folds


@dataclass(frozen=True)
class Choice:
    """How many candidates there are of each reason, at most. A cadence has the first one that fits.

    top                  the highest by the ensemble
    disagreed            those that one member lets pass at `false_positive_rate` and another does not; the
                         ones whose ranks by the members lie furthest apart
    near_misses          those that the ensemble just does not let pass at that rate
    false_positive_rate  the share of training cadences without a needle that would pass
    """

    top: int
    disagreed: int
    near_misses: int
    false_positive_rate: float


def _alone(fold: int, reference: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The probabilities of one member, (1, row), as they are: (row,)."""
    return values[0]


def choose(
    scores: np.ndarray,
    rates: np.ndarray,
    ranks: np.ndarray,
    rates_of_members: np.ndarray,
    choice: Choice,
) -> tuple[np.ndarray, np.ndarray]:
    """The rows that are chosen, the best first, and the place in `REASONS` of each: (chosen,) both.

    scores  of the ensemble, (row,); rows of equal scores are in their own order
    rates   of false positives by these, (row,)
    ranks, rates_of_members  the same by each member, (member, row)
    """
    place = places(scores)
    passed = rates_of_members <= choice.false_positive_rate
    split = passed.any(axis=0) & ~passed.all(axis=0)
    orders = (
        (np.argsort(place), choice.top),
        (_rows(split, -np.ptp(ranks, axis=0), place), choice.disagreed),
        (_rows(rates > choice.false_positive_rate, rates, place), choice.near_misses),
    )
    reason = np.full(len(scores), -1)
    for number, (order, count) in enumerate(orders):
        free = order[reason[order] < 0]
        reason[free[:count]] = number
    chosen = np.flatnonzero(reason >= 0)
    chosen = chosen[np.argsort(place[chosen])]
    return chosen, reason[chosen]


def _rows(which: np.ndarray, by: np.ndarray, then: np.ndarray) -> np.ndarray:
    """The numbers of some rows, `which`, by two keys; the lowest first."""
    return np.array([row for row in np.lexsort((then, by)) if which[row]], int)


def places(scores: np.ndarray) -> np.ndarray:
    """Each row's place by its score, 1 for the highest, (row,); equal scores are in their own order."""
    place = np.empty(len(scores), int)
    place[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return place


def candidates_table(
    test: pa.Table, folds: pa.Table, members: Members, method: str, mean: Mean, choice: Choice
) -> pa.Table:
    """A row a candidate, the best first.

    test  the ensemble on test, of rank_average.py: id, the method's mean, each member's ranks

    Columns: collection, id, rank (1: the highest of all test rows), reason; score (the mean), spread (how
    far apart the members' ranks are, 0 to 1), false_positive_rate; and of each member <member>.rank,
    <member>.score (the mean of its folds' probabilities) and <member>.false_positive_rate. ValueError: the
    ensemble and the predictions are not of the same test rows.
    """
    ids, tested = read_test([path for paths in members.values() for path in paths])
    if ids != test["id"].to_pylist():
        raise ValueError("the ensemble's table and the predictions are not of the same test rows")
    tested = tested.reshape(len(members), -1, len(ids))  # (member, fold, row)
    out_of_fold = np.stack([read_out_of_fold(folds, paths) for paths in members.values()])
    target, fold = folds["target"].to_numpy(), folds["fold"].to_numpy()
    negative = target == 0
    rates = share_as_high(negative, fold, out_of_fold, tested, mean)
    rates_of_members = np.stack(
        [
            share_as_high(negative, fold, out_of_fold[[member]], tested[[member]], _alone)
            for member in range(len(members))
        ]
    )
    scores = test[method].to_numpy()
    ranks = np.stack([test[name].to_numpy() for name in members])
    chosen, reasons = choose(scores, rates, ranks, rates_of_members, choice)
    columns = {
        "collection": pa.array(["test"] * len(chosen), pa.string()),
        "id": test["id"].take(chosen),
        "rank": places(scores)[chosen].astype(np.int32),
        "reason": pa.array([REASONS[number] for number in reasons], pa.string()),
        "score": scores[chosen],
        "spread": np.ptp(ranks, axis=0)[chosen],
        "false_positive_rate": rates[chosen],
    }
    for number, name in enumerate(members):
        columns[f"{name}.rank"] = places(ranks[number])[chosen].astype(np.int32)
        columns[f"{name}.score"] = tested[number].mean(axis=0)[chosen]
        columns[f"{name}.false_positive_rate"] = rates_of_members[number][chosen]
    return pa.table(columns)

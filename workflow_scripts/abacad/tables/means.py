"""The members' probabilities in, their mean out, on the scale of rows whose labels are known."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from abacad.tables.curves import Curves
from abacad.tables.predictions import ranks_among

Mean = Callable[[int, np.ndarray, np.ndarray], np.ndarray]


def power_mean(values: np.ndarray, power: float) -> np.ndarray:
    """The power mean over the first axis of values from 0 to 1. With the power 1, it is the arithmetic
    mean."""
    return np.mean(values**power, axis=0) ** (1 / power)


def mean_of(
    method: str, power: float, weights: Mapping[str, float], curves: Sequence[Curves]
) -> Mean:
    """The ensemble's mean of (member, row) probabilities, on the scale of a fold's own, (member, other row).

    It is asked for with the number of the fold, the probabilities of its rows and those to be averaged.

    method   as of `abacad.ensemble.averages`
    power    of the power mean
    weights  of the weighted mean, by member, in their order
    curves   of the stacked one, by fold; others need none
    """

    def mean(fold: int, reference: np.ndarray, values: np.ndarray) -> np.ndarray:
        if method == "arithmetic_mean":
            return values.mean(axis=0)
        if method == "power_mean":
            return power_mean(values, power)
        ranks = np.stack([ranks_among(*both) for both in zip(reference, values, strict=True)])
        if method == "weighted_mean":
            return np.array([*weights.values()]) @ ranks
        if method == "stacked":
            return curves[fold].scores(ranks)
        return ranks.mean(axis=0)

    return mean


def mean_over_folds(
    fold: np.ndarray, out_of_fold: np.ndarray, tested: np.ndarray, mean: Mean
) -> np.ndarray:
    """The mean over the folds of what each fold's models say of test together, (test row,).

    fold, out_of_fold, tested  as of `share_as_high`
    """
    by_fold = [
        mean(number, out_of_fold[:, fold == number], tested[:, number])
        for number in range(tested.shape[1])
    ]
    return np.mean(by_fold, axis=0)


def share_as_high(
    counted: np.ndarray, fold: np.ndarray, out_of_fold: np.ndarray, tested: np.ndarray, mean: Mean
) -> np.ndarray:
    """The share of some training rows that score as high as each test row, out of fold: (test row,).

    It is the mean over the folds: the training rows of each, by its own model.

    counted      which of the training rows, (row,) bool
    fold         of the training rows, (row,)
    out_of_fold  each member's probabilities of these, (member, row)
    tested       what each member's model of each fold says of test, (member, fold, test row)
    """
    shares = []
    for number in range(tested.shape[1]):
        rows = fold == number
        reference = out_of_fold[:, rows]
        own = np.sort(mean(number, reference, reference)[counted[rows]])
        lower = np.searchsorted(own, mean(number, reference, tested[:, number]), "left")
        shares.append(1 - lower / len(own))
    return np.mean(shares, axis=0)

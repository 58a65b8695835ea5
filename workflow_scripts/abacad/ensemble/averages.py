"""The members' prediction files in, the ensemble by each of its methods out.

Each model's predictions become ranks among the rows that this model predicted, scaled to (0, 1]. Out of
fold, this is a training row's rank within its fold. For a test row, it is its rank among all test rows,
averaged over the folds' models.

rank_mean        the mean of the members' ranks, in which calibration does not matter
arithmetic_mean  the mean of their probabilities
power_mean       the power mean of their probabilities; the higher the power, the more the most certain
                 member counts
weighted_mean    the mean of their ranks with weights that are found out of fold
stacked          the sum of what each member's rank says for a needle, as a probability, by curves that are
                 found out of fold; a test row's ranks are those that it would have among the out-of-fold
                 rows of each model
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from abacad.ensemble.names import METHODS, RESERVED
from abacad.ensemble.stacking import nested_curves
from abacad.ensemble.weights import nested_mean
from abacad.score.scores import score_folds
from abacad.tables.curves import Curves
from abacad.tables.means import mean_of, mean_over_folds, power_mean
from abacad.tables.predictions import (
    mean_ranks,
    mean_ranks_within,
    ranks_of,
    read_out_of_fold,
    read_test,
)


@dataclass(frozen=True)
class OutOfFold:
    """The ensemble on the training rows, and what it has learnt there.

    table          id, target, fold, a column for each of `METHODS`, each member's ranks
    probabilities  of each member, (member, row)
    weights        (fold + 1, member), see `abacad.ensemble.weights.nested_mean`
    curves         of each fold, see `abacad.ensemble.stacking.nested_curves`
    """

    table: pa.Table
    probabilities: np.ndarray
    weights: np.ndarray
    curves: list[Curves]


def average_out_of_fold(
    folds: pa.Table, members: Mapping[str, Sequence[str | Path]], power: float
) -> OutOfFold:
    """Combine the members on the training rows.

    `folds` has the columns id, target, fold; `members` names each member's prediction files in the
    order of the folds. ValueError: the name of a member is in `RESERVED`; or see
    `abacad.tables.predictions.read_out_of_fold`.
    """
    taken = sorted(set(RESERVED) & set(members))
    if taken:
        raise ValueError(f"member {taken[0]!r}: a member may not be called {', '.join(RESERVED)}")
    target, fold = folds["target"].to_numpy(), folds["fold"].to_numpy()
    probabilities = np.stack([read_out_of_fold(folds, paths) for paths in members.values()])
    ranks = np.stack([mean_ranks_within(fold, member[np.newaxis]) for member in probabilities])
    weighted, weights = nested_mean(target, fold, ranks)
    among = ranks - 0.5 / np.bincount(fold)[fold]  # as of `ranks_among` the rows of the fold
    stacked, curves = nested_curves(target, fold, among)
    table = pa.table(
        {
            **{name: folds[name] for name in ("id", "target", "fold")},
            "rank_mean": mean_ranks_within(fold, probabilities),
            "arithmetic_mean": probabilities.mean(axis=0),
            "power_mean": power_mean(probabilities, power),
            "weighted_mean": weighted,
            "stacked": stacked,
            **dict(zip(members, ranks, strict=True)),
        }
    )
    return OutOfFold(table, probabilities, weights, curves)


def average_test(
    members: Mapping[str, Sequence[str | Path]], power: float, learnt: OutOfFold
) -> pa.Table:
    """The ensemble on the test rows: id, a column for each of `METHODS`, each member's ranks; sorted by id.

    `members` and `power` as for `average_out_of_fold`. ValueError: the files do not hold the same test rows.
    """
    every_path = [path for paths in members.values() for path in paths]
    ids, probabilities = read_test(every_path)  # (member and fold, row)
    by_member = probabilities.reshape(len(members), -1, len(ids))  # (member, fold, row)
    ranks = np.stack([mean_ranks(member) for member in by_member])
    fold = learnt.table["fold"].to_numpy()
    stacked = mean_of("stacked", power, {}, learnt.curves)
    return pa.table(
        {
            "id": pa.array(ids, pa.string()),
            "rank_mean": mean_ranks(probabilities),
            "arithmetic_mean": probabilities.mean(axis=0),
            "power_mean": power_mean(probabilities, power),
            "weighted_mean": learnt.weights[-1] @ ranks,
            "stacked": mean_over_folds(fold, learnt.probabilities, by_member, stacked),
            **dict(zip(members, ranks, strict=True)),
        }
    )


def correlations(out_of_fold: pa.Table, members: Iterable[str]) -> list[dict[str, Any]]:
    """Spearman correlation of the members' out-of-fold ranks: one row for each member, by the members'
    names."""
    ranked = {name: ranks_of(out_of_fold[name].to_numpy()) for name in members}
    return [
        {"member": name} | {other: _correlation(one, two) for other, two in ranked.items()}
        for name, one in ranked.items()
    ]


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(np.column_stack([one, other]), rowvar=False)[1, 0])


def weight_rows(members: Iterable[str], weights: np.ndarray) -> list[dict[str, Any]]:
    """The weights of `average_out_of_fold`, by the members' names: one row for each fold, and one for
    test."""
    rows_of = [*(f"fold {fold}" for fold in range(len(weights) - 1)), "test"]
    return [
        {"rows": rows} | dict(zip(members, some, strict=True))
        for rows, some in zip(rows_of, weights.tolist(), strict=True)
    ]


def score_ensemble(
    out_of_fold: pa.Table,
    groups: np.ndarray,
    members: Collection[str],
    resamples: int,
    seed: int,
) -> tuple[dict[str, Any], pa.Table]:
    """Scores of all methods and of each member, from the table of `average_out_of_fold`; and the resamples.

    `groups`: (row,); rows of a group are drawn together. `means` and `members` hold the scores of
    `abacad.score.scores.score_folds` by name. The second result is the resamples of all methods, named in
    the column mean. Only out-of-fold rows are used, so nothing is chosen by the test side.
    """
    target, fold = out_of_fold["target"].to_numpy(), out_of_fold["fold"].to_numpy()
    names = (*METHODS, *members)
    predictions = [out_of_fold[name].to_numpy() for name in names]
    found = score_folds(target, fold, predictions, groups, resamples, seed)
    scores = {name: of_model for name, (of_model, _) in zip(names, found, strict=True)}
    resampled = {name: table for name, (_, table) in zip(names, found, strict=True)}
    told = {
        "means": {name: scores[name] for name in METHODS},
        "members": {name: scores[name] for name in members},
        "rows": len(target),
        "method": "out-of-fold rows ranked within their fold; 95 % intervals of a bootstrap over overlap "
        f"groups, {resamples} resamples",
    }
    named = [
        resampled[name].append_column("mean", pa.array([name] * resamples, pa.string()))
        for name in METHODS
    ]
    return told, pa.concat_tables(named)

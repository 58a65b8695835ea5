"""From the members' prediction files to the ensemble: rank mean, and arithmetic mean beside it.

Each model's predictions become ranks within the rows that this model predicted, scaled to (0, 1].
Out of fold, that is a training row's rank within its fold; for a test row, the mean over the folds'
models of its rank among all test rows. The rank mean is their mean over the members: members of
different calibration weigh the same. The arithmetic mean is of the probabilities as they are.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from abacad.predictions import mean_ranks, mean_ranks_within, read_out_of_fold, read_test
from abacad.scores import score_folds

METHODS = ("rank_mean", "arithmetic_mean")
RESERVED = ("id", "target", "fold", *METHODS)  # columns of the tables beside the members'


def average_out_of_fold(folds: pa.Table, members: Mapping[str, Sequence[str | Path]]) -> pa.Table:
    """The ensemble on the training rows: id, target, fold, both means, each member's ranks.

    `folds` has the columns id, target, fold; `members` names each member's prediction files in the
    order of the folds. ValueError: a member named like another column, or as
    `abacad.predictions.read_out_of_fold`.
    """
    taken = sorted(set(RESERVED) & set(members))
    if taken:
        raise ValueError(f"member {taken[0]!r}: a member may not be called {', '.join(RESERVED)}")
    fold = folds["fold"].to_numpy()
    probabilities = np.stack([read_out_of_fold(folds, paths) for paths in members.values()])
    ranks = [mean_ranks_within(fold, member[np.newaxis]) for member in probabilities]
    return pa.table(
        {
            **{name: folds[name] for name in ("id", "target", "fold")},
            "rank_mean": mean_ranks_within(fold, probabilities),
            "arithmetic_mean": probabilities.mean(axis=0),
            **dict(zip(members, ranks, strict=True)),
        }
    )


def average_test(members: Mapping[str, Sequence[str | Path]]) -> pa.Table:
    """The ensemble on the test rows: id, both means, each member's ranks; sorted by id.

    `members` as for `average_out_of_fold`. ValueError: the files do not hold the same test rows.
    """
    every_path = [path for paths in members.values() for path in paths]
    ids, probabilities = read_test(every_path)  # (member and fold, row)
    by_member = probabilities.reshape(len(members), -1, len(ids))  # (member, fold, row)
    return pa.table(
        {
            "id": pa.array(ids, pa.string()),
            "rank_mean": mean_ranks(probabilities),
            "arithmetic_mean": probabilities.mean(axis=0),
            **dict(zip(members, map(mean_ranks, by_member), strict=True)),
        }
    )


def score_ensemble(out_of_fold: pa.Table, resamples: int, seed: int) -> dict[str, Any]:
    """Scores of both means and of each member, from the table of `average_out_of_fold`.

    Each is a dictionary of `abacad.scores.score_folds`; `members` holds the members' by name.
    Out-of-fold rows alone are looked at: nothing is chosen by the test side.
    """
    target, fold = out_of_fold["target"].to_numpy(), out_of_fold["fold"].to_numpy()
    scores = {
        name: score_folds(target, fold, out_of_fold[name].to_numpy(), resamples, seed)
        for name in out_of_fold.column_names
        if name not in ("id", "target", "fold")
    }
    return {
        **{method: scores.pop(method) for method in METHODS},
        "members": scores,
        "rows": len(target),
        "method": "AUC of out-of-fold rows ranked within their fold; 95 % interval of a bootstrap "
        f"stratified by target, {resamples} resamples",
    }

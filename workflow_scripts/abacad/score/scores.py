"""Targets, folds and out-of-fold predictions in, AUC, recall and partial AUC with intervals out.

The folds' models are trained separately, so their probabilities are not calibrated alike, and a pooled
AUC of plain probabilities would also measure how much the scales of the folds differ. Rows are
therefore ranked within their fold before they are pooled. This is fair because folds are stratified:
the same rank means the same share of positives above it in each fold. An experiment's own score and its
score as a member of the ensemble are then the same number.

Recall is that of a detector that lets at most 1 % of the negatives pass: the share of positives that
score higher than all other negatives. A row passes if its score is higher than the threshold, not if it
is equal. So rows with equal scores pass together or not at all, and ties never make a model look better
than it is.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from abacad.score.resamples import (
    NEGATIVES_PER_FALSE_POSITIVE,
    bootstrap,
    intervals,
    scores_of,
)
from abacad.tables.predictions import mean_ranks_within


def score_folds(
    target: np.ndarray,
    fold: np.ndarray,
    predictions: Sequence[np.ndarray],
    groups: np.ndarray,
    resamples: int,
    seed: int,
) -> list[tuple[dict[str, Any], pa.Table]]:
    """For each model the AUC of each fold; the scores of all rows, ranked within their folds, with 95 %
    intervals; and the resamples.

    target       (row,), 0 or 1
    fold         (row,), the fold whose model made the prediction
    predictions  of each model, (row,): probabilities or any other score, compared within a fold only
    groups       (row,), any numbers: rows of one group are drawn together
    Returns auc, recall and partial_auc, each with _low and _high; rows, positives, groups (how many); and
    folds, a list of fold, rows, positives, auc. The second part is what `bootstrap` returns; see
    there for `resamples` and `seed`. ValueError: a fold has only one class.
    """
    folds = [_score_each_fold(target, fold, prediction) for prediction in predictions]
    ranks = [mean_ranks_within(fold, prediction[np.newaxis]) for prediction in predictions]
    resampled = bootstrap(target, ranks, groups, resamples, seed)
    about = {
        "rows": len(target),
        "positives": int(target.sum()),
        "groups": len(np.unique(groups)),
    }
    return [
        ({**scores_of(target, rank), **intervals(table), "folds": of_folds, **about}, table)
        for of_folds, rank, table in zip(folds, ranks, resampled, strict=True)
    ]


def _score_each_fold(
    target: np.ndarray, fold: np.ndarray, prediction: np.ndarray
) -> list[dict[str, Any]]:
    folds = []
    for index in np.unique(fold).tolist():
        rows = fold == index
        positives = int(target[rows].sum())
        if not 0 < positives < rows.sum():
            raise ValueError(f"fold {index}: {positives} positives in {rows.sum()} rows: no AUC")
        auc = scores_of(target[rows], prediction[rows])["auc"]
        folds.append({"fold": index, "rows": int(rows.sum()), "positives": positives, "auc": auc})
    return folds


def found(positive: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Which rows lie above the lowest threshold that at most 1 % of the negatives pass, (row,) bool.

    `positive`: (row,) bool. If there are fewer than 100 negatives, none may pass; if there are none,
    all rows pass.
    """
    negatives = np.sort(score[~positive])[::-1]
    if not len(negatives):
        return np.ones(len(score), bool)
    return score > negatives[len(negatives) // NEGATIVES_PER_FALSE_POSITIVE]

"""From targets, folds and out-of-fold predictions to AUCs and recalls with intervals.

The folds' models are trained apart, so their probabilities are not calibrated alike, and a pooled
AUC of plain probabilities would also measure how far the folds' scales lie apart. Rows are
therefore ranked within their fold before they are pooled. That is fair because folds are
stratified: the same rank means the same share of positives above it in each. An experiment's
score and its score as a member of the ensemble are then the same number.

Recall is that of a detector which lets at most 1 % of the negatives pass: the share of positives above
all others of them. A row passes where it scores higher than the threshold, never as high: rows of equal
scores pass together or not at all, so that ties never make a model better than it is.
"""

from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from abacad.tables.predictions import mean_ranks_within

INTERVAL = (2.5, 97.5)  # percentiles of the resamples
NEGATIVES_PER_FALSE_POSITIVE = 100  # at the least: a false positive rate of 1 %


def score_folds(
    target: np.ndarray, fold: np.ndarray, prediction: np.ndarray, resamples: int, seed: int
) -> dict[str, Any]:
    """AUC of each fold; AUC and recall, with 95 % intervals, of all rows ranked within their folds.

    target      (row,), 0 or 1
    fold        (row,), the fold whose model made the prediction
    prediction  (row,), probabilities or any other score, compared within a fold only
    Returns auc, auc_low, auc_high, recall, recall_low, recall_high, rows, positives, and folds, a list
    of fold, rows, positives, auc. See `bootstrap` for `resamples` and `seed`. ValueError: a fold of one
    class.
    """
    folds = []
    for index in np.unique(fold).tolist():
        rows = fold == index
        positives = int(target[rows].sum())
        if not 0 < positives < rows.sum():
            raise ValueError(f"fold {index}: {positives} positives in {rows.sum()} rows: no AUC")
        auc = float(roc_auc_score(target[rows], prediction[rows]))
        folds.append({"fold": index, "rows": int(rows.sum()), "positives": positives, "auc": auc})
    rank = mean_ranks_within(fold, prediction[np.newaxis])
    aucs, recalls = bootstrap(target, rank, resamples, seed)
    auc_low, auc_high = np.percentile(aucs, INTERVAL)
    recall_low, recall_high = np.percentile(recalls, INTERVAL)
    return {
        "auc": float(roc_auc_score(target, rank)),
        "auc_low": float(auc_low),
        "auc_high": float(auc_high),
        "recall": float(found(target == 1, rank)[target == 1].mean()),
        "recall_low": float(recall_low),
        "recall_high": float(recall_high),
        "folds": folds,
        "rows": len(target),
        "positives": int(target.sum()),
    }


def found(positive: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Which rows lie above the lowest threshold that at most 1 % of the negatives pass, (row,) bool.

    `positive`: (row,) bool. With fewer than 100 negatives none may pass; with none, all rows do.
    """
    negatives = np.sort(score[~positive])[::-1]
    if not len(negatives):
        return np.ones(len(score), bool)
    return score > negatives[len(negatives) // NEGATIVES_PER_FALSE_POSITIVE]


def bootstrap(
    target: np.ndarray, score: np.ndarray, resamples: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """AUCs and recalls of `resamples` resampled sets of rows, (resample,) each.

    The bootstrap is stratified: positives are drawn among the positives and negatives among the
    negatives, with replacement, so that each resample has as many of both as the data. One seed
    draws the same rows whatever their scores: two models' intervals are of the same resamples.
    Each resample has a threshold of its own, so that a recall's interval holds the threshold's error too.
    The scores are sorted once; a resample then only counts how often each place is drawn: 0.4 ms
    for 60,000 rows, where roc_auc_score, which sorts anew, takes 18 ms.
    """
    _, place = np.unique(score, return_inverse=True)  # (row,): equal scores share a place
    places = int(place.max()) + 1
    positive, negative = place[target == 1], place[target == 0]
    passing = len(negative) // NEGATIVES_PER_FALSE_POSITIVE
    rng = np.random.default_rng(seed)
    aucs, recalls = np.empty(resamples), np.empty(resamples)
    for index in range(resamples):
        positives = np.bincount(rng.choice(positive, len(positive)), minlength=places)
        negatives = np.bincount(rng.choice(negative, len(negative)), minlength=places)
        up_to = np.cumsum(negatives)  # (place,)
        # A positive wins against the negatives below its place, and half against those on it.
        aucs[index] = positives @ (up_to - negatives / 2) / (len(positive) * len(negative))
        threshold = np.searchsorted(up_to, len(negative) - passing)  # the place, as in `found`
        recalls[index] = positives[threshold + 1 :].sum() / len(positive)
    return aucs, recalls

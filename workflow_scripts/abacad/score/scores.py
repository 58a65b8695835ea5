"""From targets, folds and out-of-fold predictions to AUCs with intervals.

The folds' models are trained apart, so their probabilities are not calibrated alike, and a pooled
AUC of plain probabilities would also measure how far the folds' scales lie apart. Rows are
therefore ranked within their fold before they are pooled. That is fair because folds are
stratified: the same rank means the same share of positives above it in each. An experiment's
score and its score as a member of the ensemble are then the same number.
"""

from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from abacad.tables.predictions import mean_ranks_within

INTERVAL = (2.5, 97.5)  # percentiles of the resampled AUCs


def score_folds(
    target: np.ndarray, fold: np.ndarray, prediction: np.ndarray, resamples: int, seed: int
) -> dict[str, Any]:
    """AUC of each fold, and of all rows ranked within their folds with a 95 % interval.

    target      (row,), 0 or 1
    fold        (row,), the fold whose model made the prediction
    prediction  (row,), probabilities or any other score, compared within a fold only
    Returns auc, auc_low, auc_high, rows, positives, and folds, a list of fold, rows, positives,
    auc; see `bootstrap_aucs` for `resamples` and `seed`. ValueError: a fold of one class.
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
    low, high = np.percentile(bootstrap_aucs(target, rank, resamples, seed), INTERVAL)
    return {
        "auc": float(roc_auc_score(target, rank)),
        "auc_low": float(low),
        "auc_high": float(high),
        "folds": folds,
        "rows": len(target),
        "positives": int(target.sum()),
    }


def bootstrap_aucs(target: np.ndarray, score: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """AUCs of `resamples` resampled sets of rows, (resample,).

    The bootstrap is stratified: positives are drawn among the positives and negatives among the
    negatives, with replacement, so that each resample has as many of both as the data. One seed
    draws the same rows whatever their scores: two models' intervals are of the same resamples.
    The scores are sorted once; a resample then only counts how often each place is drawn: 0.4 ms
    for 60,000 rows, where roc_auc_score, which sorts anew, takes 18 ms.
    """
    _, place = np.unique(score, return_inverse=True)  # (row,): equal scores share a place
    places = int(place.max()) + 1
    positive, negative = place[target == 1], place[target == 0]
    rng = np.random.default_rng(seed)
    aucs = np.empty(resamples)
    for index in range(resamples):
        positives = np.bincount(rng.choice(positive, len(positive)), minlength=places)
        negatives = np.bincount(rng.choice(negative, len(negative)), minlength=places)
        # A positive wins against the negatives below its place, and half against those on it.
        wins = np.cumsum(negatives) - negatives / 2  # (place,)
        aucs[index] = positives @ wins / (len(positive) * len(negative))
    return aucs

"""Members' out-of-fold ranks in, weights for their mean out: greedy ensemble selection.

Source: Caruana et al. 2004, Ensemble selection from libraries of models: members are added one at a
time, with replacement, each time the one that improves the mean most. The weight of a member is how
often it was added.
"""

import numpy as np

from abacad.score.resamples import auc_of

STEPS = 20  # members that are added, so weights are multiples of 1 / 20


def search_weights(target: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Weights, (member,), that add up to 1 and give the mean of `ranks`, (member, row), the best AUC.

    `target`: (row,), 0 or 1. If members are equally good, the first is added. If numbers of steps are
    equally good, the smallest is kept.
    """
    counts = np.zeros(len(ranks), int)
    classes = [ranks[:, target == label] for label in (1, 0)]  # (member, row) each
    totals = [np.zeros(members.shape[1]) for members in classes]
    best, best_auc = counts, -1.0
    for _ in range(STEPS):
        aucs = []
        for member in range(len(ranks)):
            sums = [total + members[member] for total, members in zip(totals, classes, strict=True)]
            for scores in sums:
                scores.sort()
            aucs.append(auc_of(*sums))
        chosen = int(np.argmax(aucs))
        counts = counts + (np.arange(len(ranks)) == chosen)
        totals = [total + members[chosen] for total, members in zip(totals, classes, strict=True)]
        if aucs[chosen] > best_auc:
            best, best_auc = counts, aucs[chosen]
    return best / best.sum()


def nested_mean(
    target: np.ndarray, fold: np.ndarray, ranks: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The weighted mean of each row's ranks, (row,), with weights found without its fold; and the weights.

    `fold`: (row,), from 0. The weights are (fold + 1, member): first those found without each fold and
    used for its rows, so that the AUC of the mean is not fitted; then those found on all rows, for rows
    without a target.
    """
    mean = np.empty(len(target))
    weights = []
    for held_out in range(int(fold.max()) + 1):
        others = fold != held_out
        weights.append(search_weights(target[others], ranks[:, others]))
        mean[~others] = weights[-1] @ ranks[:, ~others]
    weights.append(search_weights(target, ranks))
    return mean, np.array(weights)

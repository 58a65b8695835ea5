"""Members' out-of-fold ranks in, how much each rank of each member says for a needle out: stacking.

A mean asks all members alike. But a needle may be seen by one of them alone: then it has a high rank there,
and middling ranks by all others. Here each member has a curve of log-odds over its ranks, which never falls,
and these are added up. The curves are those of an additive model: boosted trees that each ask for one member.

Source: Wolpert 1992, Stacked generalization; Lou et al. 2012, Intelligible models for classification and
regression.
"""

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from abacad.tables.curves import Curves

POINTS = 2001  # of a curve
STEPS = 800  # trees, each with one step of one curve
RATE = 0.1  # part of a step that is taken
LEAST_ROWS = 5  # on either side of a step
PENALTY = 1.0  # on the square of a step


def curves_of(target: np.ndarray, ranks: np.ndarray) -> Curves:
    """The curves by which the needles are most likely. Rows of one class tell nothing: then all are level.

    target  (row,), 0 or 1
    ranks   (member, row), from 0 to 1
    """
    members = len(ranks)
    rank = np.linspace(0, 1, POINTS)
    if target.min() == target.max():
        return Curves(rank, np.zeros((members, POINTS)))
    model = HistGradientBoostingClassifier(
        max_depth=1,
        max_iter=STEPS,
        learning_rate=RATE,
        min_samples_leaf=LEAST_ROWS,
        l2_regularization=PENALTY,
        monotonic_cst=[1] * members,
        early_stopping=False,
    ).fit(ranks.T, target)
    lowest = np.zeros((POINTS, members))
    at_lowest = model.decision_function(lowest[:1])
    curves = []
    for member in range(members):
        asked = lowest.copy()
        asked[:, member] = rank
        curves.append(model.decision_function(asked) - at_lowest)
    return Curves(rank, np.stack(curves) + at_lowest / members)


def nested_curves(
    target: np.ndarray, fold: np.ndarray, ranks: np.ndarray
) -> tuple[np.ndarray, list[Curves]]:
    """The score of each row, (row,), by curves that were found without its fold; and these curves, by fold.

    There are none that were found on all rows. They would know the labels of the rows in which false
    positives are counted. A row without a target is scored by the curves of each fold in turn, as it is
    predicted by the models of each fold.
    """
    scores = np.empty(len(target))
    of_folds = []
    for held_out in range(int(fold.max()) + 1):
        others = fold != held_out
        of_folds.append(curves_of(target[others], ranks[:, others]))
        scores[~others] = of_folds[-1].scores(ranks[:, ~others])
    return scores, of_folds

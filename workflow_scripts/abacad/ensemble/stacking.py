"""Members' out-of-fold ranks in, trees that tell how likely a needle is at these ranks out: stacking.

A mean adds up what members say. Trees can go by the one that knows: a needle that is a dot has a high rank
by the one member that sees dots, and middling ranks by all others.

Source: Wolpert 1992, Stacked generalization; Geurts et al. 2006, Extremely randomized trees.
"""

import numpy as np
from sklearn.ensemble import ExtraTreesRegressor

from abacad.tables.trees import Trees

TREES = 200
LEAST_IN_LEAF = 5  # rows
MOST_LEAVES = 256  # of a tree, so that those of 60,000 rows are no larger than those of 2,000


def grow(target: np.ndarray, ranks: np.ndarray, seed: int) -> Trees:
    """Trees whose mean is the share of needles among rows of such ranks.

    target  (row,), 0 or 1
    ranks   (member, row)
    """
    forest = ExtraTreesRegressor(
        TREES, min_samples_leaf=LEAST_IN_LEAF, max_leaf_nodes=MOST_LEAVES, random_state=seed
    ).fit(ranks.T, target)
    return _as_tables([grown.tree_ for grown in forest.estimators_])


def _as_tables(grown: list) -> Trees:
    """The trees of scikit-learn, as one table of nodes."""
    counts = np.array([tree.node_count for tree in grown])
    first = np.repeat(np.cumsum(counts) - counts, counts)  # node of each node's tree
    node = np.arange(counts.sum())
    feature, threshold, below, above, mean = (
        np.concatenate([getattr(tree, name).reshape(-1) for tree in grown])
        for name in ("feature", "threshold", "children_left", "children_right", "value")
    )
    leaf = below < 0
    return Trees(
        tree=np.repeat(np.arange(len(grown)), counts),
        feature=np.where(leaf, 0, feature),
        threshold=threshold,
        below=np.where(leaf, node, below + first),
        above=np.where(leaf, node, above + first),
        mean=mean,
    )


def nested_stack(
    target: np.ndarray, fold: np.ndarray, ranks: np.ndarray, seed: int
) -> tuple[np.ndarray, list[Trees]]:
    """What trees say of each row, (row,), that were grown without its fold; and those trees, by fold.

    There are none that were grown on all rows. Such trees would know the labels of the rows that false
    positives are counted in. A row without a target is asked for with the trees of each fold in turn, as it
    is with the models of each fold.
    """
    said = np.empty(len(target))
    of_folds = []
    for held_out in range(int(fold.max()) + 1):
        others = fold != held_out
        of_folds.append(grow(target[others], ranks[:, others], seed))
        said[~others] = of_folds[-1].means(ranks[:, ~others])
    return said, of_folds

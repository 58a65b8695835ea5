"""Overlapping pairs in, groups of limited size out: chains of overlaps, cut where few columns are shared.

If many snippets cover a band, each overlaps with the next, and one group fills most of a fold. Cut into
pieces, the group can be spread over folds. What overlaps across a cut is then purged: a fold's model
does not learn from it (`abacad.folds.overlapping`).

Source: purged cross-validation (Lopez de Prado 2018, Advances in financial machine learning, chapter 7).
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree


def cut_chains(groups: pa.Table, pairs: pa.Table, most: int) -> pa.Table:
    """Groups of at most `most` training cadences: collection, id, group (int64), sorted by id.

    groups  columns collection, id: of every cadence
    pairs   by their rows in `groups`: first, second, shared_columns (see `abacad.tables.pairs`)

    Pairs join their cadences one after the other, beginning with those that share the most columns. A
    pair whose group would become too large is skipped. So chains are cut where few columns are shared.
    """
    train = np.flatnonzero(pc.equal(groups["collection"], "train"))
    train = train[pc.sort_indices(groups["id"].take(train))]
    cadences = groups.select(["collection", "id"]).take(train)
    place = np.full(len(groups), -1, np.int32)
    place[train] = np.arange(len(train))
    ends = np.stack([place[pairs["first"]], place[pairs["second"]]])  # (2, pair)
    of_train = (ends >= 0).all(axis=0)
    first, second = np.sort(ends[:, of_train], axis=0)  # (pair,)
    shared = pairs["shared_columns"].to_numpy()[of_train]
    strongest_first = np.lexsort((second, first, -shared))
    group = _join(len(cadences), first[strongest_first], second[strongest_first], most)
    return cadences.append_column("group", pa.array(group, pa.int64()))


def _join(count: int, first: np.ndarray, second: np.ndarray, most: int) -> np.ndarray:
    """The group of each of `count` cadences, (cadence,), after the pairs, (pair,) each, have joined
    them in order."""
    # Only a tree of the earliest pairs matters: the other pairs join what is connected already. No two
    # places are equal, so there is only one such tree.
    place = np.arange(1, len(first) + 1)
    tree = minimum_spanning_tree(coo_matrix((place, (first, second)), (count, count)).tocsr())
    root, size = [*range(count)], [1] * count

    def root_of(cadence: int) -> int:
        while root[cadence] != cadence:
            root[cadence] = cadence = root[root[cadence]]
        return cadence

    for pair in np.sort(tree.data.astype(int)) - 1:
        one, other = root_of(int(first[pair])), root_of(int(second[pair]))
        if size[one] + size[other] <= most:
            root[other] = one
            size[one] += size[other]
    return np.unique([root_of(cadence) for cadence in range(count)], return_inverse=True)[1]

"""Folds and overlaps in, the folds with which each cadence overlaps out. Their models do not learn from
it."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from abacad.folds.split import LABELS
from abacad.tables.places import places_of


def overlapping_folds(folds: pa.Table, groups: pa.Table, pairs: pa.Table | None = None) -> pa.Table:
    """The folds with which each cadence overlaps, including a training cadence's own.

    folds   columns id, fold: of the training cadences
    groups  columns collection, id, group: of every cadence
    pairs   by their rows in `groups`: first, second (see `abacad.tables.pairs`). A cadence overlaps with
            the folds of those with which it shares columns. Without this table, it overlaps with the
            fold of its group

    A group that holds test cadences but no training cadence is assigned to a fold by its number. So
    each test cadence has a fold whose models never learnt its background, not even by a pseudo-label or
    an injected needle. What they find in it is therefore out of fold too.

    Returns collection, id, folds (list of int16, ascending): one row for each cadence, in the order of
    `groups`.
    """
    fold = fold_of(folds, groups)
    group = np.unique(groups["group"].to_numpy(), return_inverse=True)[1]
    fold_of_group = np.full(len(groups), -1)
    of_test = pc.equal(groups["collection"], "test").to_numpy()
    fold_of_group[group[of_test]] = group[of_test] % (fold.max() + 1)
    fold_of_group[group[fold >= 0]] = fold[fold >= 0]
    without_train = ~np.isin(group, group[fold >= 0])
    own = (
        fold_of_group[group]
        if pairs is None
        else np.where(without_train, fold_of_group[group], fold)
    )
    overlaps = np.zeros((len(groups), fold.max() + 1), bool)

    def overlap(cadence: np.ndarray, other: np.ndarray) -> None:
        overlaps[cadence[other >= 0], other[other >= 0]] = True

    overlap(np.arange(len(groups)), own)
    if pairs is not None:
        first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
        overlap(first, fold[second])
        overlap(second, fold[first])
    cadence, other = np.nonzero(overlaps)
    starts = np.searchsorted(cadence, np.arange(len(groups) + 1))
    lists = pa.ListArray.from_arrays(starts.astype(np.int32), other.astype(np.int16))
    return groups.select(["collection", "id"]).append_column("folds", lists)


def overlaps_with(overlapping: pa.Table, count: int) -> np.ndarray:
    """The table of `overlapping_folds` as (cadence, fold) bool, for `count` folds."""
    overlaps = np.zeros((len(overlapping), count), bool)
    cadence = pc.list_parent_indices(overlapping["folds"]).to_numpy()
    overlaps[cadence, pc.list_flatten(overlapping["folds"]).to_numpy()] = True
    return overlaps


def fold_of(folds: pa.Table, cadences: pa.Table) -> np.ndarray:
    """The fold of each cadence, (cadence,) int64; -1 if it has none.

    `folds`: columns id, fold, of the training cadences; `cadences`: columns collection, id.
    """
    fold = np.full(len(cadences), -1)
    fold[places_of("train", folds["id"], cadences)] = folds["fold"].to_numpy()
    return fold


def left_out(folds: pa.Table, overlapping: pa.Table) -> list[tuple[int, str, int, int]]:
    """What each fold's model does not learn from: (fold, collection, rows left out, number of rows).

    Takes the tables of `make_folds` and `overlapping_folds`. In train, only the rows of the other folds
    count. ValueError: a model has no positives or no negatives left.
    """
    fold = fold_of(folds, overlapping)
    count = fold.max() + 1
    overlaps = overlaps_with(overlapping, count)
    train = places_of("train", folds["id"], overlapping)
    found = []
    for index in range(count):
        for label, name in LABELS.items():
            if overlaps[train[folds["target"].to_numpy() == label], index].all():
                raise ValueError(
                    f"no {name} are left for the model of fold {index} to learn from: all overlap "
                    "with the fold"
                )
        for collection in pc.unique(overlapping["collection"]).to_pylist():
            others = pc.equal(overlapping["collection"], collection).to_numpy() & (fold != index)
            dropped = np.sum(overlaps[others, index])
            found.append((index, collection, int(dropped), int(np.sum(others))))
    return found

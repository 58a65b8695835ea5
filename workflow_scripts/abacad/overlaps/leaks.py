"""From overlapping pairs and folds to what a split leaks, and what is covered."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from abacad.cadences.layout import COLLECTIONS, OLD_COLLECTIONS
from abacad.folds.overlapping import fold_of, left_out, overlaps_with
from abacad.tables.places import places_of

COSINE_OF_THE_SAME = 0.9999  # minimum over columns; with rounding alone it is above 0.999999

MANY, FEW = 64, 24  # columns that a pair shares; how many pairs were found is counted for both

ELSEWHERE = {"on the test side": ["test"], "in old data": [*OLD_COLLECTIONS]}

CONFLICTS = ("id_a", "target_a", "id_b", "target_b")
Learns = Callable[[np.ndarray, np.ndarray], np.ndarray]

COLUMNS = ("what", "count", "of", "share")


def count_leaks(
    pairs: pa.Table, groups: pa.Table, splits: Mapping[str, tuple[pa.Table, pa.Table | None]]
) -> list[dict[str, Any]]:
    """Training rows with a partner from which their fold's model learns, with the keys `COLUMNS`.

    pairs   by their rows in `groups`: first, second (see `abacad.tables.pairs`)
    groups  columns collection, id: of every cadence
    splits  by name: the folds (columns id, fold), and those with which each cadence overlaps (columns
            collection, id, folds; None if overlaps are unknown). The model of a fold learns from what
            does not overlap with it, or, if that is unknown, from everything that is not in it

    A partner shares background directly, not through others of its group.
    """
    collection = _collections(groups)
    train = collection == "train"
    ends = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    both_ways = (ends, ends[::-1])
    rows = []

    def count(what: str, collections: Sequence[str], learns: Learns) -> None:
        """Training rows `here` with a partner `there` in `collections`, from which their model learns."""
        leaks = np.zeros(len(groups), bool)
        elsewhere = np.isin(collection, collections)
        for here, there in both_ways:
            chosen = train[here] & elsewhere[there]
            here, there = here[chosen], there[chosen]
            leaks[here[learns(here, there)]] = True
        rows.append(_row(what, int(leaks.sum()), int(train.sum())))

    for name, (folds, overlapping) in splits.items():
        learns = _learns(folds, overlapping, groups)
        count(f"validation rows with a partner in their training folds, {name}", ["train"], learns)
        for where, collections in ELSEWHERE.items():
            what = f"validation rows with a partner {where} that their model may learn from, {name}"
            count(what, collections, learns)
    for where, collections in ELSEWHERE.items():
        count(f"training rows with a partner {where}", collections, lambda here, _: here >= 0)
    return rows


def _learns(folds: pa.Table, overlapping: pa.Table | None, groups: pa.Table) -> Learns:
    """A function of cadences `here` and `there`, rows of `groups`: does the model of the fold of the first
    learn from the second?"""
    fold = fold_of(folds, groups)
    if overlapping is None:
        return lambda here, there: (fold[here] >= 0) & (fold[there] != fold[here])
    overlapping = overlapping.take(places_of(groups["collection"], groups["id"], overlapping))
    overlaps = overlaps_with(overlapping, fold.max() + 1)
    return lambda here, there: (fold[here] >= 0) & ~overlaps[there, fold[here]]


def count_left_out(folds: pa.Table, overlapping: pa.Table) -> list[dict[str, Any]]:
    """What each fold's model does not learn from because it overlaps with the fold, with the keys `COLUMNS`.

    Takes the tables of make_folds.py. In train, only the rows of the other folds count.
    """
    return [
        _row(f"rows of {collection} that the model of fold {fold} leaves out", dropped, rows)
        for fold, collection, dropped, rows in left_out(folds, overlapping)
    ]


def count_covered(pairs: pa.Table, groups: pa.Table, bins: int) -> list[dict[str, Any]]:
    """How many columns of each collection are shared with a partner, with the keys `COLUMNS`; tables as
    above, and `pairs` has the column shift. A cadence has so many bins of frequency."""
    shift = pairs["shift"].to_numpy()
    # A partner shares all columns up to one edge of the band, so only the widest overlap from each edge
    # counts.
    widest = np.zeros((2, len(groups)), np.int16)  # (edge, cadence)
    for cadence, edge in (("first", shift < 0), ("second", shift > 0)):
        cadence = pairs[cadence].to_numpy()
        np.maximum.at(widest, (edge.astype(np.int8), cadence), bins - np.abs(shift))
    covered = np.minimum(widest.sum(axis=0), bins)  # (cadence,)
    collection = _collections(groups)
    return [
        _row(
            f"columns of {name} that a partner shares",
            int(covered[collection == name].sum()),
            int(np.sum(collection == name)) * bins,
        )
        for name in COLLECTIONS
        if name in collection
    ]


def count_true_pairs(
    pairs: pa.Table, groups: pa.Table, truth: pa.Table, bins: int
) -> list[dict[str, Any]]:
    """How many of the true pairs were found, and how many of the found pairs are true, with the keys
    `COLUMNS`; tables as above.

    `truth` is that of simulate_cadences.py: for each cadence (columns collection, id) the stretch of
    background that it was cut from, and its first column there (offset). True pairs are those of the
    cadences in `groups` that share 24 columns or more. A found pair is true if both are from one
    stretch and its shift is the difference of the offsets.
    """
    truth = truth.take(places_of(groups["collection"], groups["id"], truth))
    stretch, offset = (truth[name].to_numpy().astype(np.int32) for name in ("stretch", "offset"))
    first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    right = offset[first] - offset[second] == pairs["shift"].to_numpy()
    right &= stretch[first] == stretch[second]
    ends = first[right].astype(np.int64), second[right]
    packed = np.sort(np.minimum(*ends) * len(groups) + np.maximum(*ends))
    lower, higher = np.divmod(
        packed[np.diff(packed, prepend=-1) > 0], len(groups)
    )  # each pair once
    found = bins - np.abs(offset[lower] - offset[higher])  # columns that are shared
    true = _columns_of_true_pairs(stretch, offset, bins)
    rows = []
    for what, least, most in (
        (f"{MANY} columns or more", MANY, bins),
        (f"{FEW} to {MANY - 1}", FEW, MANY - 1),
    ):
        counts = [int(np.sum((columns >= least) & (columns <= most))) for columns in (found, true)]
        rows.append(_row(f"true pairs that share {what}, found", *counts))
    what = "pairs found that are true, with their shifts"
    return [*rows, _row(what, int(right.sum()), len(pairs))]


def _columns_of_true_pairs(stretch: np.ndarray, offset: np.ndarray, bins: int) -> np.ndarray:
    """How many columns each pair of one stretch shares, (pair,), if they are `FEW` or more."""
    order = np.lexsort((offset, stretch))
    stretch, offset = stretch[order], offset[order]
    columns = [np.empty(0, np.int16)]
    # A cadence overlaps with those that are one, two, ... places further along its stretch, until the
    # first that is too far.
    here = np.arange(len(order))
    for further in range(1, len(order)):
        here = here[: np.searchsorted(here, len(order) - further)]
        there = here + further
        shared = bins - (offset[there] - offset[here])
        near = (stretch[there] == stretch[here]) & (shared >= FEW)
        if not near.any():
            break
        here = here[near]
        columns.append(shared[near].astype(np.int16))
    return np.concatenate(columns)


def _collections(groups: pa.Table) -> np.ndarray:
    return groups["collection"].to_numpy(zero_copy_only=False).astype(str)


def _row(what: str, count: int, of: int) -> dict[str, Any]:
    return {"what": what, "count": count, "of": of, "share": f"{count / of:.4f}" if of else ""}


def find_conflicts(pairs: pa.Table, groups: pa.Table, folds: pa.Table) -> list[dict[str, Any]]:
    """Training cadences that occur under two ids with different labels, with the keys `CONFLICTS`.

    pairs   by their rows in `groups`: first, second, shift, least_cosine (see `abacad.tables.pairs`)
    groups  columns collection, id: of every cadence
    folds   columns id, target: of the training cadences

    Two cadences are the same if no column differs by more than rounding. With a needle in only one of
    them they are not.
    """
    target = np.full(len(groups), -1)
    target[places_of("train", folds["id"], groups)] = folds["target"].to_numpy()
    same = pc.and_(
        pc.equal(pairs["shift"], 0), pc.greater(pairs["least_cosine"], COSINE_OF_THE_SAME)
    )
    pairs = pairs.filter(same)
    ends = np.stack([pairs["first"].to_numpy(), pairs["second"].to_numpy()])  # (2, pair)
    a, b = target[ends]
    conflicts = ends[:, (a >= 0) & (b >= 0) & (a != b)]
    columns = [groups["id"].take(conflicts[0]), target[conflicts[0]]]
    columns += [groups["id"].take(conflicts[1]), target[conflicts[1]]]
    return pa.table(columns, CONFLICTS).to_pylist()

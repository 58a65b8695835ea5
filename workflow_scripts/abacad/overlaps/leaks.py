"""From overlapping pairs and folds to what a split leaks, and what is covered."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from abacad.cadences.layout import COLLECTIONS, FREQUENCY_BINS, OLD_COLLECTIONS
from abacad.folds.overlapping import fold_of, left_out, overlaps_with
from abacad.tables.places import places_of

COSINE_OF_THE_SAME = 0.9999  # minimum over columns; with rounding alone it is above 0.999999

MANY, FEW = 64, 24  # columns that a pair shares; how many pairs were found is counted for both

ELSEWHERE = {"on the test side": ["test"], "in old data": [*OLD_COLLECTIONS]}

CONFLICTS = ("id_a", "target_a", "id_b", "target_b")
COLUMNS = ("what", "count", "of", "share")


def count_leaks(
    pairs: pa.Table, groups: pa.Table, splits: Mapping[str, tuple[pa.Table, pa.Table | None]]
) -> list[dict[str, Any]]:
    """Training rows with a partner from which their fold's model learns, with the keys `COLUMNS`.

    pairs   the table of find_overlaps.py: what overlaps
    groups  columns collection, id: of every cadence
    splits  by name: the folds (columns id, fold), and those with which each cadence overlaps (columns
            collection, id, folds; None if overlaps are unknown). The model of a fold learns from what
            does not overlap with it, or, if that is unknown, from everything that is not in it

    A partner shares background directly, not through others of its group.
    """
    ends = _places_of_pairs(pairs, groups)
    here, there = np.concatenate([ends, ends[::-1]], axis=1)  # each pair from either end
    collection = groups["collection"].to_numpy(zero_copy_only=False)
    train = int(np.sum(collection == "train"))
    rows = []

    def count(what: str, chosen: np.ndarray, collections: Sequence[str]) -> None:
        chosen = chosen & np.isin(collection, collections)[there]
        rows.append(_row(what, len(np.unique(here[chosen])), train))

    for name, (folds, overlapping) in splits.items():
        fold = fold_of(folds, groups)
        apart = fold[there] != fold[here]
        if overlapping is not None:
            overlapping = overlapping.take(
                places_of(groups["collection"], groups["id"], overlapping)
            )
            apart = ~overlaps_with(overlapping, fold.max() + 1)[there, fold[here]]
        apart &= fold[here] >= 0
        count(f"validation rows with a partner in their training folds, {name}", apart, ["train"])
        for where, collections in ELSEWHERE.items():
            what = f"validation rows with a partner {where} that their model may learn from, {name}"
            count(what, apart, collections)
    for where, collections in ELSEWHERE.items():
        of_train = (collection == "train")[here]
        count(f"training rows with a partner {where}", of_train, collections)
    return rows


def count_left_out(folds: pa.Table, overlapping: pa.Table) -> list[dict[str, Any]]:
    """What each fold's model does not learn from because it overlaps with the fold, with the keys `COLUMNS`.

    Takes the tables of make_folds.py. In train, only the rows of the other folds count.
    """
    return [
        _row(f"rows of {collection} that the model of fold {fold} leaves out", dropped, rows)
        for fold, collection, dropped, rows in left_out(folds, overlapping)
    ]


def count_covered(pairs: pa.Table, groups: pa.Table) -> list[dict[str, Any]]:
    """How many columns of each collection are shared with a partner, with the keys `COLUMNS`; tables as
    above."""
    first, second = _places_of_pairs(pairs, groups)
    shift = pairs["shift"].to_numpy().astype(int)
    # A partner shares all columns up to one edge of the band, so only the widest overlap from each edge
    # counts.
    widest = np.zeros((2, len(groups)), int)  # (edge, cadence)
    for cadence, edge in ((first, shift < 0), (second, shift > 0)):
        np.maximum.at(widest, (edge.astype(int), cadence), FREQUENCY_BINS - np.abs(shift))
    covered = np.minimum(widest.sum(axis=0), FREQUENCY_BINS)  # (cadence,)
    collection = groups["collection"].to_numpy(zero_copy_only=False)
    return [
        _row(
            f"columns of {name} that a partner shares",
            int(covered[collection == name].sum()),
            int(np.sum(collection == name)) * FREQUENCY_BINS,
        )
        for name in COLLECTIONS
        if name in collection
    ]


def count_true_pairs(pairs: pa.Table, groups: pa.Table, truth: pa.Table) -> list[dict[str, Any]]:
    """How many of the true pairs were found, and how many of the found pairs are true, with the keys
    `COLUMNS`.

    `truth` is that of simulate_cadences.py: for each cadence (columns collection, id) the stretch of
    background that it was cut from, and its first column there (offset). True pairs are those of the
    cadences in `groups` that share 24 columns or more. A found pair is true if both are from one
    stretch and its shift is the difference of the offsets.
    """
    asked = set(zip(groups["collection"].to_pylist(), groups["id"].to_pylist(), strict=True))
    names = ("collection", "id", "stretch", "offset")
    place_of, of_stretch = {}, defaultdict(list)
    for of, cadence_id, stretch, offset in zip(
        *(truth[name].to_pylist() for name in names), strict=True
    ):
        if (of, cadence_id) in asked:
            place_of[of, cadence_id] = stretch, offset
            of_stretch[stretch].append(((of, cadence_id), offset))
    shared = {  # columns, of each true pair
        frozenset((one, other)): FREQUENCY_BINS - abs(a - b)
        for cadences in of_stretch.values()
        for (one, a), (other, b) in combinations(cadences, 2)
        if FREQUENCY_BINS - abs(a - b) >= FEW
    }
    found, right = set(), 0
    names = ("collection_a", "id_a", "collection_b", "id_b", "shift")
    for of_a, a, of_b, b, shift in zip(*(pairs[name].to_pylist() for name in names), strict=True):
        (stretch, offset), (other, other_offset) = place_of[of_a, a], place_of[of_b, b]
        if stretch == other and offset - other_offset == shift:
            found.add(frozenset(((of_a, a), (of_b, b))))
            right += 1
    rows = []
    for what, least, most in (
        (f"{MANY} columns or more", MANY, FREQUENCY_BINS),
        (f"{FEW} to {MANY - 1}", FEW, MANY - 1),
    ):
        of_size = {pair for pair, columns in shared.items() if least <= columns <= most}
        rows.append(
            _row(f"true pairs that share {what}, found", len(of_size & found), len(of_size))
        )
    return [*rows, _row("pairs found that are true, with their shifts", right, len(pairs))]


def _places_of_pairs(pairs: pa.Table, cadences: pa.Table) -> np.ndarray:
    """The rows in `cadences` of each pair's cadences, (2, pair)."""
    return np.stack(
        [places_of(pairs[f"collection_{end}"], pairs[f"id_{end}"], cadences) for end in "ab"]
    )


def _row(what: str, count: int, of: int) -> dict[str, Any]:
    return {"what": what, "count": count, "of": of, "share": f"{count / of:.4f}" if of else ""}


def find_conflicts(pairs: pa.Table, folds: pa.Table) -> list[dict[str, Any]]:
    """Training cadences that occur under two ids with different labels, with the keys `CONFLICTS`.

    `pairs` is the table of find_overlaps.py; `folds` has the columns id, target. Two cadences are the
    same if no column differs by more than rounding. With a needle in only one of them they are not.
    """
    target_of = dict(zip(folds["id"].to_pylist(), folds["target"].to_pylist(), strict=True))
    same = pc.and_(
        pc.equal(pairs["shift"], 0), pc.greater(pairs["least_cosine"], COSINE_OF_THE_SAME)
    )
    rows = pairs.filter(same).select(["id_a", "id_b"]).to_pylist()
    return [
        {"id_a": a, "target_a": target_of[a], "id_b": b, "target_b": target_of[b]}
        for a, b in ((row["id_a"], row["id_b"]) for row in rows)
        if a in target_of and b in target_of and target_of[a] != target_of[b]
    ]

"""From overlapping pairs and folds to what a split leaks, what is covered, how large the groups are."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from abacad.cadences.layout import COLLECTIONS, FREQUENCY_BINS, OLD_COLLECTIONS
from abacad.overlaps.subtraction import coverage, partners_of

COSINE_OF_THE_SAME = 0.9999  # least over columns; rounding leaves more than 0.999999

MANY, FEW = 64, 24  # columns that a pair shares, of which it is told how many were found

CONFLICTS = ("id_a", "target_a", "id_b", "target_b")
COLUMNS = ("what", "count", "of", "share")


def count_leaks(
    pairs: pa.Table, groups: pa.Table, splits: Mapping[str, pa.Table]
) -> list[dict[str, Any]]:
    """Training rows that have a partner where they should have none, with the keys `COLUMNS`.

    pairs   the table of find_overlaps.py: what overlaps
    groups  columns collection, id, group: of every cadence
    splits  tables with the columns id, fold, by name: rows with a partner in another fold are counted
    A partner shares background directly, not by way of others of its group.
    """
    train = groups.filter(pc.equal(groups["collection"], "train"))["id"].to_pylist()
    found = partners_of([("train", cadence_id) for cadence_id in train], pairs)
    partners = {  # collections and ids
        cadence_id: [cadence for cadence, _ in some]
        for cadence_id, some in zip(train, found, strict=True)
    }
    counts = {}
    for name, split in splits.items():
        fold_of = dict(zip(split["id"].to_pylist(), split["fold"].to_pylist(), strict=True))
        counts[f"validation rows with a partner in their training folds, {name}"] = sum(
            any(
                collection == "train" and fold_of[partner] != fold_of[cadence_id]
                for collection, partner in partners[cadence_id]
            )
            for cadence_id in train
        )
    for what, collections in (("on the test side", ("test",)), ("in old data", OLD_COLLECTIONS)):
        counts[f"training rows with a partner {what}"] = sum(
            any(collection in collections for collection, _ in partners[cadence_id])
            for cadence_id in train
        )
    return [_row(what, rows, len(train)) for what, rows in counts.items()]


def count_covered(pairs: pa.Table, groups: pa.Table) -> list[dict[str, Any]]:
    """How many columns of each collection a partner shares, with the keys `COLUMNS`; tables as above."""
    rows = []
    for name in COLLECTIONS:
        ids = groups.filter(pc.equal(groups["collection"], name))["id"].to_pylist()
        if ids:
            covering = [
                coverage([shift for _, shift in partners])
                for partners in partners_of([(name, cadence_id) for cadence_id in ids], pairs)
            ]  # [cadence](frequency,)
            covered = int(np.count_nonzero(covering))
            columns = len(ids) * FREQUENCY_BINS
            rows.append(_row(f"columns of {name} that a partner shares", covered, columns))
    return rows


def count_true_pairs(pairs: pa.Table, groups: pa.Table, truth: pa.Table) -> list[dict[str, Any]]:
    """How many of the true pairs were found, and how many of the found are true, with the keys `COLUMNS`.

    `truth` as of simulate_cadences.py: of each cadence (columns collection, id) the stretch of
    background that it was cut from, and its first column there (offset). Of true pairs, those of
    the cadences in `groups` count that share 24 columns or more. A pair that was found is true where
    it is of one stretch, and its shift the difference of the offsets.
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


def _row(what: str, count: int, of: int) -> dict[str, Any]:
    return {"what": what, "count": count, "of": of, "share": f"{count / of:.4f}" if of else ""}


def find_conflicts(pairs: pa.Table, folds: pa.Table) -> list[dict[str, Any]]:
    """Training cadences that stand under two ids with different labels, with the keys `CONFLICTS`.

    `pairs` as of find_overlaps.py, `folds` with the columns id, target. Two cadences are the same
    where no column differs by more than rounding; with a needle in one of them they are not.
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


def group_sizes(groups: pa.Table) -> dict[int, int]:
    """How many groups there are of each size, in cadences of all collections; sizes rise."""
    sizes = Counter(groups["group"].to_pylist()).values()
    return dict(sorted(Counter(sizes).items()))

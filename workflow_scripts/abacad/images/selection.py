"""Folds and manifests in, rows out: the cadences that a job learns from, is scored on and predicts.

Leakage is a bug: no row of the fold that a model is scored on is among those that it learns from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from abacad.cadences.layout import COMPLETENESS, INJECTED, OLD_COLLECTIONS
from abacad.tables.files import read_table
from abacad.tables.groups import CadenceKey
from abacad.tables.places import places_of

Ids = Mapping[str, Sequence[str]]  # for every collection, in the order of its stores


@dataclass(frozen=True)
class Rows:
    """Cadences by collection and place in its stores, with their labels."""

    collections: np.ndarray  # (row,) str
    places: np.ndarray  # (row,) int64, row of the collection's stores
    labels: np.ndarray  # (row,) float32, 0..1 (soft if between); NaN if unknown

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, chosen: np.ndarray) -> "Rows":
        """Some of the rows: by their numbers, or (row,) bool."""
        return Rows(self.collections[chosen], self.places[chosen], self.labels[chosen])

    def __add__(self, other: "Rows") -> "Rows":
        return Rows(
            np.concatenate([self.collections, other.collections]),
            np.concatenate([self.places, other.places]),
            np.concatenate([self.labels, other.labels]),
        )


def read_manifests(paths: Sequence[str | Path]) -> dict[str, pa.Table]:
    """Manifests by collection: each file is named like its collection."""
    return {Path(path).stem: read_table(path, ["id", "target", "ok"]) for path in paths}


def fold_rows(
    ids: Ids,
    folds: pa.Table,
    fold: int,
    pseudo_labels: pa.Table | None = None,
    old_manifests: Mapping[str, pa.Table] | None = None,
    injected: pa.Table | None = None,
) -> tuple[Rows, Rows]:
    """The rows that one fold's model learns from, and the rows that it is scored on.

    It learns from the training cadences of all other folds, from the pseudo-labelled cadences (soft
    labels), from the positives of the old collections, and from the injected cadences whose background
    is not from its own fold. It is scored on its own fold.

    ValueError: the stores do not hold an id, the fold does not exist, or a cadence is on both sides.
    """
    validation = _in_fold(ids, folds, fold, np.equal)
    training = _in_fold(ids, folds, fold, np.not_equal)
    if pseudo_labels is not None:
        names = pseudo_labels["collection"].to_numpy(zero_copy_only=False)
        for collection in np.unique(names):
            part = pseudo_labels.filter(pa.array(names == collection))
            training += _rows(ids, str(collection), part["id"].to_pylist(), part["label"])
    for collection, manifest in (old_manifests or {}).items():
        old = _good_rows(ids, collection, manifest)
        training += old[old.labels == 1]
    if injected is not None:
        held_out = {("train", cadence_id) for cadence_id in ids_in_fold(folds, fold)}
        others = [background not in held_out for background in backgrounds(injected).values()]
        injected = injected.filter(pa.array(others, pa.bool_()))
        training += _rows(ids, INJECTED, injected["id"].to_pylist(), injected["target"])
    check_apart(ids, training, validation)
    return training, validation


def apart_from_fold(
    ids: Ids,
    rows: Rows,
    overlapping: pa.Table,
    fold: int,
    injected: pa.Table | None = None,
) -> Rows:
    """Those of `rows` that do not overlap with the fold.

    `overlapping` has the columns collection, id, folds (a list). Injected cadences overlap with what
    their backgrounds overlap with. ValueError: some cadences are not in it; the message names them.
    """
    folds = _overlapped_folds(ids, rows, overlapping, injected)
    return rows[np.array([fold not in overlaps for overlaps in folds], bool)]


def apart_from_every_fold(ids: Ids, rows: Rows, overlapping: pa.Table) -> Rows:
    """Those of `rows` that overlap with no fold; otherwise as `apart_from_fold`."""
    folds = _overlapped_folds(ids, rows, overlapping, None)
    return rows[np.array([not overlaps for overlaps in folds], bool)]


def _overlapped_folds(
    ids: Ids, rows: Rows, overlapping: pa.Table, injected: pa.Table | None
) -> list[list[int]]:
    """The folds that each row overlaps with, (row,); see `apart_from_fold`."""
    background_of = {} if injected is None else backgrounds(injected)
    cadences = [background_of.get(cadence, cadence) for cadence in named(ids, rows)]
    columns = (pa.array([cadence[part] for cadence in cadences], pa.string()) for part in (0, 1))
    return overlapping["folds"].take(places_of(*columns, overlapping)).to_pylist()


def without_kind(ids: Ids, rows: Rows, truth: pa.Table, kind: str) -> Rows:
    """Those of `rows` that hold no needle of this kind, according to the truth (columns collection, id,
    kind).

    Injected cadences are not in the truth, and stay. ValueError: another cadence is not in it either;
    the message names its id.
    """
    cadences = zip(truth["collection"].to_pylist(), truth["id"].to_pylist(), strict=True)
    kind_of = dict(zip(cadences, truth["kind"].to_pylist(), strict=True))
    asked = [cadence for cadence in named(ids, rows) if cadence[0] != INJECTED]
    lacking = [cadence for cadence in asked if cadence not in kind_of]
    if lacking:
        raise ValueError(f"{len(lacking)} cadences are not in the truth, as {lacking[0][1]}")
    return rows[np.array([kind_of.get(cadence) != kind for cadence in named(ids, rows)], bool)]


def of_kinds(injected: pa.Table, kinds: Sequence[str]) -> pa.Table:
    """The injected cadences with a needle of one of these kinds, and all that hold none."""
    return injected.filter(
        pc.or_(pc.is_null(injected["kind"]), pc.is_in(injected["kind"], pa.array(kinds)))
    )


def backgrounds(injected: pa.Table) -> dict[CadenceKey, CadenceKey]:
    """The cadence whose background each injected cadence has."""
    cadences = [(INJECTED, cadence_id) for cadence_id in injected["id"].to_pylist()]
    return dict(zip(cadences, _sources(injected), strict=True))


def ids_in_fold(folds: pa.Table, fold: int) -> list[str]:
    """The training cadences of one fold."""
    return folds.filter(pc.equal(folds["fold"], fold))["id"].to_pylist()


def named(ids: Ids, rows: Rows) -> list[CadenceKey]:
    """Collection and id of each row."""
    return [(of, ids[of][place]) for of, place in zip(rows.collections, rows.places, strict=True)]


def pretraining_rows(
    ids: Ids, folds: pa.Table, fold: int, manifests: Mapping[str, pa.Table]
) -> tuple[Rows, Rows]:
    """The rows that pretraining learns from, which are all of the old data, and is scored on, as in
    fold_rows."""
    if set(manifests) != set(OLD_COLLECTIONS):
        raise ValueError(
            f"manifests of {', '.join(OLD_COLLECTIONS)} wanted, not {', '.join(manifests)}"
        )
    old, older = (
        _good_rows(ids, collection, manifests[collection]) for collection in OLD_COLLECTIONS
    )
    return old + older, _in_fold(ids, folds, fold, np.equal)


def prediction_rows(ids: Ids, folds: pa.Table, fold: int) -> Rows:
    """The rows that one fold's model predicts: its fold, then all of test if there are stores of test."""
    rows = _in_fold(ids, folds, fold, np.equal)
    return rows + test_rows(ids) if "test" in ids else rows


def completeness_rows(ids: Ids, folds: pa.Table | None = None, fold: int | None = None) -> Rows:
    """All injected cadences of completeness, which every fold's model predicts."""
    return _rows(ids, COMPLETENESS, ids[COMPLETENESS], np.full(len(ids[COMPLETENESS]), np.nan))


def held_out(completeness: pa.Table, overlapping: pa.Table, fold: int) -> np.ndarray:
    """Which rows of the manifest of completeness have a background that this fold holds out, (row,) bool.

    `overlapping` is as for `apart_from_fold`. The fold's model learns from nothing that shares
    background with these rows. With grouped folds, each row has exactly one such fold.
    """
    names = ("background_collection", "background_id")
    places = places_of(*(completeness[name] for name in names), overlapping)
    return np.array(
        [fold in folds for folds in overlapping["folds"].take(places).to_pylist()], bool
    )


def test_rows(ids: Ids) -> Rows:
    """All of test, whose labels are unknown. ValueError: there is no store of it, or it is empty."""
    if not ids.get("test"):
        raise ValueError("there are no cadences of test")
    return _rows(ids, "test", ids["test"], np.full(len(ids["test"]), np.nan))


def check_apart(ids: Ids, training: Rows, validation: Rows) -> None:
    """ValueError: a cadence is both learnt from and scored on; the message names its id."""
    learnt = set(zip(training.collections, training.places, strict=True))
    both = sorted(learnt.intersection(zip(validation.collections, validation.places, strict=True)))
    if both:
        collection, place = both[0]
        raise ValueError(
            f"{len(both)} validation rows are among the training rows, as cadence "
            f"{ids[collection][place]} of {collection}"
        )


def _sources(made: pa.Table) -> list[CadenceKey]:
    """The cadence whose background each row of a manifest of made cadences has."""
    names = ("background_collection", "background_id")
    return [*zip(*(made[name].to_pylist() for name in names), strict=True)]


def _in_fold(ids: Ids, folds: pa.Table, fold: int, compare: np.ufunc) -> Rows:
    _check_equal_ids(ids, "train", folds["id"].to_pylist(), "the table of folds")
    numbers = folds["fold"].to_numpy()
    if fold not in numbers:
        raise ValueError(f"no fold {fold}; there are {', '.join(map(str, np.unique(numbers)))}")
    places = np.flatnonzero(compare(numbers, fold))
    labels = folds["target"].to_numpy()[places].astype(np.float32)
    return Rows(np.full(len(places), "train"), places, labels)


def _good_rows(ids: Ids, collection: str, manifest: pa.Table) -> Rows:
    good = manifest.filter(manifest["ok"])
    _check_equal_ids(ids, collection, good["id"].to_pylist(), "its manifest's good rows")
    return _rows(ids, collection, good["id"].to_pylist(), good["target"])


def _check_equal_ids(ids: Ids, collection: str, expected: list[str], source: str) -> None:
    if collection not in ids:
        raise ValueError(f"no store of {collection} is given; there are {', '.join(sorted(ids))}")
    if list(ids[collection]) != expected:
        raise ValueError(
            f"the stores of {collection} and {source} do not hold the same ids in the same order"
        )


def _rows(ids: Ids, collection: str, wanted: Sequence[str], labels) -> Rows:
    if collection not in ids:
        raise ValueError(f"no store of {collection} is given; there are {', '.join(sorted(ids))}")
    place_of = {cadence_id: place for place, cadence_id in enumerate(ids[collection])}
    unknown = [cadence_id for cadence_id in wanted if cadence_id not in place_of]
    if unknown:
        raise ValueError(
            f"the stores of {collection} lack {len(unknown)} of the cadences, as {unknown[0]}"
        )
    places = np.array([place_of[cadence_id] for cadence_id in wanted], np.int64)
    return Rows(np.full(len(places), collection), places, np.asarray(labels, np.float32))

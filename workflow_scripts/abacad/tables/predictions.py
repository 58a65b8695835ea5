"""Prediction files in, one for each model; arrays in a known order of rows, and ranks, out.

A prediction file holds what the model of one fold predicts for cadences that it never trained on: the
training rows of that fold (its out-of-fold rows), and all test rows. Its columns are collection, id,
and prediction, a probability from 0 to 1.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from abacad.tables.files import read_table
from abacad.tables.ids import some


def read_predictions(path: str | Path, collection: str) -> tuple[pa.Array, np.ndarray]:
    """The ids of one collection in one prediction file, and their probabilities, (row,) float64.

    ValueError: an id occurs twice, or a prediction is not a number from 0 to 1 (NaN is not one).
    """
    table = read_table(path, ["collection", "id", "prediction"])
    table = table.filter(pc.equal(table["collection"], collection))
    ids = table["id"].combine_chunks()
    predictions = table["prediction"].cast(pa.float64()).to_numpy()  # NaN where there is none
    good = (predictions >= 0) & (predictions <= 1)
    if not good.all():
        bad = ids.filter(pa.array(~good)).to_pylist()
        raise ValueError(f"{path}: {some(bad)} of {collection} not predicted as a number in 0..1")
    if len(ids.unique()) < len(ids):
        twice = [cadence_id for cadence_id, times in Counter(ids.to_pylist()).items() if times > 1]
        raise ValueError(f"{path}: {some(twice)} of {collection} predicted more than once")
    return ids, predictions


def read_out_of_fold(folds: pa.Table, paths: Sequence[str | Path]) -> np.ndarray:
    """The prediction of each training row by the one model that never saw it, (row,), float64.

    `folds` has the columns id, fold; the result is in its order. `paths` are the prediction files of
    one experiment in the order of the folds. ValueError: there is not one file for each fold, or a row
    is missing, or a row was predicted by the model of another fold, which was trained on it. The
    message counts all such rows and names the first ones.
    """
    ids, fold_of = folds["id"].combine_chunks(), folds["fold"].to_numpy()
    count = fold_of.max() + 1
    if len(paths) != count:
        raise ValueError(f"{len(paths)} prediction files for {count} folds: {_list(paths)}")
    out_of_fold = np.full(len(ids), np.nan)
    problems = []
    for fold, path in enumerate(paths):
        predicted, values = read_predictions(path, "train")
        row = pc.index_in(predicted, ids).fill_null(-1).to_numpy()
        own = (row >= 0) & (fold_of[row] == fold)
        if not own.all():
            foreign = sorted(predicted.filter(pa.array(~own)).to_pylist())
            problems.append(f"{path}: {some(foreign)} not of fold {fold}, whose model this is")
        out_of_fold[row[own]] = values[own]
    missing = np.isnan(out_of_fold)
    if missing.any():
        lacking = ids.filter(pa.array(missing)).to_pylist()
        problems.append(f"{some(lacking)} without an out-of-fold prediction in {_list(paths)}")
    if problems:
        raise ValueError("\n".join(problems))
    return out_of_fold


def read_test(paths: Sequence[str | Path]) -> tuple[list[str], np.ndarray]:
    """The ids of the test rows, sorted, and the predictions of each file's model, (file, row), float64.

    ValueError: the files do not hold the same test rows.
    """
    ids, _ = read_predictions(paths[0], "test")
    ids = ids.take(pc.sort_indices(ids))
    probabilities = np.empty((len(paths), len(ids)))
    for path, row in zip(paths, probabilities, strict=True):
        predicted, values = read_predictions(path, "test")
        place = pc.index_in(ids, predicted)
        if place.null_count or len(predicted) != len(ids):
            differing = sorted({*ids.to_pylist()} ^ {*predicted.to_pylist()})
            raise ValueError(f"{some(differing)} of test in only one of {paths[0]}, {path}")
        row[:] = values[place.to_numpy()]
    return ids.to_pylist(), probabilities


def mean_ranks(values: np.ndarray) -> np.ndarray:
    """The ranks of each model's rows, averaged over models, (row,): above 0, at most 1.

    `values` is (model, row). Rows with equal values share the mean of their ranks. Ranks are whole or
    half numbers, so their sums are exact. They are scaled only after that, so that equal means stay
    equal; sums of fractions would differ by rounding errors.
    """
    return np.stack([ranks_of(model) for model in values]).mean(axis=0) / values.shape[1]


def mean_ranks_within(groups: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Like `mean_ranks`, but each row is ranked among the rows of its own group; `groups` is (row,)."""
    ranks = np.empty(len(groups))
    for group in np.unique(groups):
        rows = groups == group
        ranks[rows] = mean_ranks(values[:, rows])
    return ranks


def ranks_of(values: np.ndarray) -> np.ndarray:
    """The rank of each of `values`, (row,), from 1; equal values share the mean of their ranks."""
    rising = np.argsort(values)
    ordered = values[rising]
    first = np.flatnonzero(
        np.append(True, ordered[1:] != ordered[:-1])
    )  # of each run of equal values
    end = np.append(first[1:], len(values))
    ranks = np.empty(len(values))
    ranks[rising] = np.repeat((first + 1 + end) / 2, end - first)
    return ranks


def ranks_among(reference: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The rank, 0 to 1, that each of `values`, (row,), would have among `reference`, (other row,).

    This is the share of `reference` that is lower, where equal values count half. So the rank of a
    value does not depend on the other values.
    """
    ordered = np.sort(reference)
    lower, not_higher = (np.searchsorted(ordered, values, side) for side in ("left", "right"))
    return (lower + not_higher) / (2 * len(ordered))


def _list(paths: Sequence[str | Path]) -> str:
    return ", ".join(map(str, paths))

"""The teachers' predictions of the test rows in, labels for the next round of one fold out.

The teachers of fold k are the members' models of fold k of the round before. They never trained on the
cadences of fold k. So no label of fold k can reach the model that is scored on fold k by way of test
rows.

Source: noisy student training (Xie et al. 2020, arXiv:1911.04252) as the competition's second and
third place used it: soft labels, for all test rows or for the highest and the lowest.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from abacad.tables.ids import some
from abacad.tables.predictions import mean_ranks, read_predictions, read_test


def pseudo_labels(
    paths: Sequence[str | Path],
    top: int | None = None,
    bottom: int | None = None,
    hard: bool = False,
) -> pa.Table:
    """Labels of test rows: collection, id, label (float32, 0 to 1), sorted by id.

    `paths` are the teachers' prediction files. A soft label is the arithmetic mean of the teachers'
    probabilities; a `hard` one is 1 for the top rows and 0 for the bottom ones. The `top` rows with the
    highest mean rank and the `bottom` rows with the lowest are labelled; if neither is given, all are.
    Ranks decide, not a fixed probability, because mixup shifts the base rate and with it the
    calibration of the models. ValueError: the teachers' test rows differ, more rows are asked for than
    there are, or hard labels are asked for all rows.
    """
    ids, probabilities = read_test(paths)  # (teacher, row)
    label = probabilities.mean(axis=0)  # (row,)
    if top is None and bottom is None:
        if hard:
            raise ValueError("hard labels need the numbers of top and bottom rows")
        chosen = np.arange(len(ids))
    else:
        top, bottom = top or 0, bottom or 0
        if top + bottom > len(ids):
            raise ValueError(f"top {top} and bottom {bottom} rows of only {len(ids)} test rows")
        rank = mean_ranks(probabilities)  # (row,)
        rising = np.argsort(rank, kind="stable")  # equal ranks stay in the order of their ids
        lowest, highest = rising[:bottom], rising[len(ids) - top :]
        chosen = np.sort(np.concatenate([lowest, highest]))
        if hard:
            label[lowest], label[highest] = 0, 1
    return pa.table(
        {
            "collection": pa.array(["test"] * len(chosen), pa.string()),
            "id": pa.array([ids[row] for row in chosen], pa.string()),
            "label": label[chosen].astype(np.float32),
        }
    )


def check_teachers(folds: pa.Table, fold: int, paths: Sequence[str | Path]) -> None:
    """Make sure that the prediction files come from models that never saw fold `fold`.

    A prediction file holds the training rows that its model never saw. They must be the rows of `fold`
    in `folds` (columns id, fold). ValueError: a file comes from another fold's model; the message names
    it.
    """
    rows = folds["fold"].to_numpy() == fold
    kept_out = {
        cadence_id for cadence_id, row in zip(folds["id"].to_pylist(), rows, strict=True) if row
    }
    for path in paths:
        predicted, _ = read_predictions(path, "train")
        differing = sorted(kept_out ^ {*predicted.to_pylist()})
        if differing:
            raise ValueError(f"{path}: not by a model of fold {fold}: {some(differing)} differ")

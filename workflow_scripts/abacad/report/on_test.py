"""Predictions of test and the simulator's truth in, what the models are worth on test out."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from abacad.score.resamples import SCORES, scores_of
from abacad.tables.ids import some
from abacad.tables.predictions import mean_ranks, read_test

NEEDLES = ("", "_known", "_unseen")  # all; of kinds that train shows too; of others
TEST = tuple(f"test_{score}{needles}" for needles in NEEDLES for score in SCORES)


def score_on_test(test: pa.Table, truth: pa.Table) -> dict[str, dict[str, float]]:
    """The scores `TEST` of each column of `test` but id.

    `truth` has the columns collection, id, target and kind (of needle; null in negatives). Known
    kinds occur in its train rows, unseen ones do not; the positives of either are set against all
    negatives. Recall and partial AUC are at 1 % false positives (`abacad.score.resamples`). Scores without
    positives or without negatives are left out. ValueError: a test row that the truth does not know.
    """
    rows = truth.select(["collection", "id", "target", "kind"]).to_pylist()
    known_kinds = {row["kind"] for row in rows if row["collection"] == "train"} - {None}
    truth_of = {row["id"]: row for row in rows if row["collection"] == "test"}
    ids = test["id"].to_pylist()
    unknown = [cadence_id for cadence_id in ids if cadence_id not in truth_of]
    if unknown:
        raise ValueError(f"{some(unknown)} of test are not in the truth")
    positive = np.array([truth_of[cadence_id]["target"] == 1 for cadence_id in ids])  # (row,)
    known = np.array([truth_of[cadence_id]["kind"] in known_kinds for cadence_id in ids])
    chosen = dict(
        zip(NEEDLES, (np.ones_like(positive), ~positive | known, ~positive | ~known), strict=True)
    )
    tested = {}
    for name in test.column_names:
        if name == "id":
            continue
        values = test[name].to_numpy()
        tested[name] = {
            f"test_{score}{needles}": value
            for needles, rows in chosen.items()
            if len(np.unique(positive[rows])) == 2
            for score, value in scores_of(positive[rows], values[rows]).items()
        }
    return tested


def score_run_on_test(paths: Sequence[str | Path], truth: pa.Table) -> dict[str, float]:
    """The scores `TEST` of the mean rank by the models of a run's folds, from their prediction files."""
    ids, probabilities = read_test(paths)
    return score_on_test(pa.table({"id": ids, "run": mean_ranks(probabilities)}), truth)["run"]

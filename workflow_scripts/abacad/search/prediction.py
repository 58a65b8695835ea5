"""Statistics of cadences in, what a search predicts of them out, for each fold by the labels of the others.

Leakage is a bug here too: a fold's statistic and its map are chosen by labels of training cadences that are
not of this fold, and overlap with none that are.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from abacad.images.selection import Rows, apart_from_fold, fold_rows, named, prediction_rows
from abacad.score.resamples import scores_of
from abacad.search.choice import Choice, choose
from abacad.search.names import STATISTICS
from abacad.tables.files import read_table


@dataclass(frozen=True)
class Statistics:
    """The statistics of collections, in the order of their stores.

    ids     of each collection
    values  (row,) float32 each, by collection and by name
    """

    ids: dict[str, list[str]]
    values: dict[str, dict[str, np.ndarray]]

    @classmethod
    def read(cls, paths: Sequence[str | Path]) -> "Statistics":
        """From tables of search_drift.py: all shards of each collection, in order."""
        ids: dict[str, list[str]] = {}
        parts: dict[str, list[pa.Table]] = {}
        for path in paths:
            table = read_table(path, ["collection", "id", *STATISTICS])
            for collection in table["collection"].unique().to_pylist():
                own = table.filter(pa.compute.equal(table["collection"], collection))
                ids.setdefault(collection, []).extend(own["id"].to_pylist())
                parts.setdefault(collection, []).append(own)
        tables = {collection: pa.concat_tables(some) for collection, some in parts.items()}
        values = {
            collection: {name: table[name].to_numpy() for name in STATISTICS}
            for collection, table in tables.items()
        }
        return cls(ids, values)

    def of(self, rows: Rows, name: str) -> np.ndarray:
        """One statistic of some rows, (row,)."""
        found = np.empty(len(rows), np.float32)
        for collection in np.unique(rows.collections).tolist():
            own = rows.collections == collection
            found[own] = self.values[collection][name][rows.places[own]]
        return found


@dataclass(frozen=True)
class FoldPrediction:
    """What a search says of the rows of one fold and of test, and what it was chosen by."""

    table: pa.Table  # collection, id, prediction
    metrics: dict[str, Any]


def predict_fold(
    statistics: Statistics,
    folds: pa.Table,
    fold: int,
    overlapping: pa.Table | None,
    statistic: str | None = None,
) -> FoldPrediction:
    """Choose by the training rows of the other folds, and predict those of this one, and test.

    statistic    see `abacad.search.choice.choose`
    overlapping  with which folds each cadence overlaps; rows that do with this one are not chosen by
    ValueError: the rows that are chosen by are of one class.
    """
    ids = statistics.ids
    training, validation = fold_rows(ids, folds, fold)
    if overlapping is not None:
        training = apart_from_fold(ids, training, overlapping, fold)
    by_name = {name: statistics.of(training, name) for name in STATISTICS}
    try:
        choice, scores = choose(by_name, training.labels, statistic)
    except ValueError as error:
        raise ValueError(f"fold {fold}: {error}") from None
    own = choice.probabilities(statistics.of(validation, choice.statistic))
    of_both = 0 < validation.labels.sum() < len(validation)
    metrics = {
        "auc": scores_of(validation.labels, own)["auc"] if of_both else None,
        "choice": asdict(choice),
        "training_scores": scores,
        "training_rows": len(training),
        "validation_rows": len(validation),
    }
    return FoldPrediction(
        predictions(statistics, prediction_rows(ids, folds, fold), choice), metrics
    )


def predictions(statistics: Statistics, rows: Rows, choice: Choice) -> pa.Table:
    """The probability of a needle in each of some rows: collection, id, prediction."""
    values = choice.probabilities(statistics.of(rows, choice.statistic))
    ids = [cadence_id for _, cadence_id in named(statistics.ids, rows)]
    return pa.table({"collection": rows.collections, "id": ids, "prediction": values})

"""Embeddings in, their first two principal components by label, score and collection out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from abacad.figures.style import COLOURS, MARKERS, new_figure
from abacad.figures.truth import targets_on_test
from abacad.tables.files import read_table

MOST = 3000  # cadences that are drawn of each collection, spread evenly


@dataclass(frozen=True)
class Embedded:
    """What one model's last layer sees of cadences.

    vectors     (row, feature)
    collection  (row,), train (of the fold that the model never saw) or test
    target      (row,), 0 or 1, not a number where nobody knows it
    score       (row,), the model's probability of a needle
    """

    vectors: np.ndarray
    collection: np.ndarray
    target: np.ndarray
    score: np.ndarray


def read_embedded(
    embeddings: str | Path, predictions: str | Path, folds: str | Path, truth: str | Path | None
) -> Embedded:
    """What the files of one model tell. ValueError: they are not of the same cadences in the same order."""
    table = read_table(embeddings, ["collection", "id", "embedding"])
    said = read_table(predictions, ["collection", "id", "prediction"])
    for name in ("collection", "id"):
        if table[name].to_pylist() != said[name].to_pylist():
            raise ValueError(f"{embeddings} and {predictions} are not of the same cadences")
    collection, ids = (np.array(table[name].to_pylist()) for name in ("collection", "id"))
    labels = read_table(folds, ["id", "target"])
    target_of = dict(zip(labels["id"].to_pylist(), labels["target"].to_pylist(), strict=True))
    of_test = collection == "test"
    target = np.empty(len(ids))
    target[of_test] = targets_on_test(truth, ids[of_test].tolist())
    target[~of_test] = [target_of[cadence_id] for cadence_id in ids[~of_test].tolist()]
    vectors = table["embedding"].combine_chunks().values.to_numpy().reshape(len(ids), -1)
    return Embedded(vectors, collection, target, said["prediction"].to_numpy())


def principal_components(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first two components of each row, (row, 2), and their shares of the variance, (2,).

    Linear, so that distances stay what they are as far as two dimensions can show them; the components' signs
    are such that the largest weight of each is positive. Source: Pearson 1901.
    """
    centred = vectors - vectors.mean(0)
    _, spread, directions = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    directions = directions[:2]
    largest = np.abs(directions).argmax(1)
    directions = directions * np.sign(directions[np.arange(len(directions)), largest])[:, None]
    return centred @ directions.T, spread[:2] ** 2 / max((spread**2).sum(), 1e-30)


def draw_embeddings(title: str, embedded: Embedded) -> Figure:
    """Three times the same two components: by label, by score, by collection."""
    places, shares = principal_components(embedded.vectors)
    drawn = np.concatenate(
        [_some(np.flatnonzero(embedded.collection == name)) for name in ("train", "test")]
    )
    # Drawn in a fixed random order, so that no class hides another.
    drawn = np.random.default_rng(0).permutation(drawn)
    places, target = places[drawn], embedded.target[drawn]
    score, of_test = embedded.score[drawn], embedded.collection[drawn] == "test"
    figure = new_figure(3.7)
    by_label, by_score, by_collection = figure.subplots(1, 3, sharex=True, sharey=True)
    dots = {"s": 9, "alpha": 0.6, "linewidths": 0.5}
    for label, rows, colour, marker in (
        ("needle", target == 1, COLOURS[1], MARKERS[2]),
        ("no needle", target == 0, COLOURS[0], MARKERS[0]),
        ("not known", np.isnan(target), "0.6", MARKERS[1]),
    ):
        if rows.any():
            by_label.scatter(*places[rows].T, color=colour, marker=marker, label=label, **dots)
    colours = by_score.scatter(*places.T, c=score, cmap="cividis", vmin=0, vmax=1, **dots)
    figure.colorbar(colours, ax=by_score, location="bottom", label="probability of a needle")
    for label, rows, colour, marker in (
        ("train, out of fold", ~of_test, COLOURS[2], MARKERS[0]),
        ("test", of_test, COLOURS[3], "x"),
    ):
        by_collection.scatter(*places[rows].T, color=colour, marker=marker, label=label, **dots)
    for axis, name in ((by_label, "label"), (by_score, "score"), (by_collection, "collection")):
        axis.set_title(f"by {name}")
        if axis is not by_score:
            axis.set_xlabel(f"component 1 ({100 * shares[0]:.0f} % of the variance)")
            axis.legend(loc="upper left", bbox_to_anchor=(0, -0.2), ncols=2, handletextpad=0.2)
    by_label.set_ylabel(f"component 2 ({100 * shares[1]:.0f} %)")
    figure.suptitle(title)
    return figure


def _some(rows: np.ndarray) -> np.ndarray:
    """At most `MOST` of these rows, spread evenly."""
    return rows[np.unique(np.linspace(0, len(rows) - 1, MOST, dtype=int))] if len(rows) else rows

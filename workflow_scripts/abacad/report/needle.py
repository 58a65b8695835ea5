"""The ensemble out of fold, the manifest and the stores in, the needle to draw and its views out."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from abacad.cadences.cadence import read_cadence
from abacad.cadences.known_stores import STORES
from abacad.cadences.store import Store


def best_needle(out_of_fold: pa.Table) -> str:
    """The id of the training positive that the ensemble ranks highest out of fold.

    `out_of_fold` has the columns id, target, rank_mean; the first id of equal ranks is taken.
    """
    positives = out_of_fold.filter(pc.equal(out_of_fold["target"], 1))
    return positives["id"][int(np.argmax(positives["rank_mean"].to_numpy()))].as_py()


def views_of(
    cadence_id: str, path: str | Path, stores: Mapping[tuple[str, str], Store]
) -> dict[str, np.ndarray]:
    """A training cadence raw, from its file, and in each of the opened `stores`, by title.

    Each is (panel=6, time=273, frequency=256).
    """
    views = {"raw": read_cadence(path)}
    for name, title in STORES.items():
        if store := stores.get((name, "train")):
            views[title] = store[store.ids.index(cadence_id)]
    return views

"""The simulator's truth, or none, and ids of test in, their targets out: to report, never to choose."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from abacad.tables.files import read_table
from abacad.tables.ids import some


def targets_on_test(path: str | Path | None, ids: Sequence[str]) -> np.ndarray:
    """Targets of test rows, (row,), 0 or 1; without a truth, not a number. ValueError names rows it lacks."""
    if path is None:
        return np.full(len(ids), np.nan)
    truth = read_table(path, ["collection", "id", "target"])
    truth = truth.filter(pc.equal(truth["collection"], "test"))
    target_of = dict(zip(truth["id"].to_pylist(), truth["target"].to_pylist(), strict=True))
    if unknown := [cadence_id for cadence_id in ids if cadence_id not in target_of]:
        raise ValueError(f"{path}: {some(unknown)} of test are not in the truth")
    return np.array([target_of[cadence_id] for cadence_id in ids], float)

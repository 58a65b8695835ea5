"""The ensemble out of fold in, the training cadences that teach the most about it out."""

import numpy as np
import pyarrow as pa

EACH = 2  # cadences for each reason

CERTAIN = "most certain"
MISSED = "missed"
FALSE = "false alarm"
DISAGREED = "most disagreed on"


def choose_examples(out_of_fold: pa.Table, members: list[str]) -> pa.Table:
    """Cadences to look at: collection, id, rank, reason; `EACH` for each reason, none twice.

    `out_of_fold` is the table of rank_average.py: id, target, rank_mean, and the ranks of each of `members`.
    The reasons: the needles that are ranked highest, the needles that are ranked lowest, the others that
    are ranked highest, and those whose ranks by the members have the largest standard deviation, which
    a single member has not. rank counts within a reason, from 1.
    """
    ids = out_of_fold["id"].to_pylist()
    positive = out_of_fold["target"].to_numpy() == 1
    rank = out_of_fold["rank_mean"].to_numpy()
    nowhere = np.full(len(ids), -np.inf)
    measures = {
        CERTAIN: np.where(positive, rank, nowhere),
        MISSED: np.where(positive, -rank, nowhere),
        FALSE: np.where(positive, nowhere, rank),
    }
    if len(members) > 1:
        measures[DISAGREED] = np.std([out_of_fold[name].to_numpy() for name in members], axis=0)
    chosen: dict[int, tuple[int, str]] = {}
    for reason, measure in measures.items():
        falling = np.argsort(-measure, kind="stable")
        free = [row for row in falling.tolist() if row not in chosen and np.isfinite(measure[row])]
        chosen |= {row: (place, reason) for place, row in enumerate(free[:EACH], 1)}
    return pa.table(
        {
            "collection": pa.array(["train"] * len(chosen), pa.string()),
            "id": pa.array([ids[row] for row in chosen], pa.string()),
            "rank": pa.array([place for place, _ in chosen.values()], pa.int32()),
            "reason": pa.array([reason for _, reason in chosen.values()], pa.string()),
        }
    )

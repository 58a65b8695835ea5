"""The ensemble on test in, the submission out: id, target, in the order of the sample submission."""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from abacad.tables.files import whole_file
from abacad.tables.ids import read_id_table, some


def submission(
    sample_ids: Sequence[str], manifest: pa.Table, test: pa.Table, method: str
) -> tuple[list[tuple[str, float]], list[dict[str, str]]]:
    """One (id, target) for each of `sample_ids`, in order, and the quarantined rows as id, why.

    `manifest` has the columns id, ok, why; `test` id and `method`. Rows that are not ok in the manifest
    have no prediction and get the median of the ensemble. ValueError: an id that is not quarantined
    lacks a prediction, occurs twice in the sample or the ensemble, or occurs in only one of sample and
    manifest, or of sample and ensemble.
    """
    why = {row["id"]: row["why"] for row in manifest.to_pylist() if not row["ok"]}
    test_ids, values = test["id"].to_pylist(), test[method].to_numpy()
    times_in_sample, times_in_test = Counter(sample_ids), Counter(test_ids)
    problems = {
        "in only one of the sample submission and the manifest": (
            set(sample_ids) ^ set(manifest["id"].to_pylist())
        ),
        "without a prediction": set(sample_ids) - set(test_ids) - set(why),
        "predicted, but not in the sample submission": set(test_ids) - set(sample_ids),
        "predicted, but quarantined": set(test_ids) & set(why),
        "more than once in the sample submission": (
            {name for name, times in times_in_sample.items() if times > 1} - set(why)
        ),
        "predicted more than once": {name for name, times in times_in_test.items() if times > 1},
    }
    found = [f"{some(sorted(ids))} {what}" for what, ids in problems.items() if ids]
    if found:
        raise ValueError("\n".join(found))
    value_of = dict(zip(test_ids, values.tolist(), strict=True))
    median = float(np.median(values))
    rows = [(cadence_id, value_of.get(cadence_id, median)) for cadence_id in sample_ids]
    quarantined = [{"id": name, "why": why[name]} for name in times_in_sample if name in why]
    return rows, quarantined


def read_sample(path: str | Path) -> list[str]:
    """The ids of a sample submission (CSV with a column id), in order; BadTable: it cannot be read."""
    return [row["id"] for row in read_id_table(path, ["id"])]


def write_submission(path: str | Path, rows: Sequence[tuple[str, float]]) -> None:
    """Write id,target as CSV, with the fewest digits that read back as the same float64."""
    with whole_file(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("id", "target"))
        writer.writerows((cadence_id, repr(float(target))) for cadence_id, target in rows)

"""Promises about bad raw data, through the real rule: all problems in one pass, nothing dropped silently."""

import csv

import numpy as np
import pyarrow.parquet as pq
import pytest

MANIFEST = "results/manifests/train.parquet"
PROBLEMS = "results/manifests/train.problems.tsv"
RNG = np.random.default_rng(0)


def cadence(dtype="<f2", panels=6) -> np.ndarray:
    return RNG.standard_normal((panels, 273, 256)).astype(dtype)


def with_value(value, where) -> np.ndarray:
    panels = cadence()
    panels[where] = value
    return panels


def identifier(name: str) -> str:
    return name.encode().hex().ljust(15, "0")[:15]


FILES = {
    "good": cadence(),
    "also good": cadence(),
    "cut": cadence(),  # its file is truncated below
    "dtype": cadence("<f4"),
    "shape": cadence(panels=5),
    "nan": with_value(np.nan, (2, 100, 50)),
    "inf": with_value(np.inf, (0, 0, 0)),
    "flat": with_value(1, 3),
    "two": cadence(),  # labelled 2
    "twice": cadence(),  # stands twice in the table
    "unlab": cadence(),  # not in the table
}
LABELS = [(identifier(name), "0") for name in FILES if name not in ("unlab", "two")]
LABELS += [(identifier("twice"), "1"), (identifier("two"), "2"), (identifier("gone"), "0")]
BAD = {identifier(name) for name in {*FILES, "gone"} - {"good", "also good"}}


@pytest.fixture
def bad_folder(workflow):
    """A raw folder whose training cadences have one of each kind of problem."""
    root = workflow.folder / "raw"
    for name, panels in FILES.items():
        path = root / "train" / identifier(name)[0] / f"{identifier(name)}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, panels)
        if name == "cut":
            path.write_bytes(path.read_bytes()[:-1000])
    with open(root / "train_labels.csv", "w", newline="") as file:
        csv.writer(file).writerows([("id", "target"), *LABELS])
    return root


def listed(workflow) -> set[str]:
    with open(workflow.folder / PROBLEMS) as file:
        return {row["id"] for row in csv.DictReader(file, delimiter="\t")}


def test_every_kind_of_bad_file_is_listed_in_one_pass_and_fails_the_job(workflow, bad_folder):
    done = workflow.run(MANIFEST, "--config", f"data={{root: {bad_folder}}}")
    assert done.returncode != 0
    assert PROBLEMS in done.stdout and "problem" in done.stdout
    assert listed(workflow) == BAD
    assert not (workflow.folder / MANIFEST).exists()


def test_quarantine_goes_on_without_the_bad_files_and_still_lists_them(workflow, bad_folder):
    settings = f"data={{root: {bad_folder}, on_bad_file: quarantine}}"
    workflow.run_well(MANIFEST, "--config", settings)
    assert listed(workflow) == BAD
    manifest = {row["id"]: row for row in pq.read_table(workflow.folder / MANIFEST).to_pylist()}
    assert set(manifest) == {name for name, _ in LABELS}
    assert {name for name, row in manifest.items() if row["ok"]} == {
        identifier("good"),
        identifier("also good"),
    }
    assert all(row["why"] for row in manifest.values() if not row["ok"])

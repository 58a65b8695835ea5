"""Promises about bad raw data, through the real rule: all problems in one pass, nothing dropped silently."""

import csv

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

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


@pytest.fixture(autouse=True)
def one_light_experiment(workflow):
    """Whose settings are checked soon, and which needs no old data."""
    plain = {"backbone": "test_efficientnet", "pretrained": False, "image_size": [64, 32]}
    config = yaml.safe_load((workflow.folder / "config.yaml").read_text())
    config |= {"experiments": {"plain": plain}, "ensemble": {"members": ["plain"]}}
    config["pseudo_labels"]["rounds"] = 0
    (workflow.folder / "config.yaml").write_text(yaml.safe_dump(config))


@pytest.fixture
def bad_folder(workflow):
    """A raw folder whose training cadences have one of each kind of problem."""
    root = workflow.folder / "raw data (1)"
    for name, panels in FILES.items():
        path = root / "train" / identifier(name)[0] / f"{identifier(name)}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, panels)
        if name == "cut":
            path.write_bytes(path.read_bytes()[:-1000])
    with open(root / "train_labels.csv", "w", newline="") as file:
        csv.writer(file).writerows([("id", "target"), *LABELS])
    (root / "sample_submission.csv").write_text("id,target\n")
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


def test_a_collection_without_a_good_row_is_refused_under_quarantine_too(workflow, bad_folder):
    for name in ("good", "also good"):
        path = bad_folder / "train" / identifier(name)[0] / f"{identifier(name)}.npy"
        path.write_bytes(b"no cadence")
    settings = f"data={{root: {bad_folder}, on_bad_file: quarantine}}"
    done = workflow.run(MANIFEST, "--config", settings)
    assert done.returncode != 0
    assert "none of the 11 cadences is good" in done.stdout
    assert {identifier("good"), identifier("also good")} < listed(workflow)
    assert not (workflow.folder / MANIFEST).exists()


def test_the_console_says_how_many_cadences_are_left_out(workflow, bad_folder):
    settings = f"data={{root: {bad_folder}, on_bad_file: quarantine}}"
    stdout = workflow.run_well(MANIFEST, "--config", settings)
    assert "of 11 cadences are left out" in stdout


def test_a_raw_file_that_changed_is_told_with_what_to_run(workflow, bad_folder):
    settings = ("--config", f"data={{root: {bad_folder}, on_bad_file: quarantine}}")
    workflow.run_well(MANIFEST, *settings)
    assert "have changed" not in workflow.run_well(MANIFEST, *settings)
    path = bad_folder / "train" / identifier("good")[0] / f"{identifier('good')}.npy"
    np.save(path, cadence())
    stdout = workflow.run_well(MANIFEST, *settings)
    assert f"1 raw files of train have changed since they were indexed, as {path}" in stdout
    assert "--forcerun index_cadences" in stdout
    workflow.run_well(MANIFEST, *settings, "--forcerun", "index_cadences")
    assert "have changed" not in workflow.run_well(MANIFEST, *settings)


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

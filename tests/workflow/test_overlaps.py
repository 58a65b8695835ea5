"""Promises about data sets without overlaps, or whose cadences are equal, through the real rules."""

import csv
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from abacad.cadences.layout import CADENCE_DTYPE, COLLECTIONS, COMPETITION, ON_PANELS
from abacad.cadences.store import read_shard_file

TRAIN = [f"{row:015x}" for row in range(12)]
SETTINGS = {
    "data": {"root": "raw", "shards": 1, "needles_added_after_cutting": True},
    "preprocess": {"stored_as": "float16"},  # the two differ by rounding alone
    "folds": {"count": 2},
    "experiments": {
        "residual": {"channels": ["residual.on"], "pretrained": False},
        # those of config.yaml, which need the old collections
        "b3_pretrained": None,
        "b3_sharpened": None,
        "b5_old_positives": None,
    },
    "ensemble": {"members": ["residual"]},
}


@pytest.fixture
def raw(workflow) -> Path:
    """Twelve training cadences of noise, every other one positive, and one of test; none overlap."""
    root, random = workflow.folder / "raw", np.random.default_rng(0)
    targets = {"train": [(one, row % 2) for row, one in enumerate(TRAIN)]}
    for name, rows in (targets | {"test": [("f" * 15, 0.5)]}).items():
        for cadence_id, _ in rows:
            path = root / COLLECTIONS[name].cadence_path(cadence_id)
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, random.standard_normal(COMPETITION.of_cadence).astype(CADENCE_DTYPE))
        with open(root / COLLECTIONS[name].table, "w", newline="") as file:
            csv.writer(file).writerows([("id", "target"), *rows])
    return root


def panels(path: Path) -> np.ndarray:
    """(cadence, panel, time, frequency) of a store file, decoded."""
    return np.stack([*read_shard_file(path)[2]])


def test_without_any_overlap_the_residual_is_the_flattened_store_and_that_is_said_once(
    workflow, raw
):
    stores = [f"results/stores/{name}/train/0-of-1.arrow" for name in ("residual", "flattened")]
    targets = [*stores, "results/report/leaks.tsv"]
    workflow.run_well(*targets, "--configfile", workflow.overlay("settings.yaml", SETTINGS))
    residual, flattened = (panels(workflow.folder / store) for store in stores)
    flattened = flattened[:, [*ON_PANELS]]  # nothing reads others of residual
    in_noise = 20 * np.sinh(residual.astype(float) / 20)
    np.testing.assert_allclose(in_noise.clip(-5, 20), flattened, atol=0.01)
    logs = [path.read_text() for path in (workflow.folder / "results/logs").rglob("*.log")]
    assert sum("no two cadences share background" in log for log in logs) == 1
    assert pq.read_table(workflow.folder / "results/folds.parquet").num_rows == len(TRAIN)


def test_another_raw_folder_than_that_of_config_yaml_gives_no_residuals_until_its_needles_are_spoken_of(
    workflow, raw
):
    data = {"root": "raw", "shards": 1}
    settings = workflow.overlay("settings.yaml", SETTINGS | {"data": data})
    done = workflow.run("--configfile", settings)
    assert done.returncode != 0
    assert "experiments.residual: channels: residual.on: a transmitter in the sky" in done.stdout
    assert "Allowed: the other stores; or data.needles_added_after_cutting: true" in done.stdout
    assert not (workflow.folder / "results").exists()


def test_a_residual_is_refused_where_its_store_is_asked_for_by_name(workflow, raw):
    plain = {"residual": {"channels": ["normalized.on"], "pretrained": False}}
    settings = {
        "data": {"root": "raw", "shards": 1},
        "experiments": SETTINGS["experiments"] | plain,
    }
    settings = workflow.overlay("settings.yaml", SETTINGS | settings)
    store = "results/stores/residual/train/0-of-1.arrow"
    done = workflow.run(store, "--configfile", settings)
    assert done.returncode != 0
    assert "the store residual: a transmitter in the sky is in every cadence" in done.stdout
    assert not (workflow.folder / "results").exists()


def test_a_cadence_under_two_ids_with_two_labels_is_reported_with_both(workflow, raw):
    first, second = (raw / COLLECTIONS["train"].cadence_path(one) for one in TRAIN[:2])
    second.write_bytes(first.read_bytes())
    target = "results/report/conflicts.tsv"
    workflow.run_well(target, "--configfile", workflow.overlay("settings.yaml", SETTINGS))
    with open(workflow.folder / target) as file:
        (conflict,) = csv.DictReader(file, delimiter="\t")
    both = {(conflict["id_a"], conflict["target_a"]), (conflict["id_b"], conflict["target_b"])}
    assert both == {(TRAIN[0], "0"), (TRAIN[1], "1")}


def test_where_all_cadences_are_the_same_no_folds_are_made_and_the_reason_is_told(workflow, raw):
    files = [raw / COLLECTIONS["train"].cadence_path(one) for one in TRAIN]
    for path in files[1:]:
        path.write_bytes(files[0].read_bytes())
    settings = workflow.overlay("settings.yaml", SETTINGS)
    done = workflow.run("results/folds.parquet", "--configfile", settings)
    assert done.returncode != 0
    assert "the cadences are of 1 overlap groups: too few for 2 folds" in done.stdout
    groups = pq.read_table(workflow.folder / "results/overlaps/groups.parquet").to_pylist()
    assert len({row["group"] for row in groups if row["collection"] == "train"}) == 1

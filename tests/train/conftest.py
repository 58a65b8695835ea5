"""Cadences in stores and tables, and command lines over them, for tests of training."""

import sys

import pyarrow as pa
import pytest

from abacad.tables.files import write_table

IDS = {
    "train": [f"train{i}" for i in range(9)],
    "test": [f"test{i}" for i in range(4)],
    "train_old": [f"old{i}" for i in range(6)],
    "test_old": [f"older{i}" for i in range(4)],
}
TARGETS = {collection: [i % 2 for i in range(len(ids))] for collection, ids in IDS.items()}


@pytest.fixture
def command(tmp_path, monkeypatch, make_store):
    """A function that runs a script in a folder with stores and tables, as by hand."""
    monkeypatch.chdir(tmp_path)
    for collection, ids in IDS.items():
        make_store("normalized", collection, ids, TARGETS[collection])
        columns = {"id": ids, "target": TARGETS[collection], "ok": [True] * len(ids)}
        write_table(f"{collection}.parquet", pa.table(columns))
    folds = {"id": IDS["train"], "target": TARGETS["train"], "fold": [0, 1, 2] * 3}
    write_table("folds.parquet", pa.table(folds))

    def command(script, text: str) -> None:
        monkeypatch.setattr(sys, "argv", [script.__name__, *text.split()])
        script.main()

    return command


def stores(*collections: str) -> str:
    return " ".join(f"normalized-{collection}-0.arrow" for collection in collections)


def outputs(run: str) -> str:
    return (
        f"--weights {run}/weights.safetensors --history {run}/history.tsv "
        f"--metrics {run}/metrics.json --state {run}/state"
    )

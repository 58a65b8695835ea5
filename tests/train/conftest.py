"""Small stores, settings and command lines for tests of training."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from abacad.files import write_table
from abacad.layout import CADENCE_SHAPE
from abacad.store import Shard, write_store

IDS = {
    "train": [f"train{i}" for i in range(9)],
    "test": [f"test{i}" for i in range(4)],
    "train_old": [f"old{i}" for i in range(6)],
    "test_old": [f"older{i}" for i in range(4)],
}
TARGETS = {collection: [i % 2 for i in range(len(ids))] for collection, ids in IDS.items()}


@pytest.fixture
def settings() -> dict:
    """Settings of a run that is over in a second."""
    return {
        "experiment": "tiny",
        "stage": "round0",
        "seed": 7,
        "backbone": "test_efficientnet",
        "pretrained": False,
        "channels": ["normalized.on", "normalized.off"],
        "standardize": None,
        "image_size": [64, 32],
        "stem_stride": None,
        "first_pooling": True,
        "activation": None,
        "attention": None,
        "front": None,
        "gradient_checkpointing": False,
        "pooling": "gem",
        "gem": {"exponent": 3.0, "learnt": True},
        "dropout_samples": 1,
        "drop_rate": 0.2,
        "drop_path_rate": 0.1,
        "epochs": 3,
        "batch_size": 4,
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "final_learning_rate": 1e-5,
        "warmup_epochs": 0,
        "head_only_epochs": 0,
        "weight_decay": 0.0,
        "gradient_clip": None,
        "ema": None,
        "loss": {
            "name": "bce",
            "label_smoothing": 0.0,
            "bce": {"positive_weight": 1.0},
            "focal": {"alpha": None, "gamma": 2.0},
            "auc_margin": {"margin": 1.0},
            "arcface": {"scale": 16.0, "margin": 0.3},
        },
        "dann": None,
        "shot": None,
        "negatives_per_positive": None,
        "mixup": {"alpha": 1.0, "weights": None, "label": "or", "stop_epoch": 2},
        "cutmix": None,
        "flip": {"frequency": 0.5, "time": 0.5},
        "spec_augment": {"probability": 0.5, "masks": 2, "time_width": 40, "frequency_width": 24},
        "roll": None,
        "shift_scale_rotate": {"probability": 0.5, "shift": 0.1, "scale": 0.1, "rotate": 0},
        "panel_permutation": None,
        "on_off_swap": None,
        "sharpen": None,
        "brightness_contrast": None,
        "noise": None,
        "cutout": None,
        "tta": 2,
        "amp": True,
        "gpus": 1,
        "old_positives": [],
        "injected_kinds": [],
        "leave_out_kind": None,
    }


@pytest.fixture
def make_store(tmp_path: Path) -> Callable[..., str]:
    """A function that writes one store of one collection and returns its path.

    Noise everywhere; where a target is 1, a bright vertical line in the ON panels.
    """

    def make(store: str, collection: str, ids: list[str], targets: list[int], seed: int = 0) -> str:
        random = np.random.default_rng(seed)

        def cadences():
            for target in targets:
                cadence = random.standard_normal(CADENCE_SHAPE)
                if target:
                    column = random.integers(20, 236)
                    cadence[[0, 2, 4], :, column - 2 : column + 3] += 8
                yield cadence

        path = tmp_path / f"{store}-{collection}-{seed}.arrow"
        write_store(path, Shard(store, collection, 0, 1), ids, cadences())
        return str(path)

    return make


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

"""A small run, and small stores, for tests of the library."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from abacad.cadences.layout import COMPETITION
from abacad.cadences.shard import Shard
from abacad.cadences.store import write_store


@pytest.fixture
def settings() -> dict:
    """Settings of a run that is over in a second, as resolve_run writes them."""
    return {
        "experiment": "tiny",
        "stage": "round0",
        "seed": 7,
        "backbone": "test_efficientnet",
        "pretrained": False,
        "channels": ["normalized.on", "normalized.off"],
        "view": "time_frequency",
        "panels": None,
        "drift": {"largest": 157, "step": 19.7, "image_size": None},
        "standardize": None,
        "image_size": [64, 32],
        "resize": "bilinear",
        "stem_stride": None,
        "first_pooling": True,
        "activation": None,
        "attention": None,
        "asinh": None,
        "front": None,
        "gradient_checkpointing": False,
        "pooling": "gem",
        "gem": {"exponent": 3.0, "learnt": True},
        "dropout_samples": 1,
        "drop_rate": 0.2,
        "drop_path_rate": 0.1,
        "epochs": 3,
        "validate_every": 1,
        "batch_size": 4,
        "accumulate": 1,
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
            "focal": {"alpha": 1.0, "gamma": 2.0},
            "auc_margin": {"margin": 1.0},
            "arcface": {"scale": 16.0, "margin": 0.3},
        },
        "dann": None,
        "shot": None,
        "negatives_per_positive": None,
        "mixup": {
            **{"alpha": 1.0, "weights": None, "label": "or", "rescale": True},
            "stop_epoch": 2,
        },
        "cutmix": None,
        "flip": {"frequency": 0.5, "time": 0.5, "of": "image"},
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
        "injected_on_the_fly": None,
        "inject": None,
        "shape": asdict(COMPETITION),
        "leave_out_kind": None,
    }


@pytest.fixture
def make_run(settings: dict) -> Callable:
    """A function that gives the run of `settings` with changes, as make_run(loss={"name": "focal"})."""
    from abacad.train.run_settings import run_of  # not at the top: most environments lack msgspec

    def merged(base: dict, changes: dict) -> dict:
        inner = {
            key: merged(base[key], each)
            for key, each in changes.items()
            if isinstance(each, dict) and isinstance(base.get(key), dict)
        }
        return base | changes | inner

    return lambda **changes: run_of(merged(settings, changes))


@pytest.fixture
def make_store(tmp_path: Path) -> Callable[..., str]:
    """A function that writes one store of one collection and returns its path.

    Noise everywhere; where a target is 1, a bright vertical line in the ON panels.
    """

    def make(store: str, collection: str, ids: list[str], targets: list[int], seed: int = 0) -> str:
        random = np.random.default_rng(seed)

        def cadences():
            for target in targets:
                cadence = random.standard_normal(COMPETITION.of_cadence)
                if target:
                    column = random.integers(20, 236)
                    cadence[[0, 2, 4], :, column - 2 : column + 3] += 8
                yield cadence

        path = tmp_path / f"{store}-{collection}-{seed}.arrow"
        write_store(path, Shard(store, collection, 0, 1), ids, cadences())
        return str(path)

    return make

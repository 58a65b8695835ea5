"""Runs laid out as the rules do, for tests of what reads them."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest


def resampled(auc: float, spread: float = 0.25) -> pa.Table:
    """Scores in three resamples: AUC, half of it as recall, a quarter of it as partial AUC."""
    aucs = auc + spread * np.array([-1, 0, 1])
    return pa.table({"auc": aucs, "recall": aucs / 2, "partial_auc": aucs / 4})


def resamples_of(scores: Path) -> Path:
    """Where score_oof.py puts the resamples beside the scores."""
    return scores.with_suffix(".resamples.parquet")


@pytest.fixture
def scores_of() -> Callable[[Path], Path]:
    """A function from the folder of a run to where score_oof.py puts its scores."""

    def path(folder: Path) -> Path:
        return folder.parents[2] / "scores" / folder.parent.name / f"{folder.name}.json"

    return path


@pytest.fixture
def make_run(tmp_path, scores_of) -> Callable[..., Path]:
    """Write one stage of an experiment, two folds and the scores of a round, and return its folder."""

    def write(settings: dict[str, Any], auc: float, finished: int = 0) -> Path:
        """`finished`: seconds since 1970, of the last fold."""
        experiment, stage = settings["experiment"], settings["stage"]
        folder = tmp_path / "results/runs" / experiment / stage
        for fold in (0, 1):
            (folder / f"fold{fold}").mkdir(parents=True, exist_ok=True)
            metrics = {"auc": auc + fold / 8, "training_rows": 10, "seconds": 90, "device": "cpu"}
            path = folder / f"fold{fold}/metrics.json"
            path.write_text(json.dumps(metrics | {"code": "0123456789abcdef"}))
            os.utime(path, (finished + fold - 1,) * 2)
            history = (
                f"epoch\timages_per_second\tpeak_memory_mb\n0\t100\t50\n1\t{200 + fold}\t7{fold}\n"
            )
            if settings.get("kind") != "search":  # which has no epochs
                (folder / f"fold{fold}/history.tsv").write_text(history)
        (folder / "settings.json").write_text(json.dumps(settings))
        if stage != "pretrain":
            scores = {"auc": auc, "auc_low": auc - 0.1, "auc_high": auc + 0.1, "recall": auc / 2}
            scores |= {"partial_auc": auc / 4}
            scores_of(folder).parent.mkdir(parents=True, exist_ok=True)
            scores_of(folder).write_text(json.dumps(scores))
            pq.write_table(resampled(auc), resamples_of(scores_of(folder)))
        return folder

    return write

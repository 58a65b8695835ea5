"""From the folders of runs to a row each: what was different, what came out, what it cost."""

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from abacad.report.differences import DIFFERENCES, differences_from_best
from abacad.tables.files import read_json, read_table
from abacad.tables.nested import dotted

RESULTS = (
    *("auc", "auc_low", "auc_high", "recall", "partial_auc", "epochs", "training_rows"),
    *("minutes", "images_per_second", "peak_memory_mb", "device", "code"),
)
COLUMNS = (
    *("experiment", "stage", "current", "changed", "note", "public_score"),
    *(*RESULTS, *DIFFERENCES, "settings", "finished"),
)
NAMES = ("experiment", "stage")  # settings that only name a run


@dataclass(frozen=True)
class RunFolder:
    """One stage of one experiment: its settings, and of each fold the metrics and the history's rows.

    A search, which is not trained, has no histories. `scores` are empty for pretraining, and `resampled`,
    they in each resample, is None. `finished`: when the last fold was, in UTC.
    """

    settings: dict[str, Any]
    scores: dict[str, Any]
    resampled: pa.Table | None
    metrics: list[dict[str, Any]]
    histories: list[list[dict[str, str]]]
    finished: str


def read_run_folder(
    folder: Path, scores: Path | None = None, resamples: Path | None = None
) -> RunFolder:
    """Read results/runs/<experiment>/<stage> and, but for pretraining, what score_oof.py wrote of it.

    ValueError: there is no fold in it.
    """
    folds = sorted(folder.glob("fold*"), key=lambda path: int(path.name.removeprefix("fold")))
    if not folds:
        raise ValueError(f"{folder}: not the folder of a run: there is no fold in it")
    settings, histories = read_json(folder / "settings.json"), []
    for fold in folds if settings.get("kind") != "search" else []:
        with open(fold / "history.tsv", newline="") as file:
            histories.append([*csv.DictReader(file, delimiter="\t")])
    metrics = [fold / "metrics.json" for fold in folds]
    finished = datetime.fromtimestamp(max(path.stat().st_mtime for path in metrics), UTC)
    return RunFolder(
        settings,
        read_json(scores) if scores else {},
        read_table(resamples) if resamples else None,
        [read_json(path) for path in metrics],
        histories,
        finished.strftime("%Y-%m-%d %H:%M:%S"),
    )


def run_row(run: RunFolder) -> dict[str, Any]:
    """Of a run's row, with the keys of `COLUMNS`, all that its folder tells; `settings` is a digest.

    AUC, recall and partial AUC are out of fold; the AUC of pretraining is the mean over folds. Minutes
    are summed over folds; images per second are the mean over epochs and folds, peak memory the
    largest; devices and code (a digest of the modules and of PyTorch and timm) of all folds. A search has
    no epochs, and no code of a training.
    """
    aucs = [metric["auc"] for metric in run.metrics]  # null where a fold is of one class
    scores = run.scores or ({} if None in aucs else {"auc": np.mean(aucs)})
    return {
        **{name: run.settings[name] for name in NAMES},
        "settings": settings_digest(run.settings),
        "finished": run.finished,
        **{name: f"{scores[name]:.6f}" for name in RESULTS if name in scores},
        "training_rows": sum(metric["training_rows"] for metric in run.metrics),
        "minutes": f"{sum(metric['seconds'] for metric in run.metrics) / 60:.1f}",
        "device": _each(metric["device"] for metric in run.metrics),
        **_of_epochs(run),
    }


def _of_epochs(run: RunFolder) -> dict[str, Any]:
    """What a row tells of a training alone."""
    if not run.histories:
        return {}
    epochs = [row for history in run.histories for row in history]
    return {
        "epochs": len(run.histories[0]),
        "images_per_second": f"{np.mean([float(row['images_per_second']) for row in epochs]):.0f}",
        "peak_memory_mb": f"{max(float(row['peak_memory_mb']) for row in epochs):.0f}",
        "code": _each(metric["code"][:12] for metric in run.metrics),
    }


def run_differences(runs: Sequence[RunFolder]) -> list[dict[str, str]]:
    """`DIFFERENCES` of each run from the best of them, with six digits; nothing of pretraining."""
    scored = {place: run for place, run in enumerate(runs) if run.resampled is not None}
    if not scored:
        return [{} for _ in runs]
    found = differences_from_best(
        {place: run.scores for place, run in scored.items()},
        {place: run.resampled for place, run in scored.items()},
    )
    return [
        {name: f"{value:.6f}" for name, value in found.get(place, {}).items()}
        for place in range(len(runs))
    ]


def settings_digest(settings: Mapping[str, Any]) -> str:
    """Twelve hexadecimal digits that depend on all settings of a run but its names."""
    own = {key: value for key, value in settings.items() if key not in NAMES}
    return hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()[:12]


def stage_number(stage: str) -> int:
    """The place of a stage among an experiment's: pretraining comes before round 0."""
    return -1 if stage == "pretrain" else int(stage.removeprefix("round"))


def changed(settings: Mapping[str, Any], base: Mapping[str, Any]) -> str:
    """The settings that differ from `base`, by their dotted keys; None where a run has none such."""
    return " ".join(f"{key}={value}" for key, value, _ in differences(settings, base))


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Settings that differ, but names: (key.key, value of one, value of other), None where it has none."""
    here, there = dotted(one), dotted(other)
    return [
        (key, here.get(key), there.get(key))
        for key in sorted({*here, *there})
        if here.get(key) != there.get(key) and key not in NAMES
    ]


def comparison(one: RunFolder, other: RunFolder, names: Sequence[str]) -> str:
    """Two runs side by side: settings that differ, then scores and costs; lines of three columns."""
    lines = [["", *names]]
    lines += [[key, str(a), str(b)] for key, a, b in differences(one.settings, other.settings)]
    runs = (one, other)
    rows = [run_row(run) | own for run, own in zip(runs, run_differences(runs), strict=True)]
    lines += [
        [name, *(str(row.get(name, "")) for row in rows)] for name in (*RESULTS, *DIFFERENCES)
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in lines
    )


def _each(values) -> str:
    """The different ones of some texts."""
    return ", ".join(sorted({*values}))

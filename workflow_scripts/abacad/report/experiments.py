"""From the folders of runs to a row each: what was different, what came out, what it cost."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from abacad.tables.files import read_json

COLUMNS = (
    *("experiment", "round", "changed", "auc", "auc_low", "auc_high", "epochs", "training_rows"),
    *("minutes", "images_per_second", "peak_memory_mb", "device", "code"),
)
NAMES = ("experiment", "stage")  # settings that only name a run


@dataclass(frozen=True)
class RunFolder:
    """One round of one experiment: its settings, and of each fold the metrics and the history's rows."""

    settings: dict[str, Any]
    scores: dict[str, Any]
    metrics: list[dict[str, Any]]
    histories: list[list[dict[str, str]]]


def read_run(folder: Path, scores: Path) -> RunFolder:
    """Read results/runs/<experiment>/round<r> and its scores of score_oof.py.

    ValueError: there is no fold in it.
    """
    folds = sorted(folder.glob("fold*"), key=lambda path: int(path.name.removeprefix("fold")))
    if not folds:
        raise ValueError(f"{folder}: not the folder of a run: there is no fold in it")
    histories = []
    for fold in folds:
        with open(fold / "history.tsv", newline="") as file:
            histories.append([*csv.DictReader(file, delimiter="\t")])
    return RunFolder(
        read_json(folder / "settings.json"),
        read_json(scores),
        [read_json(fold / "metrics.json") for fold in folds],
        histories,
    )


def run_row(run: RunFolder, base: Mapping[str, Any]) -> dict[str, Any]:
    """A run's row with the keys of `COLUMNS`; `changed` are its settings that differ from `base`.

    Minutes are summed over folds; images per second are the mean over epochs and folds, peak memory
    the largest; devices and code (a digest of the modules and of PyTorch and timm) of all folds.
    """
    epochs = [row for history in run.histories for row in history]
    return {
        "experiment": run.settings["experiment"],
        "round": run.settings["stage"].removeprefix("round"),
        "changed": " ".join(f"{key}={value}" for key, value, _ in differences(run.settings, base)),
        **{name: f"{run.scores[name]:.6f}" for name in ("auc", "auc_low", "auc_high")},
        "epochs": len(run.histories[0]),
        "training_rows": sum(metric["training_rows"] for metric in run.metrics),
        "minutes": f"{sum(metric['seconds'] for metric in run.metrics) / 60:.1f}",
        "images_per_second": f"{np.mean([float(row['images_per_second']) for row in epochs]):.0f}",
        "peak_memory_mb": f"{max(float(row['peak_memory_mb']) for row in epochs):.0f}",
        "device": _each(metric["device"] for metric in run.metrics),
        "code": _each(metric["code"][:12] for metric in run.metrics),
    }


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Settings that differ, but names: (key.key, value of one, value of other), None where it has none."""
    here, there = flat(one), flat(other)
    return [
        (key, here.get(key), there.get(key))
        for key in sorted({*here, *there})
        if here.get(key) != there.get(key) and key not in NAMES
    ]


def flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Settings of every depth by their dotted keys."""
    values: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            values |= flat(value, f"{prefix}{key}.")
        else:
            values[f"{prefix}{key}"] = value
    return values


def comparison(one: RunFolder, other: RunFolder, names: Sequence[str]) -> str:
    """Two runs side by side: settings that differ, then scores and costs; lines of three columns."""
    lines = [["", *names]]
    lines += [[key, str(a), str(b)] for key, a, b in differences(one.settings, other.settings)]
    rows = [run_row(run, run.settings) for run in (one, other)]
    lines += [[name, *(str(row[name]) for row in rows)] for name in COLUMNS[3:]]
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in lines
    )


def _each(values) -> str:
    """The different ones of some texts."""
    return ", ".join(sorted({*values}))

"""From cadences and training histories to pictures (PNG)."""

import csv
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from abacad.cadences.layout import (
    FREQUENCY_BIN,
    FREQUENCY_BINS,
    ON_PANELS,
    PANEL_SECONDS,
    PANELS,
)
from abacad.tables.files import whole_file

POINTINGS = "ABACAD"
SHADES = (1, 99.7)  # percentiles of a view that are drawn darkest and brightest

Rounds = Sequence[Sequence[str | Path]]  # histories of an experiment: [round][fold]


def plot_cadence(path: str | Path, cadence_id: str, views: Mapping[str, np.ndarray]) -> None:
    """Draw one cadence, a column a view, a row a panel.

    `views` holds (panel=6, time=273, frequency=256) arrays by name. Frequency runs to the right
    in kHz, time downwards in s, both from the panel's corner. Each view has its own scale of
    brightness, shared by its panels.
    """
    figure = Figure(figsize=(1 + 3.2 * len(views), 9), layout="constrained")
    axes = figure.subplots(PANELS, len(views), squeeze=False, sharex=True, sharey=True)
    extent = (0, FREQUENCY_BINS * FREQUENCY_BIN / 1000, PANEL_SECONDS, 0)
    for column, (name, panels) in enumerate(views.items()):
        panels = np.asarray(panels, np.float32)
        low, high = np.percentile(panels, SHADES)
        for panel, axis in enumerate(axes[:, column]):
            axis.imshow(panels[panel], extent=extent, aspect="auto", vmin=low, vmax=high)
        axes[0, column].set_title(name)
        axes[-1, column].set_xlabel("frequency (kHz)")
    for panel, axis in enumerate(axes[:, 0]):
        side = "ON" if panel in ON_PANELS else "OFF"
        axis.set_ylabel(f"{POINTINGS[panel]} ({side})\ntime (s)")
    figure.suptitle(f"Cadence {cadence_id}")
    save(figure, path)


def plot_histories(path: str | Path, histories: Mapping[str, Rounds]) -> None:
    """Draw the out-of-fold AUC after each validated epoch, a line a fold, a panel an experiment.

    `histories` holds the files (TSV with the columns epoch, from 0, and auc) by experiment, round
    and fold. Rounds follow one another; a dotted line parts them. Without any experiment that is trained,
    the picture says so. KeyError names a file without these columns.
    """
    figure = Figure(figsize=(1 + 3.5 * max(1, len(histories)), 3.5), layout="constrained")
    if not histories:
        figure.text(0.5, 0.5, "no experiment is trained", ha="center", va="center")
        save(figure, path)
        return
    axes = figure.subplots(1, len(histories), squeeze=False, sharey=True)[0]
    for axis, (experiment, rounds) in zip(axes, histories.items(), strict=True):
        start = 1
        for index, files in enumerate(rounds):
            lines = [read_history(file) for file in files]  # [fold][epoch]
            for fold, aucs in enumerate(lines):
                validated = [epoch for epoch, auc in enumerate(aucs) if auc is not None]
                epochs = [start + epoch for epoch in validated]
                label = f"fold {fold}" if index == 0 else None
                drawn = [aucs[epoch] for epoch in validated]
                axis.plot(epochs, drawn, color=f"C{fold}", marker=".", label=label)
            start += max(map(len, lines))
            if index + 1 < len(rounds):
                axis.axvline(start - 0.5, color="grey", linestyle=":")
        axis.set_title(experiment)
        axis.set_xlabel("epoch")
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("out-of-fold AUC")
    axes[0].legend()
    save(figure, path)


def plot_group_sizes(path: str | Path, counts: Mapping[int, int]) -> None:
    """Draw how many overlap groups there are (`counts`, by size) of each size in cadences."""
    figure = Figure(figsize=(6, 3.5), layout="constrained")
    axis = figure.subplots()
    axis.bar(list(counts), list(counts.values()))
    axis.set_xlabel("cadences in a group of overlapping backgrounds, all collections")
    axis.set_ylabel("groups")
    axis.set_yscale("log")
    axis.grid(axis="y", alpha=0.3)
    save(figure, path)


def plot_ablations(path: str | Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Draw the change of each score by each switch, a line a switch, with its spread over seeds.

    `rows` as of `ablations.ablation_rows`: the first is the base, which the others are compared with.
    """
    base, *switches = rows
    titles = {
        "auc": "AUC\nout of fold",
        "recall": "recall\nout of fold",
        "partial_auc": "partial AUC\nout of fold",
        "test_auc": "AUC\ntest",
        "test_recall": "recall\ntest",
        "test_partial_auc": "partial AUC\ntest",
        "test_auc_known": "AUC\ntest, known kinds",
        "test_auc_unseen": "AUC\ntest, unseen kinds",
    }
    scores = [score for score in titles if f"{score}_change" in base]
    figure = Figure(
        figsize=(3 + 1.8 * len(scores), 1.5 + 0.25 * len(switches)), layout="constrained"
    )
    axes = figure.subplots(1, len(scores), squeeze=False, sharey=True)[0]
    places = np.arange(len(switches))[::-1]
    for axis, score in zip(axes, scores, strict=True):
        changes = [float(row[f"{score}_change"]) for row in switches]
        spreads = [float(row[f"{score}_spread"] or 0) for row in switches]
        axis.errorbar(changes, places, xerr=spreads, fmt="o", markersize=4, capsize=2)
        axis.axvline(0, color="grey", linewidth=1)
        axis.set_title(f"{titles[score]}\nbase {float(base[f'{score}_change']):.3f}", fontsize=9)
        axis.set_xlabel("change")
        axis.grid(axis="y", alpha=0.3)
    axes[0].set_yticks(places, [row["switch"] for row in switches])
    save(figure, path)


def read_history(path: str | Path) -> list[float | None]:
    """The out-of-fold AUC after each epoch, None without one; KeyError names a file without the columns."""
    with open(path, newline="") as file:
        reader = csv.DictReader(file, delimiter="\t")
        if not {"epoch", "auc"} <= set(reader.fieldnames or ()):
            raise KeyError(f"{path}: no columns 'epoch' and 'auc'; it has {reader.fieldnames}")
        return [float(row["auc"]) if row["auc"] else None for row in reader]


def save(figure: Figure, path: str | Path, dpi: int = 90) -> None:
    """Write a PNG with a palette: noise hardly compresses, and so takes a quarter of the bytes."""
    drawn = BytesIO()
    figure.savefig(drawn, format="png", dpi=dpi)
    with whole_file(path) as temporary:
        picture = Image.open(drawn).convert("RGB").quantize(method=Image.Quantize.FASTOCTREE)
        picture.save(temporary, "PNG", optimize=True)

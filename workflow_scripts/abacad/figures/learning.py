"""Histories of trainings in, the picture of their losses and AUCs by epoch out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abacad.figures.style import COLOURS, DASHES, MARKERS, new_figure, shared_legend
from abacad.tables.files import read_tsv

COLUMNS = 3  # experiments side by side
COLUMNS_READ = ("loss", "validation_loss", "auc")
TITLES = {"pretrain": "pre-\ntraining"}  # of stages; others are rounds

Stage = tuple[str, Sequence["History"]]  # its name, and the history of each fold


@dataclass(frozen=True)
class History:
    """One training, a value an epoch; not a number where it was not validated."""

    loss: np.ndarray
    validation_loss: np.ndarray
    auc: np.ndarray


def read_history(path: str | Path) -> History:
    """A history.tsv. KeyError names the file where it is none."""
    rows = read_tsv(path, COLUMNS_READ)
    columns = (np.array([float(row[name] or "nan") for row in rows]) for name in COLUMNS_READ)
    return History(*columns)


def draw_learning_curves(histories: Mapping[str, Sequence[Stage]]) -> Figure:
    """Loss of training and of validation above, out-of-fold AUC below, by epoch, a column an experiment.

    `histories` holds the stages of each experiment, one at least, in their order: pretrain, round0, round1,
    ... They follow one another; dotted lines part them. The colour is the fold's.
    """
    rows = -(-len(histories) // COLUMNS)
    figure = new_figure(0.6 + 4.4 * rows)
    axes = figure.subplots(2 * rows, min(COLUMNS, len(histories)), squeeze=False, sharey="row")
    for number, (experiment, stages) in enumerate(histories.items()):
        row, column = divmod(number, COLUMNS)
        losses, aucs = axes[2 * row, column], axes[2 * row + 1, column]
        losses.set_title(experiment, pad=20)
        _draw_stages(losses, aucs, stages)
    for unused in range(len(histories), rows * axes.shape[1]):
        row, column = divmod(unused, COLUMNS)
        axes[2 * row, column].set_axis_off()
        axes[2 * row + 1, column].set_axis_off()
    for axis in axes[::2, 0]:
        axis.set_ylabel("loss")
    for axis in axes[1::2, 0]:
        axis.set_ylabel("out-of-fold AUC")
    shared_legend(figure, axes, 4)
    return figure


def _draw_stages(losses: Axes, aucs: Axes, stages: Sequence[Stage]) -> None:
    """One experiment's stages, one after the other."""
    start = 1
    for name, folds in stages:
        length = max(len(history.loss) for history in folds)
        for fold, history in enumerate(folds):
            look = {"color": COLOURS[fold % len(COLOURS)], "markersize": 3}
            epochs = np.arange(start, start + len(history.loss))
            losses.plot(
                epochs, history.loss, marker="+", label=f"training loss, fold {fold}", **look
            )
            for axis, values, dash, label in (
                (losses, history.validation_loss, DASHES[1], f"validation loss, fold {fold}"),
                (aucs, history.auc, "-", f"AUC, fold {fold}"),
            ):
                told = np.isfinite(values)
                marker = MARKERS[fold % len(MARKERS)]
                if told.any():
                    shown = {"linestyle": dash, "marker": marker, "label": label, **look}
                    axis.plot(epochs[told], values[told], **shown)
        for axis in (losses, aucs):
            if start > 1:
                axis.axvline(start - 0.5, color="grey", linestyle=":", linewidth=1)
        title = TITLES.get(name, name.replace("round", "round "))
        middle = start + (length - 1) / 2
        place = losses.get_xaxis_transform()
        losses.text(middle, 1.02, title, transform=place, ha="center", va="bottom", fontsize=8)
        start += length
    for axis in (losses, aucs):
        axis.set_xlim(0.5, start - 0.5)
        axis.xaxis.get_major_locator().set_params(integer=True)
    aucs.set_xlabel("epoch")

"""Targets and scores in, ROC and precision-recall curves out: of the ensemble's folds, and of each model."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve, roc_auc_score, roc_curve

from abacad.figures.style import DASHES, GREY, look, new_figure

ALLOWED = 0.01  # false positives that recall is told at


@dataclass(frozen=True)
class Scores:
    """Rows with their targets, (row,), 0 or 1, and what a model says of them, (row,), higher for needles."""

    target: np.ndarray
    score: np.ndarray


def draw_curves(folds: Mapping[str, Scores], models: Mapping[str, Scores]) -> Figure:
    """ROC curve, the same with its corner of few false positives spread out, and precision by recall.

    Above those of each fold of the ensemble, the last one being all of them; below those of each model. The
    dotted lines are chance, or the rate of false positives that recall is told at.
    """
    figure = new_figure(8.6)
    parts = figure.subfigures(2, 1)
    titles = ("the ensemble, out of fold", "each model in its last round, out of fold, all folds")
    for part, title, curves in zip(parts, titles, (folds, models), strict=True):
        part.suptitle(title, fontweight="bold")
        axes = part.subplots(1, 3)
        for number, (name, scores) in enumerate(curves.items()):
            style = look(number) | {"marker": "", "linestyle": DASHES[number % len(DASHES)]}
            if curves is folds and number == len(curves) - 1:  # all of them
                style |= {"color": "black", "linestyle": "-", "linewidth": 2}
            label = f"{name} (AUC {roc_auc_score(*_pair(scores)):.3f})"
            _draw_curve(axes, label, scores, style)
        target = next(iter(curves.values())).target
        _finish(axes, float(np.mean(target)), len(target))
        handles, labels = axes[0].get_legend_handles_labels()
        part.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _pair(scores: Scores) -> tuple[np.ndarray, np.ndarray]:
    return scores.target, scores.score


def _draw_curve(axes: np.ndarray, label: str, scores: Scores, style: dict) -> None:
    false, true, _ = roc_curve(*_pair(scores))
    precision, recall, _ = precision_recall_curve(*_pair(scores))
    axes[0].plot(false, true, label=label, **style)
    axes[1].step(false, true, where="post", **style)
    axes[2].plot(recall, precision, **style)


def _finish(axes: np.ndarray, share: float, rows: int) -> None:
    """Limits, labels and the lines of chance; `share`: of needles among the rows."""
    roc, corner, precision = axes
    least = 1 / max(1, round(rows * (1 - share)))  # one false positive
    roc.plot([0, 1], [0, 1], color=GREY, linestyle=":")
    rates = np.geomspace(least, 1, 50)
    corner.plot(rates, rates, color=GREY, linestyle=":")
    corner.axvline(ALLOWED, color=GREY, linestyle=":")
    corner.set_xscale("log")
    corner.set_xlim(least / 1.5, 1)
    precision.axhline(share, color=GREY, linestyle=":")
    titles = ("ROC", "ROC, few false positives", "precision and recall")
    for axis, title in zip(axes, titles, strict=True):
        axis.set_ylim(-0.02, 1.02)
        axis.set_title(title, fontweight="normal")
    for axis in (roc, corner):
        axis.set_xlabel("false positive rate")
    roc.set_ylabel("recall (true positive rate)")
    precision.set_xlabel("recall")
    precision.set_ylabel(f"precision ({100 * share:.0f} % are needles)")
    precision.set_xlim(-0.02, 1.02)

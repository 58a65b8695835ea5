"""What the ensemble says and the targets in, the spread of its probabilities and their calibration out."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abacad.figures.curves import Scores
from abacad.figures.style import COLOURS, DASHES, GREY, MARKERS, new_figure, say
from abacad.score.shares import wilson_interval

BINS = np.linspace(0, 1, 26)
ROWS_A_POINT = 10  # at the least, in the figure of calibration
POINTS = 12


def draw_distributions(sides: Mapping[str, Scores]) -> Figure:
    """How many cadences of each class have which probability, on a logarithmic scale; a panel a side.

    `sides`: mean probabilities by name; where nobody knows the targets, they are not a number.
    """
    figure = new_figure(3.4)
    axes = figure.subplots(1, len(sides), squeeze=False, sharex=True, sharey=True)[0]
    for axis, (name, scores) in zip(axes, sides.items(), strict=True):
        classes = {"needle": scores.target == 1, "no needle": scores.target == 0}
        classes["label not known"] = np.isnan(scores.target)
        for number, (label, rows) in enumerate(classes.items()):
            if rows.any():
                axis.hist(
                    scores.score[rows],
                    BINS,
                    histtype="step",
                    color=(COLOURS[1], COLOURS[0], COLOURS[2])[number],
                    linestyle=DASHES[number],
                    linewidth=1.6,
                    label=f"{label} (n = {rows.sum():,})",
                )
        axis.set_yscale("log")
        axis.set_title(name)
        axis.set_xlabel("probability of a needle, mean of the members")
        axis.legend(loc="upper center")
    low, high = axes[0].get_ylim()
    axes[0].set_ylim(0.7, high * 6)
    axes[0].set_ylabel("cadences in a bin of 0.04")
    return figure


def draw_calibration(sides: Mapping[str, Scores]) -> Figure:
    """The share of needles among cadences of equal probability, with 95 % intervals (Wilson).

    As `draw_distributions`; a side whose targets nobody knows says so. In the legend, the Brier score: the
    mean squared distance of the probability from the target.
    """
    figure = new_figure(3.9)
    axes = figure.subplots(1, len(sides), squeeze=False, sharex=True, sharey=True)[0]
    for number, (axis, (name, scores)) in enumerate(zip(axes, sides.items(), strict=True)):
        axis.set_title(name)
        if np.isnan(scores.target).any():
            say(axis, "nobody knows the labels")
            continue
        _draw_reliability(axis, scores, number)
    axes[0].set_ylabel("share that is a needle")
    return figure


def _draw_reliability(axis: Axes, scores: Scores, number: int) -> None:
    order = np.argsort(scores.score, kind="stable")
    points = max(1, min(POINTS, len(order) // ROWS_A_POINT))
    parts = np.array_split(order, points)
    said = [scores.score[part].mean() for part in parts]
    needles = np.array([scores.target[part].sum() for part in parts])
    counts = np.array([len(part) for part in parts])
    share = needles / counts
    low, high = wilson_interval(needles, counts)
    brier = np.mean((scores.score - scores.target) ** 2)
    axis.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="as it says")
    axis.errorbar(
        said,
        share,
        yerr=np.maximum(0, [share - low, high - share]),
        color=COLOURS[number],
        marker=MARKERS[number],
        linestyle=DASHES[number],
        capsize=2,
        elinewidth=0.8,
        label=f"{points} bins of as many cadences\nBrier score {brier:.3f}",
    )
    axis.set_xlabel("probability of a needle, mean of the members")
    axis.set_xlim(-0.03, 1.03)
    axis.set_ylim(-0.03, 1.03)
    axis.legend(loc="upper left")

"""Pseudo-labels of each round, and the truth where it is known, in; what they added, and how right, out."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abacad.figures.curves import Scores
from abacad.figures.style import COLOURS, DASHES, GREY, MARKERS, new_figure, say
from abacad.score.shares import wilson_interval

BINS = np.linspace(0, 1, 11)
CLASSES = (
    ("needle", COLOURS[1], "///"),
    ("no needle", COLOURS[0], ""),
    ("label not known", "0.7", ""),
)


def draw_pseudo_labels(rounds: Mapping[int, Scores]) -> Figure:
    """A row a round: how many test cadences got which label, and what share of them are needles.

    `rounds`: labels, 0 to 1, and targets, not a number where nobody knows them, by the number of the round;
    a cadence counts once for each fold that was taught it. Where targets are known, the truth tells
    which cadences are needles, and the error of labels that are rounded to 0 and 1 is told.
    """
    figure = new_figure(0.4 + 2.9 * len(rounds))
    axes = figure.subplots(len(rounds), 2, squeeze=False, width_ratios=(3, 2))
    for (counts, shares), (number, taught) in zip(axes, rounds.items(), strict=True):
        _draw_counts(counts, taught)
        counts.set_title(f"round {number}: {len(taught.score):,} labels of all folds together")
        if np.isnan(taught.target).any():
            say(shares, "nobody knows which are right")
        else:
            _draw_shares(shares, taught)
    return figure


def _draw_counts(axis: Axes, taught: Scores) -> None:
    below = np.zeros(len(BINS) - 1)
    chosen = (taught.target == 1, taught.target == 0, np.isnan(taught.target))
    for rows, (label, colour, hatch) in zip(chosen, CLASSES, strict=True):
        if rows.any():
            counts, _ = np.histogram(taught.score[rows], BINS)
            axis.bar(
                BINS[:-1],
                counts,
                0.1,
                below,
                align="edge",
                color=colour,
                edgecolor="white",
                hatch=hatch,
                label=f"{label} ({rows.sum():,})",
            )
            below += counts
    axis.set_xlabel("pseudo-label")
    axis.set_ylabel("labels")
    axis.legend(loc="upper center")
    axis.set_xlim(0, 1)


def _draw_shares(axis: Axes, taught: Scores) -> None:
    place = np.clip(np.digitize(taught.score, BINS) - 1, 0, len(BINS) - 2)
    counts = np.bincount(place, minlength=len(BINS) - 1)
    needles = np.bincount(place, taught.target, len(BINS) - 1)
    filled = counts > 0
    share = needles[filled] / counts[filled]
    low, high = wilson_interval(needles[filled], counts[filled])
    wrong = np.mean((taught.score >= 0.5) != (taught.target == 1))
    axis.plot([0, 1], [0, 1], color=GREY, linestyle=":")
    axis.errorbar(
        (BINS[:-1] + BINS[1:])[filled] / 2,
        share,
        yerr=np.maximum(0, [share - low, high - share]),
        color=COLOURS[2],
        marker=MARKERS[2],
        linestyle=DASHES[0],
        capsize=2,
        elinewidth=0.8,
    )
    axis.set_title(f"{100 * wrong:.1f} % on the wrong side of 0.5", fontweight="normal")
    axis.set_xlabel("pseudo-label")
    axis.set_ylabel("share that is a needle")
    axis.set_xlim(0, 1)
    axis.set_ylim(-0.03, 1.03)

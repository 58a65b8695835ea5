"""Scores of adversarial validation in, the picture of how far train and test lie apart in each store out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from abacad.figures.style import COLOURS, GREY, new_figure
from abacad.tables.files import read_tsv


def read_shifts(path: str | Path) -> list[dict[str, Any]]:
    """The rows of domain_shift.tsv; auc, auc_low and auc_high are None where they are not known."""
    names = ("auc", "auc_low", "auc_high")
    rows = read_tsv(path, ["store", *names, "why"])
    return [row | {name: float(row[name]) if row[name] else None for name in names} for row in rows]


def draw_domain_shift(shifts: Sequence[Mapping[str, Any]]) -> Figure:
    """The AUC of "train or test?" of each store, with its 95 % interval, the largest shift first.

    `shifts` as of `read_shifts`: store, auc, auc_low, auc_high; where auc is None, why.
    """
    known = sorted((one for one in shifts if one["auc"] is not None), key=lambda one: -one["auc"])
    unknown = [one for one in shifts if one["auc"] is None]
    figure = new_figure(1.2 + 0.32 * len(shifts))
    axis = figure.subplots()
    for place, one in enumerate(known):
        axis.errorbar(
            one["auc"],
            place,
            xerr=[[one["auc"] - one["auc_low"]], [one["auc_high"] - one["auc"]]],
            color=COLOURS[0],
            marker="o",
            capsize=3,
            elinewidth=1,
        )
    for place, one in enumerate(unknown, len(known)):
        axis.text(0.51, place, f"not known: {one['why']}", va="center", fontsize=8)
    axis.axvline(0.5, color=GREY, linestyle=":")
    axis.text(0.5, -0.62, " no difference to be seen", color=GREY, va="center", fontsize=8)
    axis.set_yticks(range(len(shifts)), [one["store"] for one in (*known, *unknown)])
    axis.set_ylim(len(shifts) - 0.4, -0.9)
    least = min([0.5, *(one["auc_low"] for one in known)])
    axis.set_xlim(least - 0.02, 1.01)
    axis.set_xlabel('AUC of "is this cadence of train or of test?", 95 % interval')
    return figure

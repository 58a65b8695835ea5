"""The recovery table in, its picture out: recall by SNR and by drift, of each kind of needle."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abacad.cadences.layout import COMPLETENESS, OBSERVED
from abacad.figures.style import GREY, look, new_figure, shared_legend

BESIDE = {  # columns that are drawn beside recall, if there: colour, line, marker, its size, name
    "search_bound": ("black", "-.", "s", 5, "bound: ideal search"),
    "bound": ("black", ":", "x", 4, "bound: matched filter that knows the path"),
    "already": (GREY, "--", "v", 4, "the same snippets without a needle"),
}
SIDES = {
    "train": "out of fold",
    "test": "test",
    COMPLETENESS: "injected, out of fold",
    OBSERVED: "injected into the observation",
}
TEXTS = ("model", "left_out", "rows", "folds", "kind")  # columns; all others are numbers

Row = Mapping[str, Any]


def parsed(rows: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """The rows of a table of report_recovery.py, or of its like, as text and numbers; empty is None."""
    return [
        {
            key: (text if key in TEXTS else float(text)) if text else None
            for key, text in row.items()
        }
        for row in rows
    ]


def draw_recovery(rows: Sequence[Row]) -> Figure:
    """Recall with its intervals, by SNR at the left and by drift at the right, a row a kind, a line a model.

    The bounds are black, and what passes without a needle is grey: means over the needles of a bin. `rows` as
    of `parsed`. Of each kind those rows are drawn that come first: out of fold where there are any, of test
    otherwise. Open marks: by a model that never saw a label of the kind. Below each bin stands how many
    needles it has.
    """
    models = list(dict.fromkeys(row["model"] for row in rows))
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    rate = rows[0].get("false_positive_rate")
    per_cent = 1 if rate is None else 100 * rate  # other tables are at 1 %
    figure = new_figure(1.1 + 2.1 * len(kinds))
    axes = figure.subplots(len(kinds), 2, squeeze=False, sharey=True)
    for line, kind in zip(axes, kinds, strict=True):
        own = [row for row in rows if row["kind"] == kind and row["left_out"] in (None, kind)]
        side = own[0]["rows"], own[0]["folds"]
        shown = [row for row in own if (row["rows"], row["folds"]) == side]
        line[0].set_title(f"{kind or 'all kinds'} ({SIDES[side[0]]})", loc="left")
        for axis, (binned, any_of) in zip(line, (("snr", "drift"), ("drift", "snr")), strict=True):
            of_axis = [row for row in shown if row[f"{any_of}_low"] is None]
            of_bins = [row for row in of_axis if row[f"{binned}_low"] is not None]
            _draw(axis, of_bins, binned, models)
        line[0].set_ylabel(f"recall at {per_cent:g} % FP")
    axes[0, 0].set_ylim(-0.04, 1.04)
    axes[-1, 0].set_xlabel("signal-to-noise ratio (n: needles)")
    axes[-1, 1].set_xlabel("drift in bins a panel, and in Hz/s (n: needles)")
    shared_legend(figure, axes, 2)
    return figure


def _draw(axis: Axes, rows: Sequence[Row], binned: str, models: Sequence[str]) -> None:
    """The lines of one kind over the bins of one quantity; `rows` are of these bins alone."""
    lows = sorted({row[f"{binned}_low"] for row in rows})
    lines = list(dict.fromkeys((row["model"], row["left_out"]) for row in rows))
    for number, (model, left_out) in enumerate(lines):
        own = {
            r[f"{binned}_low"]: r for r in rows if (r["model"], r["left_out"]) == (model, left_out)
        }
        recall, low, high = (
            np.array([own[one][key] for one in lows])
            for key in ("recall", "recall_low", "recall_high")
        )
        own_look = look(models.index(model))
        dotted = {"linestyle": (0, (1, 1)), "markerfacecolor": "white"} if left_out else {}
        axis.errorbar(
            np.arange(len(lows)) + 0.5 * ((number + 0.5) / len(lines) - 0.5),
            recall,
            yerr=np.maximum(0, [recall - low, high - recall]),
            linewidth=1,
            elinewidth=0.7,
            markersize=4,
            label=f"{model}, without a label of it" if left_out else model,
            **own_look | dotted,
        )
    first = {row[f"{binned}_low"]: row for row in reversed(rows)}
    for column, (color, linestyle, marker, size, label) in BESIDE.items():
        if column not in rows[0]:
            continue
        axis.plot(
            range(len(lows)),
            [first[low][column] for low in lows],
            color=color,
            linestyle=linestyle,
            linewidth=1,
            marker=marker,
            markersize=size,
            markerfacecolor="none",
            label=label,
        )
    axis.set_xticks(range(len(lows)), [_tick(first[low], binned) for low in lows], fontsize=8)
    axis.grid(axis="x", alpha=0)


def _tick(row: Row, binned: str) -> str:
    """The limits of a bin, and how many needles it has."""
    low, high = row[f"{binned}_low"], row[f"{binned}_high"]
    if binned == "snr":
        return f"{low:.0f}-{high:.0f}\nn = {row['needles']:.0f}"
    rates = [row["drift_rate_low"], row["drift_rate_high"]]
    bins, rates = (
        f"> {least:.0f}" if np.isinf(most) else f"{least:.0f}-{most:.0f}"
        for least, most in ((low, high), rates)
    )
    return f"{bins}\n{rates}\nn = {row['needles']:.0f}"

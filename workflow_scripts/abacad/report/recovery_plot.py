"""The recovery table in, its picture (PNG) out: recall by SNR and by drift, of each kind of needle."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abacad.cadences.layout import COMPLETENESS
from abacad.report.figures import save

# Colours that differ for every kind of colour vision (Okabe and Ito 2008), but for black and yellow.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = "osD^v<>Ph*"
BOUNDS = {  # of how much can be found: line, marker, its size, name
    "search_bound": ("-.", "s", 6, "ideal search"),
    "bound": (":", "x", 4, "matched filter that knows the path"),
}
SIDES = {"train": "out of fold", "test": "test", COMPLETENESS: "injected, out of fold"}

Row = Mapping[str, Any]


def plot_recovery(path: str | Path, rows: Sequence[Row]) -> None:
    """Draw recall with its intervals, by SNR above and by drift below, a column a kind, a line a model.

    The two bounds are black, a mean over the needles of a bin.
    `rows` as of `recovery.recovery_rows`. Of each kind those rows are drawn that come first: out of fold
    where there are any, of test otherwise. Dashed: by a model that never saw a label of the kind. Below
    each bin stands how many needles it has.
    """
    models = list(dict.fromkeys(row["model"] for row in rows))
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    figure = Figure(figsize=(1 + 3.1 * len(kinds), 8), layout="constrained")
    axes = figure.subplots(2, len(kinds), squeeze=False, sharey=True)
    for column, kind in zip(axes.T, kinds, strict=True):
        own = [row for row in rows if row["kind"] == kind and row["left_out"] in (None, kind)]
        side = own[0]["rows"], own[0]["folds"]
        shown = [row for row in own if (row["rows"], row["folds"]) == side]
        column[0].set_title(f"{kind or 'all kinds'} ({SIDES[side[0]]})")
        for axis, (binned, any_of) in zip(
            column, (("snr", "drift"), ("drift", "snr")), strict=True
        ):
            of_axis = [row for row in shown if row[f"{any_of}_low"] is None]
            _draw(
                axis, [row for row in of_axis if row[f"{binned}_low"] is not None], binned, models
            )
        column[0].set_xlabel("signal-to-noise ratio (n: needles)")
        column[1].set_xlabel("drift, bins a panel (n: needles)")
    for axis in axes[:, 0]:
        axis.set_ylabel("recall at 1 % false positives")
        axis.set_ylim(-0.03, 1.03)
    handles = {
        label: line
        for axis in axes.flat
        for line, label in zip(*axis.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3)
    save(figure, path, dpi=150)


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
        index = models.index(model)
        colour = COLOURS[index % len(COLOURS)]
        axis.errorbar(
            np.arange(len(lows)) + 0.4 * ((number + 0.5) / len(lines) - 0.5),
            recall,
            yerr=np.maximum(0, [recall - low, high - recall]),
            color=colour,
            linestyle="--" if left_out else "-",
            linewidth=1,
            elinewidth=0.7,
            marker=MARKERS[index % len(MARKERS)],
            markersize=4,
            markerfacecolor="white" if left_out else colour,
            label=f"{model}, without a label of it" if left_out else model,
        )
    first = {row[f"{binned}_low"]: row for row in reversed(rows)}
    for bound, (linestyle, marker, size, label) in BOUNDS.items():
        axis.plot(
            range(len(lows)),
            [first[low][bound] for low in lows],
            color="black",
            linestyle=linestyle,
            linewidth=1,
            marker=marker,
            markersize=size,
            markerfacecolor="none",
            label=label,
        )
    axis.set_xticks(range(len(lows)), [_tick(first[low], binned) for low in lows], fontsize=7)
    axis.grid(axis="y", alpha=0.3)


def _tick(row: Row, binned: str) -> str:
    """The limits of a bin, and how many needles it has."""
    low, high = row[f"{binned}_low"], row[f"{binned}_high"]
    if binned == "snr":
        return f"{low:.0f}-{high:.0f}\nn = {row['needles']}"
    rates = [row["drift_rate_low"], row["drift_rate_high"]]
    bins, rates = (
        f"> {least:.0f}" if np.isinf(most) else f"{least:.0f}-{most:.0f}"
        for least, most in ((low, high), rates)
    )
    return f"{bins}\n{rates} Hz/s\nn = {row['needles']}"

"""The table of ablations in, the picture of what each switch changes out."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from abacad.figures.style import GREY, OUT_OF_FOLD, TEST, new_figure, shared_legend

TITLES = {"auc": "AUC", "recall": "recall at 1 %", "partial_auc": "partial AUC"}


def draw_ablations(rows: Sequence[Mapping[str, str]]) -> Figure:
    """The change of each score by each switch, the best out-of-fold AUC first, on one scale for each score.

    `rows` as of ablations.tsv: the first is the base, which the others are compared with. Out of fold with
    its paired 95 % interval, which tells what other cadences would change; on test, where the truth is known,
    with the spread over seeds.
    """
    base, *switches = rows
    switches = sorted(switches, key=lambda row: -float(row["auc_change"]))
    figure = new_figure(1.5 + 0.22 * len(switches))
    axes = figure.subplots(1, len(TITLES), sharey=True)
    places = np.arange(len(switches), dtype=float)
    for axis, (score, title) in zip(axes, TITLES.items(), strict=True):
        changes, low, high = (
            np.array([float(row[f"{score}_change{end}"]) for row in switches])
            for end in ("", "_low", "_high")
        )
        shown = {"linestyle": "", "capsize": 1.5, "elinewidth": 0.8, "markersize": 4}
        axis.errorbar(
            changes,
            places - 0.14,
            xerr=np.maximum(0, [changes - low, high - changes]),
            color=OUT_OF_FOLD,
            marker="o",
            label="out of fold, 95 % interval",
            **shown,
        )
        of_base = f"base: {float(base[f'{score}_change']):.3f}"
        if base.get(f"test_{score}_change"):
            axis.errorbar(
                [float(row[f"test_{score}_change"]) for row in switches],
                places + 0.14,
                xerr=[float(row[f"test_{score}_spread"] or 0) for row in switches],
                color=TEST,
                marker="D",
                markerfacecolor="white",
                label="test, by the simulator's truth, spread over seeds",
                **shown,
            )
            of_base += f", test {float(base[f'test_{score}_change']):.3f}"
        axis.axvline(0, color=GREY, linewidth=1)
        axis.set_title(f"{title}\n")
        axis.text(0.5, 1.01, of_base, transform=axis.transAxes, ha="center", fontsize=8)
        axis.set_xlabel("change from the base")
    axes[0].set_yticks(places, [row["switch"] for row in switches])
    axes[0].set_ylim(len(switches) - 0.4, -0.6)
    shared_legend(figure, axes, 2)
    return figure

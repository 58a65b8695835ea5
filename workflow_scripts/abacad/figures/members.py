"""Correlations of the ensemble's members in, their picture out."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from abacad.figures.style import new_figure


def draw_members(names: Sequence[str], correlations: np.ndarray) -> Figure:
    """Spearman correlations, (member, member), of the members' out-of-fold ranks; each number is written."""
    figure = new_figure(max(2.8, 1.2 + 0.55 * len(names)))
    axis = figure.subplots()
    others = correlations[~np.eye(len(names), dtype=bool)]
    lowest = float(np.floor(10 * min(others, default=0)) / 10)
    picture = axis.imshow(correlations, cmap="cividis", vmin=lowest, vmax=1, aspect="auto")
    for row, values in enumerate(correlations):
        for column, value in enumerate(values):
            dark = value < (lowest + 1) / 2
            colour = "white" if dark else "black"
            axis.text(column, row, f"{value:.2f}", ha="center", va="center", color=colour)
    axis.set_xticks(range(len(names)), names, rotation=20, ha="right", rotation_mode="anchor")
    axis.set_yticks(range(len(names)), names)
    axis.grid(False)
    figure.colorbar(picture, ax=axis, label="Spearman correlation of ranks")
    return figure

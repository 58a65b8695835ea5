"""Cadences and the maps of what the detectors look at in, the picture of both out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

import numpy as np
import pyarrow as pa
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from abacad.cadences.layout import PANELS, PanelShape
from abacad.cadences.maps import read_maps
from abacad.cadences.store import Store
from abacad.figures.cadence import extent, label_panels, waterfalls
from abacad.figures.style import new_figure
from abacad.tables.files import read_table


@dataclass(frozen=True)
class Example:
    """A cadence with its map.

    title   lines above its panels
    panels  (panel=6, time, frequency), of a store; NaN where it does not hold them
    map     (panel=6, time=39, frequency=64), 0 to 1
    """

    title: str
    panels: np.ndarray
    map: np.ndarray


def read_examples(
    examples: str | Path, maps: str | Path, out_of_fold: pa.Table, store: Store
) -> list[Example]:
    """The examples of choose_examples.py with their maps; `out_of_fold` has id, target, rank_mean.

    ValueError: see `read_maps`.
    """
    rows = read_table(examples, ["id", "reason"]).to_pylist()
    map_of = read_maps(maps, [row["id"] for row in rows])
    columns = (out_of_fold[name].to_pylist() for name in ("id", "target", "rank_mean"))
    told = {cadence_id: (target, rank) for cadence_id, target, rank in zip(*columns, strict=True)}
    found = []
    for row in rows:
        target, rank = told[row["id"]]
        label = "needle" if target else "no needle"
        title = "\n".join([*wrap(row["reason"], 13), f"({label},", f"rank {rank:.2f})"])
        panels = store.whole(store.ids.index(row["id"]))
        found.append(Example(title, panels, map_of[row["id"]]))
    return found


def draw_grad_cam(store: str, examples: Sequence[Example], shape: PanelShape) -> Figure:
    """A column a cadence, a row a panel: the store in grey, and over it where the map is high.

    The lines are at half of the map's maximum.
    """
    figure = new_figure(9)
    axes = figure.subplots(PANELS, len(examples), squeeze=False, sharex=True, sharey=True)
    for column, example in zip(axes.T, examples, strict=True):
        waterfalls(column, example.panels, shape)
        for axis, values in zip(column, example.map, strict=True):
            axis.images[0].set_cmap("gray_r")
            shown = {"extent": extent(shape), "aspect": "auto", "vmin": 0, "vmax": 1}
            overlay = axis.imshow(
                values, cmap="plasma", alpha=0.6 * values**1.5, interpolation="bilinear", **shown
            )
            if values.max() > 0.5:
                left, right, below, above = extent(shape)
                edges = (left, right, above, below)
                axis.contour(values, [0.5], colors="#D55E00", linewidths=0.8, extent=edges)
            axis.xaxis.set_major_locator(MaxNLocator(2))
        column[0].set_title(example.title, fontsize=8, fontweight="normal")
    label_panels(axes)
    for axis in axes[-1]:
        axis.set_xlabel("kHz")
    figure.colorbar(
        overlay, ax=axes, location="bottom", shrink=0.5, aspect=50, label="Grad-CAM, 1: highest"
    )
    figure.suptitle(f"What the detectors look at (store: {store})")
    return figure

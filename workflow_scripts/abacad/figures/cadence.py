"""A cadence raw and in the stores in, the picture of its six panels in each of them out."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.figure import Figure

from abacad.cadences.cadence import read_cadence
from abacad.cadences.known_stores import STORES
from abacad.cadences.layout import ON_PANELS, PANELS, POINTINGS, PanelShape
from abacad.cadences.store import Store
from abacad.figures.style import new_figure

SHADES = (1, 99.7)  # percentiles of a view that are drawn darkest and brightest


def best_needle(out_of_fold: pa.Table) -> str:
    """The id of the training positive that the ensemble ranks highest out of fold.

    `out_of_fold` has the columns id, target, rank_mean; the first id of equal ranks is taken.
    """
    positives = out_of_fold.filter(pc.equal(out_of_fold["target"], 1))
    return positives["id"][int(np.argmax(positives["rank_mean"].to_numpy()))].as_py()


def views_of(
    cadence_id: str, path: str | Path, stores: Mapping[tuple[str, str], Store]
) -> dict[str, np.ndarray]:
    """A training cadence raw, from its file, and in each of the opened `stores`, by title.

    Each is (panel=6, time, frequency). Panels that a store does not hold are NaN.
    """
    views = {"raw": read_cadence(path)}
    for name, title in STORES.items():
        if store := stores.get((name, "train")):
            views[title] = store.whole(store.ids.index(cadence_id))
    return views


def draw_cadence(cadence_id: str, views: Mapping[str, np.ndarray], shape: PanelShape) -> Figure:
    """One cadence, a column a view, a row a panel.

    `views` holds (panel=6, time, frequency) arrays of this shape by name. Frequency runs to the right in kHz,
    time downwards in s, both from the panel's corner. Each view has its own scale of brightness, shared by
    its panels.
    """
    figure = new_figure(9)
    axes = figure.subplots(PANELS, len(views), squeeze=False, sharex=True, sharey=True)
    for column, (name, panels) in enumerate(views.items()):
        waterfalls(axes[:, column], panels, shape)
        axes[0, column].set_title(_in_two_lines(name))
    label_panels(axes)
    figure.suptitle(f"Training cadence {cadence_id}, with a needle in the ON panels")
    return figure


def extent(shape: PanelShape) -> tuple[float, float, float, float]:
    """Of a panel: kHz from left to right, s from below to above."""
    return 0, shape.band / 1000, shape.seconds, 0


def waterfalls(axes: np.ndarray, panels: np.ndarray, shape: PanelShape) -> None:
    """Draw six panels, (panel, time, frequency), one below the other, on one scale of brightness.

    Panels of NaN are left empty: the store does not hold them.
    """
    panels = np.asarray(panels, np.float32)
    low, high = np.nanpercentile(panels, SHADES)
    for panel, axis in zip(panels, axes, strict=True):
        if np.isnan(panel).all():
            axis.text(0.5, 0.5, "not stored", transform=axis.transAxes, ha="center", va="center")
        shown = {"extent": extent(shape), "aspect": "auto", "vmin": low, "vmax": high}
        axis.imshow(panel, cmap="viridis", **shown)
        axis.grid(False)
        axis.tick_params(labelsize=8)


def label_panels(axes: np.ndarray) -> None:
    """Name pointing and side at the left of each row of panels, and the axes of `axes` (panel, column)."""
    for panel, axis in enumerate(axes[:, 0]):
        side = "ON" if panel in ON_PANELS else "OFF"
        axis.set_ylabel(f"{POINTINGS[panel]} ({side})\ntime (s)")
    for axis in axes[-1]:
        axis.set_xlabel("frequency (kHz)")


def _in_two_lines(name: str) -> str:
    """A title of a narrow column, broken amid its words."""
    words = name.split()
    half = (len(words) + 1) // 2
    return "\n".join(filter(None, (" ".join(words[:half]), " ".join(words[half:]))))

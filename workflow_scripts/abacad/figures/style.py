"""The one style of all figures: size, colours, markers and dashes, and how a figure is written.

A figure is WIDTH inches wide, so that its letters can be read where a page shows it 850 pixels wide. Nothing
is told by colour alone: each line has a marker or a dash of its own as well.
"""

import argparse
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from abacad.tables.files import whole_file

WIDTH = 8.5  # inches
DPI = 150

# Colours that differ for every kind of colour vision (Okabe and Ito 2008), without black and yellow.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = "osD^v<>Ph*"
DASHES = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)), (0, (3, 1, 1, 1, 1, 1)))
GREY = "0.45"

NEEDLE, NO_NEEDLE = COLOURS[1], COLOURS[0]
OUT_OF_FOLD, TEST = COLOURS[0], COLOURS[1]

matplotlib.rcParams.update(
    {
        "font.size": 9,
        "axes.titlesize": 9.5,
        "axes.titleweight": "bold",
        "axes.grid": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "grid.alpha": 0.3,
        "legend.fontsize": 8.5,
        "legend.frameon": False,
        "lines.linewidth": 1.4,
        "lines.markersize": 4.5,
        "svg.hashsalt": "abacad",  # equal figures are equal bytes
    }
)


def new_figure(height: float) -> Figure:
    """An empty figure of this height in inches."""
    return Figure(figsize=(WIDTH, height), layout="constrained")


def look(index: int) -> dict[str, Any]:
    """Colour, dash and marker of the line with this number; 30 lines differ."""
    return {
        "color": COLOURS[index % len(COLOURS)],
        "linestyle": DASHES[index // len(COLOURS) % len(DASHES)],
        "marker": MARKERS[index % len(MARKERS)],
    }


def shared_legend(figure: Figure, axes: np.ndarray | list[Axes], columns: int = 3) -> None:
    """One legend below all axes, with each label once, in the order in which they come."""
    handles: dict[str, Any] = {}
    for axis in np.ravel(axes):
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=columns)


def say(axis: Axes, text: str) -> None:
    """Write in the middle of an empty axis why there is nothing to see."""
    axis.set_axis_off()
    axis.text(0.5, 0.5, text, ha="center", va="center", wrap=True, transform=axis.transAxes)


def add_outputs(parser: argparse.ArgumentParser, what: str, name: str = "") -> None:
    """The options --png and --svg, or --<name>-png and --<name>-svg, of a script that draws `what`."""
    prefix = f"--{name}-" if name else "--"
    parser.add_argument(f"{prefix}png", required=True, help=f"PNG to write: {what}")
    parser.add_argument(f"{prefix}svg", required=True, help="SVG to write: the same")


def save(figure: Figure, png: str | Path, svg: str | Path) -> None:
    """Write a figure as PNG and as SVG, each whole or not at all. Equal figures are equal bytes.

    The PNG has a palette: noise hardly compresses, and so takes a quarter of the bytes.
    """
    drawn = BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI)
    with whole_file(png) as temporary:
        picture = Image.open(drawn).convert("RGB").quantize(method=Image.Quantize.FASTOCTREE)
        picture.save(temporary, "PNG", optimize=True)
    with whole_file(svg) as temporary:
        figure.savefig(temporary, format="svg", dpi=DPI, metadata={"Date": None})

"""Overlap groups and the table of leaks in, the picture of both out."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pyarrow as pa
from matplotlib.figure import Figure

from abacad.figures.style import COLOURS, new_figure

START = "validation rows with a partner "  # of the rows of leaks.tsv that tell what a split leaks
PLACES = {
    "in their training folds": "in the training folds",
    "on the test side that their model may learn from": "on the test side",
    "in old data that their model may learn from": "in old data",
}
HATCHES = ("", "///")


def group_sizes(groups: pa.Table) -> dict[int, int]:
    """How many groups there are of each size, in cadences of all collections; sizes rise."""
    sizes = Counter(groups["group"].to_pylist()).values()
    return dict(sorted(Counter(sizes).items()))


def leaks_of_splits(rows: Sequence[Mapping[str, str]]) -> dict[str, dict[str, float]]:
    """Of each split in leaks.tsv, the share of validation rows that leak, by where their partner is."""
    splits: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["what"].startswith(START):
            place, split = row["what"].removeprefix(START).rsplit(", ", 1)
            splits.setdefault(split, {})[place] = int(row["count"]) / max(1, int(row["of"]))
    return splits


def draw_overlaps(sizes: Mapping[int, int], splits: Mapping[str, Mapping[str, float]]) -> Figure:
    """How many overlap groups are of each size, and what a split by rows alone would leak beside this one."""
    figure = new_figure(3.3)
    groups, leaks = figure.subplots(1, 2)
    groups.bar(list(sizes), list(sizes.values()), color=COLOURS[0])
    groups.set_yscale("log")
    groups.set_ylim(bottom=0.7)
    groups.set_xlabel("cadences that share background, in a group")
    groups.set_ylabel("groups")
    groups.set_title("overlap groups, all collections")
    width = 0.8 / max(1, len(splits))
    for number, (split, shares) in enumerate(splits.items()):
        places = [place + (number + 0.5) * width - 0.4 for place in range(len(PLACES))]
        values = [100 * shares.get(place, 0) for place in PLACES]
        name = "the folds of this run" if split == "folds" else split
        look = {"color": COLOURS[number % len(COLOURS)], "hatch": HATCHES[number % len(HATCHES)]}
        bars = leaks.bar(places, values, width, label=name, edgecolor="white", **look)
        leaks.bar_label(bars, [f"{value:.0f} %" for value in values], fontsize=8, padding=1)
    leaks.set_xticks(range(len(PLACES)), [name.replace(" ", "\n", 1) for name in PLACES.values()])
    leaks.set_ylim(0, 118)
    leaks.set_yticks(range(0, 101, 20))
    leaks.set_ylabel("validation rows (%)")
    leaks.set_title("with a partner that their model may learn from")
    leaks.legend(loc="upper right")
    leaks.grid(axis="x", alpha=0)
    return figure

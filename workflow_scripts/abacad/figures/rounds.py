"""Scores of each round in, the picture of out of fold against test out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abacad.figures.style import GREY, OUT_OF_FOLD, TEST, new_figure, shared_legend
from abacad.tables.files import read_tsv

TITLES = {"auc": "AUC", "recall": "recall at 1 % false positives"}
SCORES = [f"{score}{end}" for score in TITLES for end in ("", "_low", "_high")]


@dataclass(frozen=True)
class RoundScores:
    """A model in one round.

    name         as it is told at the left
    out_of_fold  auc, auc_low, auc_high, and the same of recall
    test         auc and recall on test, of simulated cadences; None where nobody knows the labels
    public       the AUC that a competition told of its test side, or None
    """

    name: str
    out_of_fold: dict[str, float]
    test: dict[str, float] | None = None
    public: float | None = None


def read_rounds(path: str | Path, public: Mapping[str, float | None]) -> list[RoundScores]:
    """The rows of scores.tsv that have an interval; the `public` scores are of experiments' last rounds.

    KeyError names a file that is none.
    """
    rows = read_tsv(path, ["model", "round", *SCORES, "test_auc", "test_recall"])
    last = {row["model"]: row["round"] for row in rows}  # rounds rise
    rounds = []
    for row in rows:
        if not row["auc_low"]:  # the mean of members
            continue
        test = None
        if row["test_auc"]:
            test = {score: float(row[f"test_{score}"]) for score in TITLES}
        name = f"{row['model']}, round {row['round']}" if row["round"] else row["model"]
        of_last = row["round"] and row["round"] == last[row["model"]]
        rounds.append(
            RoundScores(
                name,
                {score: float(row[score]) for score in SCORES},
                test,
                public.get(row["model"]) if of_last else None,
            )
        )
    return rounds


def draw_rounds(rounds: Sequence[RoundScores]) -> Figure:
    """Out of fold with its 95 % interval, and test, a line for each round of each model.

    A grey bar goes from one to the other: the gap between what was measured and what comes on the test side.
    """
    figure = new_figure(1.3 + 0.24 * len(rounds))
    axes = figure.subplots(1, len(TITLES), sharey=True)
    for axis, score in zip(axes, TITLES, strict=True):
        for place, one in enumerate(rounds):
            _draw_round(axis, place, one, score)
        axis.set_xlabel(TITLES[score])
        axis.grid(axis="y", alpha=0.15)
    axes[0].set_yticks(range(len(rounds)), [one.name for one in rounds])
    axes[0].set_ylim(len(rounds) - 0.4, -0.6)
    if all(one.test is None for one in rounds):
        axes[0].set_title("nobody knows the labels of test", fontweight="normal")
    shared_legend(figure, axes, 3)
    return figure


def _draw_round(axis: Axes, place: int, one: RoundScores, score: str) -> None:
    measured = one.out_of_fold[score]
    low, high = (one.out_of_fold[f"{score}_{end}"] for end in ("low", "high"))
    public = one.public if score == "auc" else None
    for value in (one.test and one.test[score], public):
        if value is not None:
            axis.plot([measured, value], [place] * 2, color="0.8", linewidth=4, zorder=1)
    axis.errorbar(
        measured,
        place,
        xerr=[[max(0, measured - low)], [max(0, high - measured)]],
        color=OUT_OF_FOLD,
        marker="o",
        linestyle="",
        capsize=2,
        elinewidth=0.9,
        label="out of fold, 95 % interval",
    )
    if one.test is not None:
        shown = {"markerfacecolor": "white", "zorder": 3, "label": "test, by the simulator's truth"}
        axis.plot(one.test[score], place, color=TEST, marker="D", linestyle="", **shown)
    if public is not None:
        axis.plot(public, place, color=GREY, marker="x", linestyle="", label="public score")

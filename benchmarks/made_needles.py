"""A finished `make benchmark-faint` in, a picture of recall by the number of needles made on the fly out.

    PYTHONPATH=workflow_scripts python benchmarks/made_needles.py --scores results/faint/scores.tsv \\
        --settings results/faint/runs/{drift_of_fewer,drift,drift_of_more,both}/round0/settings.json \\
        --png results/faint/made_needles.png --svg results/faint/made_needles.svg
"""

import argparse

import numpy as np

from abacad.figures.style import GREY, add_outputs, look, new_figure, save
from abacad.tables.files import read_json, read_tsv

VIEWS = {"drift": "drift view", "both": "both views"}
SEARCH, ENSEMBLE = "drift_search", "ensemble, stacked"  # for comparison; these learn from none


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--scores", required=True, help="TSV of report.py")
    add("--settings", nargs="+", required=True, help="JSON: a run's settings; once for each model")
    add_outputs(parser, "the recall")
    arguments = parser.parse_args()

    scores = {row["model"]: row for row in read_tsv(arguments.scores)}
    lines: dict[str, list[tuple[int, list[float]]]] = {}
    for path in arguments.settings:
        settings = read_json(path)
        count = settings["epochs"] * settings["injected_on_the_fly"]["count"]
        lines.setdefault(settings["view"], []).append(
            (count, recall(scores, settings["experiment"]))
        )

    figure = new_figure(3.5)
    axis = figure.subplots()
    for number, (view, points) in enumerate(lines.items()):
        counts, recalls = zip(*sorted(points), strict=True)
        middle, low, high = np.transpose(recalls)
        error = [middle - low, high - middle]
        axis.errorbar(counts, middle, error, label=VIEWS[view], capsize=3, **look(number))
    for name, label, dash in ((SEARCH, "search, not trained", ":"), (ENSEMBLE, "stacked", "--")):
        axis.axhline(recall(scores, name)[0], label=label, color=GREY, linestyle=dash)
    every = sorted({count for points in lines.values() for count, _ in points})
    axis.set_xscale("log")
    axis.set_xticks(every, [f"{count:,}" for count in every])
    axis.set_xticks([], minor=True)
    axis.set_ylim(0, None)
    axis.set_xlabel("needles made on the fly, in all epochs")
    axis.set_ylabel("recall at 1 % FP, out of fold")
    axis.legend()
    save(figure, arguments.png, arguments.svg)


def recall(scores: dict[str, dict[str, str]], model: str) -> list[float]:
    """Recall of a model, with the ends of its interval."""
    return [float(scores[model][name]) for name in ("recall", "recall_low", "recall_high")]


if __name__ == "__main__":
    main()

"""Draw the losses and the out-of-fold AUC of each training by epoch.

    python workflow_scripts/figures/draw_learning_curves.py \\
        --history b3 pretrain results/runs/b3/pretrain/fold{0,1}/history.tsv \\
        --history b3 round0 results/runs/b3/round0/fold{0,1}/history.tsv \\
        --png results/report/history.png --svg results/report/history.svg
"""

import argparse

from abacad.figures.learning import Stage, draw_learning_curves, read_history
from abacad.figures.style import add_outputs, save

HISTORY = """an experiment's name, one of its stages, and its folds' histories (TSV) in order; once for each
    stage, in the order in which they are trained"""


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--history", nargs="+", action="append", required=True, help=HISTORY)
    add_outputs(parser, "loss and AUC by epoch")
    arguments = parser.parse_args()

    histories: dict[str, list[Stage]] = {}
    for experiment, stage, *paths in arguments.history:
        folds = [read_history(path) for path in paths]
        histories.setdefault(experiment, []).append((stage, folds))
    figure = draw_learning_curves(histories)
    save(figure, arguments.png, arguments.svg)


if __name__ == "__main__":
    main()

"""Draw out of fold against test, of each model in each round: the gap that one hopes is small.

    python workflow_scripts/figures/draw_rounds.py \\
        --scores results/scores.tsv --public-scores '{"b3": 0.78}' \\
        --png results/report/rounds.png --svg results/report/rounds.svg
"""

import argparse
import json

from abacad.figures.rounds import draw_rounds, read_rounds
from abacad.figures.style import add_outputs, save


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--scores", required=True, help="scores.tsv of report.py")
    public_help = "JSON: the public score of experiments, of their last round; null: none"
    add("--public-scores", type=json.loads, default={}, help=public_help)
    add_outputs(parser, "scores out of fold and on test")
    arguments = parser.parse_args()

    figure = draw_rounds(read_rounds(arguments.scores, arguments.public_scores))
    save(figure, arguments.png, arguments.svg)


if __name__ == "__main__":
    main()

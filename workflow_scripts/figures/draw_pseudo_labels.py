"""Draw what each round of pseudo-labels added and, where the truth is known, how right it was.

    python workflow_scripts/figures/draw_pseudo_labels.py \\
        --round 1 results/pseudo_labels/round1/fold{0,1,2}.parquet \\
        --truth results/simulated/truth.parquet \\
        --png results/report/pseudo_labels.png --svg results/report/pseudo_labels.svg
"""

import argparse

import pyarrow as pa

from abacad.figures.curves import Scores
from abacad.figures.pseudo_labels import draw_pseudo_labels
from abacad.figures.style import add_outputs, save
from abacad.figures.truth import targets_on_test
from abacad.tables.files import read_table

ROUND = (
    "a round's number and what each fold is taught in it, Parquet of pseudo_label.py; once for each"
)


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--round", nargs="+", action="append", required=True, help=ROUND)
    add("--truth", nargs="?", help="Parquet of simulate_cadences.py, where there is one")
    add_outputs(parser, "pseudo-labels, and how many are needles")
    arguments = parser.parse_args()

    rounds = {}
    for number, *paths in arguments.round:
        taught = pa.concat_tables(read_table(path, ["id", "label"]) for path in paths)
        targets = targets_on_test(arguments.truth, taught["id"].to_pylist())
        rounds[int(number)] = Scores(targets, taught["label"].to_numpy())
    figure = draw_pseudo_labels(rounds)
    save(figure, arguments.png, arguments.svg)


if __name__ == "__main__":
    main()

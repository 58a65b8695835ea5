"""Draw how alike the members of the ensemble rank the training cadences.

    python workflow_scripts/figures/draw_members.py --correlations results/ensemble/correlations.tsv \\
        --png results/report/members.png --svg results/report/members.svg
"""

import argparse

import numpy as np

from abacad.figures.members import draw_members
from abacad.figures.style import add_outputs, save
from abacad.tables.files import read_tsv


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--correlations", required=True, help="correlations.tsv of rank_average.py")
    add_outputs(parser, "Spearman correlations")
    arguments = parser.parse_args()

    rows = read_tsv(arguments.correlations, ["member"])
    names = [row["member"] for row in rows]
    correlations = np.array([[float(row[name]) for name in names] for row in rows])
    figure = draw_members(names, correlations)
    save(figure, arguments.png, arguments.svg)


if __name__ == "__main__":
    main()

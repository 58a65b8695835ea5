"""Draw what each switch of the training changes, the best first.

    python workflow_scripts/figures/draw_ablations.py --table results/ablations.tsv \\
        --png results/report/ablations.png --svg results/report/ablations.svg
"""

import argparse

from abacad.figures.ablations import draw_ablations
from abacad.figures.style import add_outputs, save
from abacad.tables.files import read_tsv


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--table", required=True, help="ablations.tsv of report_ablations.py")
    add_outputs(parser, "the change of each score")
    arguments = parser.parse_args()

    figure = draw_ablations(read_tsv(arguments.table, ["switch", "auc_change"]))
    save(figure, arguments.png, arguments.svg)


if __name__ == "__main__":
    main()

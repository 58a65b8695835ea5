"""Draw how well train and test can be told apart, raw and in each store.

    python workflow_scripts/figures/draw_domain_shift.py --table results/report/domain_shift.tsv \\
        --png results/report/domain_shift.png --svg results/report/domain_shift.svg
"""

import argparse

from abacad.figures.domain_shift import draw_domain_shift, read_shifts
from abacad.figures.style import add_outputs, save


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--table", required=True, help="domain_shift.tsv of report.py")
    add_outputs(parser, "AUC by store")
    arguments = parser.parse_args()

    figure = draw_domain_shift(read_shifts(arguments.table))
    save(figure, arguments.png, arguments.svg)


if __name__ == "__main__":
    main()

"""Draw how large the overlap groups are, and what a split that does not know of them would leak.

    python workflow_scripts/figures/draw_overlaps.py \\
        --groups results/overlaps/groups.parquet --leaks results/report/leaks.tsv \\
        --png results/report/leaks.png --svg results/report/leaks.svg
"""

import argparse

from abacad.figures.overlaps import draw_overlaps, group_sizes, leaks_of_splits
from abacad.figures.style import add_outputs, save
from abacad.tables.files import read_table, read_tsv


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--groups", required=True, help="Parquet of find_overlaps.py: collection, id, group")
    add("--leaks", required=True, help="leaks.tsv of report_leaks.py")
    add_outputs(parser, "groups by size, and leaks")
    arguments = parser.parse_args()

    sizes = group_sizes(read_table(arguments.groups, ["group"]))
    splits = leaks_of_splits(read_tsv(arguments.leaks, ["what", "count", "of"]))
    figure = draw_overlaps(sizes, splits)
    save(figure, arguments.png, arguments.svg)


if __name__ == "__main__":
    main()

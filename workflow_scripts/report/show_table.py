"""Write a table as a page of HTML that needs nothing else: a click on a column's name sorts by it.

    python workflow_scripts/report/show_table.py --table results/experiments.tsv --title Experiments \\
        --page results/report/experiments.html
"""

import argparse

from abacad.report.page import sortable_page
from abacad.tables.files import read_tsv, whole_file


def main() -> None:
    """Read the command line and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--table", required=True, help="TSV to show, with a row or more")
    add("--title", required=True, help="of the page")
    add("--page", required=True, help="HTML to write")
    arguments = parser.parse_args()

    rows = read_tsv(arguments.table)
    if not rows:
        parser.error(f"{arguments.table} has no rows")
    with whole_file(arguments.page) as temporary:
        temporary.write_text(sortable_page(arguments.title, [*rows[0]], rows))


if __name__ == "__main__":
    main()

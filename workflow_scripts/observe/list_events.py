"""List the events of all observations, in the order of review: what to look at first in the whole catalogue.

    python workflow_scripts/observe/list_events.py --observed observations/*/events.parquet \\
        --events observations/events.parquet --csv observations/events.csv
"""

import argparse

from abacad.observe.ranking import catalogue_table, csv_rows
from abacad.tables.files import read_table, write_csv, write_table


def main() -> None:
    """Read the command line and list."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--observed", nargs="+", required=True, help="Parquet files of rank_events.py")
    add("--events", required=True, help="Parquet to write, see catalogue_table in ranking.py")
    add("--csv", required=True, help="the same as CSV")
    arguments = parser.parse_args()
    table = catalogue_table([read_table(path) for path in arguments.observed])
    write_table(arguments.events, table)
    write_csv(arguments.csv, csv_rows(table), table.column_names)
    print(f"{len(table)} events of {len(arguments.observed)} observations")


if __name__ == "__main__":
    main()

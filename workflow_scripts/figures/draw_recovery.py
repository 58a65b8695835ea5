"""Draw which needles are found: recall by SNR and by drift, of each kind.

    python workflow_scripts/figures/draw_recovery.py --table results/report/recovery.tsv \\
        --png results/report/recovery.png --svg results/report/recovery.svg
"""

import argparse

from abacad.figures.recovery import draw_recovery, parsed
from abacad.figures.style import add_outputs, save
from abacad.tables.files import read_tsv


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    table_help = "TSV of report_recovery.py, report_completeness.py or report_observed.py"
    add("--table", required=True, help=table_help)
    add_outputs(parser, "recall by SNR and by drift, of each kind")
    arguments = parser.parse_args()

    figure = draw_recovery(parsed(read_tsv(arguments.table, ["model", "kind", "recall"])))
    save(figure, arguments.png, arguments.svg)


if __name__ == "__main__":
    main()

"""List every run: the settings that differ from the defaults, scores, time, speed, memory, device, code.

    python workflow_scripts/report/list_experiments.py --defaults '{"round0": {...}, "round1": {...}}' \\
        --run results/runs/b3/round0 results/scores/b3/round0.json \\
        --run results/runs/b3/round1 results/scores/b3/round1.json \\
        --table results/experiments.tsv
"""

import argparse
import json
from pathlib import Path

from abacad.report.experiments import COLUMNS, read_run, run_row
from abacad.tables.files import write_tsv


def main() -> None:
    """Read the command line and list."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    defaults_help = "JSON: complete settings of a run without any of its own, by stage"
    add("--defaults", type=json.loads, required=True, help=defaults_help)
    run_help = "folder of a run and its scores of score_oof.py; once for each run"
    add("--run", type=Path, nargs=2, action="append", required=True, help=run_help)
    add("--table", required=True, help="TSV to write: a row a run")
    arguments = parser.parse_args()

    runs = [read_run(folder, scores) for folder, scores in arguments.run]
    rows = [run_row(run, arguments.defaults[run.settings["stage"]]) for run in runs]
    write_tsv(arguments.table, rows, COLUMNS)


if __name__ == "__main__":
    main()

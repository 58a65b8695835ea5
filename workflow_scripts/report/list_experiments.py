"""List every run, and those before it: settings that differ from the defaults, scores, costs, notes.

The runs of now have their difference from the best of them, with paired intervals. The ledger keeps the
rows of runs that the config has no more: other settings, other experiments. It is read, and written with
the rows of now.

    python workflow_scripts/report/list_experiments.py --defaults '{"round0": {...}, "round1": {...}}' \\
        --pretraining results/runs/b3/pretrain \\
        --run results/runs/b3/round0 results/scores/b3/round0{.json,.resamples.parquet} \\
        --run results/runs/b3/round1 results/scores/b3/round1{.json,.resamples.parquet} \\
        --notes '{"b3": {"note": "the baseline", "public_score": 0.781}}' \\
        --ledger results/experiments.ledger.jsonl --table results/experiments.tsv
"""

import argparse
import json
from pathlib import Path

from abacad.report.experiments import COLUMNS, read_run_folder
from abacad.report.ledger import (
    current_rows,
    merge,
    read_ledger,
    table_rows,
    write_ledger,
)
from abacad.tables.files import write_tsv

NOTES = """JSON: by experiment, its note (of all its stages) and its public_score (of its last round); the
    ledger keeps the last ones of a run"""


def main() -> None:
    """Read the command line and list."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    defaults_help = "JSON: complete settings of a run without any of its own, by stage"
    add("--defaults", type=json.loads, required=True, help=defaults_help)
    run_help = "folder of a run, its scores and their resamples of score_oof.py; once for each run"
    add("--run", type=Path, nargs=3, action="append", required=True, help=run_help)
    pretraining_help = "folder of a pretraining; once for each"
    add("--pretraining", type=Path, action="append", default=[], help=pretraining_help)
    add("--notes", type=json.loads, default={}, help=NOTES)
    add("--ledger", required=True, help="JSON lines to read, where there are any, and to write")
    add("--table", required=True, help="TSV to write: a row a run, those of now first")
    arguments = parser.parse_args()

    runs = [read_run_folder(*paths) for paths in arguments.run]
    runs += [read_run_folder(folder) for folder in arguments.pretraining]
    rows = current_rows(runs, arguments.defaults, arguments.notes)
    current, former = merge(rows, read_ledger(arguments.ledger))
    write_ledger(arguments.ledger, [*current, *former])
    write_tsv(arguments.table, table_rows(current, former, arguments.defaults), COLUMNS)


if __name__ == "__main__":
    main()

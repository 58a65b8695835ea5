"""Report what each switch changes against the same base: a table.

    python workflow_scripts/report/report_ablations.py --switches '{"focal": {"settings": {...}}}' \\
        --run "" 0 results/scores/ablation_seed0/round0.json \\
        results/scores/ablation_seed0/round0.resamples.parquet \\
        results/runs/ablation_seed0/round0/fold{0,1,2}/predictions.parquet \\
        --run focal 0 results/scores/ablation_focal_seed0/round0.json \\
        results/scores/ablation_focal_seed0/round0.resamples.parquet \\
        results/runs/ablation_focal_seed0/round0/fold{0,1,2}/predictions.parquet \\
        --truth results/simulated/truth.parquet \\
        --table results/ablations.tsv
"""

import argparse
import json

from abacad.report.ablations import COLUMNS, ScoredRun, ablation_rows
from abacad.report.on_test import score_run_on_test
from abacad.score.resamples import SCORES
from abacad.tables.files import read_json, read_table, write_tsv

RUN = """a switch ("": the base), its seed, its scores and their resamples of score_oof.py, and its folds'
    predictions; once for each run"""


def main() -> None:
    """Read the command line and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    switches_help = "JSON: settings, talk, winners of each switch by name"
    add("--switches", type=json.loads, required=True, help=switches_help)
    add("--run", nargs="+", action="append", required=True, help=RUN)
    add("--truth", nargs="?", help="Parquet: collection, id, target, kind; for scores on test")
    table_help = "TSV to write: change of each score, its paired interval, its spread over seeds"
    add("--table", required=True, help=table_help)
    arguments = parser.parse_args()

    truth = read_table(arguments.truth) if arguments.truth else None
    runs = []
    for switch, seed, score, resamples, *paths in arguments.run:
        out_of_fold = read_json(score)
        scores = {name: out_of_fold[name] for name in SCORES}
        if truth:
            scores |= score_run_on_test(paths, truth)
        runs.append(ScoredRun(switch, int(seed), scores, read_table(resamples)))
    rows = ablation_rows(runs, arguments.switches)
    write_tsv(arguments.table, rows, COLUMNS)


if __name__ == "__main__":
    main()

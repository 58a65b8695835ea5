"""Tables of scores and of the domain shift.

    python workflow_scripts/report/report.py --experiments-scores results/scores/b3/round{0,1}.json \\
        --experiments-resamples results/scores/b3/round{0,1}.resamples.parquet \\
        --ensemble-scores results/ensemble/scores.json \\
        --ensemble-resamples results/ensemble/resamples.parquet --test results/ensemble/test.parquet \\
        --truth results/simulated/truth.parquet \\
        --predictions b3 0 results/runs/b3/round0/fold{0,1,2}/predictions.parquet \\
        --predictions b3 1 results/runs/b3/round1/fold{0,1,2}/predictions.parquet \\
        --domain-shift results/domain_shift/*.json \\
        --domain-shift-table results/report/domain_shift.tsv \\
        --table results/scores.tsv --markdown results/scores.md
"""

import argparse

import pyarrow.compute as pc

from abacad.report.on_test import score_on_test, score_run_on_test
from abacad.report.tables import (
    COLUMNS,
    SHIFT_COLUMNS,
    markdown,
    run_name,
    score_rows,
    shift_markdown,
    shift_rows,
    tsv_rows,
)
from abacad.tables.files import read_json, read_table, whole_file, write_tsv

PREDICTIONS = """with --truth: an experiment's name, the round and its folds' predictions; once for
    each"""


def main() -> None:
    """Read the command line and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--experiments-scores", nargs="+", required=True, help="JSON of score_oof.py, any rounds")
    resamples_help = "Parquet of score_oof.py, in the order of these scores"
    add("--experiments-resamples", nargs="+", required=True, help=resamples_help)
    add("--ensemble-scores", required=True, help="JSON of rank_average.py")
    add("--ensemble-resamples", required=True, help="Parquet of rank_average.py: resampled means")
    add("--test", required=True, help="the ensemble on test, Parquet of rank_average.py")
    add("--truth", nargs="?", help="Parquet: collection, id, target, kind; for scores on test")
    add("--predictions", nargs="+", action="append", default=[], help=PREDICTIONS)
    add("--domain-shift", nargs="+", required=True, help="JSON of validate_adversarially.py")
    add("--domain-shift-table", required=True, help="TSV to write: the same by store")
    add("--table", required=True, help="TSV to write")
    add(
        "--markdown",
        required=True,
        help="Markdown to write: the same to look at, with the domain shift",
    )
    arguments = parser.parse_args()

    tested = {}
    if arguments.truth:
        truth = read_table(arguments.truth)
        tested = score_on_test(read_table(arguments.test), truth)
        for name, round_, *paths in arguments.predictions:
            tested[run_name(name, int(round_))] = score_run_on_test(paths, truth)
    experiments = [read_json(path) for path in arguments.experiments_scores]
    ensemble = read_json(arguments.ensemble_scores)
    of_means = read_table(arguments.ensemble_resamples)
    resampled = {
        name: of_means.filter(pc.equal(of_means["mean"], name)) for name in ensemble["means"]
    }
    for score, path in zip(experiments, arguments.experiments_resamples, strict=True):
        resampled[run_name(score["experiment"], score["round"])] = read_table(path)
    rows = score_rows(experiments, ensemble, tested, resampled)
    write_tsv(arguments.table, tsv_rows(rows), COLUMNS)
    shifts = [read_json(path) for path in arguments.domain_shift]
    write_tsv(arguments.domain_shift_table, shift_rows(shifts), SHIFT_COLUMNS)
    with whole_file(arguments.markdown) as temporary:
        temporary.write_text(f"{markdown(rows)}\n{shift_markdown(shifts)}")


if __name__ == "__main__":
    main()

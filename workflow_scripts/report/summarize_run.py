"""Sum up a run in ten lines, for the first page of Snakemake's report.

    python workflow_scripts/report/summarize_run.py --scores results/scores.tsv \\
        --run '{"name": "sky", "root": "data/seti", "simulated": false, "members": ["b3"],
            "experiments": ["b3"], "folds": "grouped", "rounds": 1}' \\
        --domain-shift results/report/domain_shift.tsv --folds results/folds.parquet \\
        --test results/manifests/test.parquet --summary results/report/summary.txt
"""

import argparse
import json

from abacad.report.summary import summary
from abacad.tables.files import read_table, read_tsv, whole_file


def main() -> None:
    """Read the command line and sum up."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    run_help = "JSON: name, root, simulated, members, experiments, folds, rounds"
    add("--run", type=json.loads, required=True, help=run_help)
    add("--scores", required=True, help="scores.tsv of report.py")
    add("--domain-shift", required=True, help="domain_shift.tsv of report.py")
    add("--folds", required=True, help="Parquet of make_folds.py: target")
    add("--test", required=True, help="manifest of test: ok")
    add("--summary", required=True, help="reStructuredText to write")
    arguments = parser.parse_args()

    target = read_table(arguments.folds, ["target"])["target"].to_numpy()
    test = int(read_table(arguments.test, ["ok"])["ok"].to_numpy(zero_copy_only=False).sum())
    text = summary(
        arguments.run,
        read_tsv(arguments.scores, ["model", "round", "auc", "auc_low", "auc_high", "recall"]),
        read_tsv(arguments.domain_shift, ["store", "auc"]),
        (len(target), int(target.sum())),
        test,
    )
    with whole_file(arguments.summary) as temporary:
        temporary.write_text(text)


if __name__ == "__main__":
    main()

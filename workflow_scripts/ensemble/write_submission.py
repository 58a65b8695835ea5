"""Write the submission: id,target for every row of the sample submission, in its order.

Quarantined rows get the ensemble's median and are listed.

    python workflow_scripts/ensemble/write_submission.py --sample-submission raw/sample_submission.csv \\
        --manifest results/manifests/test.parquet --test results/ensemble/test.parquet \\
        --method rank_mean --submission results/submission.csv \\
        --quarantined results/submission.quarantined.tsv
"""

import argparse

from abacad.ensemble.names import METHODS
from abacad.ensemble.submission import read_sample, submission, write_submission
from abacad.tables.files import read_table, write_tsv


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--sample-submission", required=True, help="CSV whose ids, in order, are submitted")
    add("--manifest", required=True, help="manifest of test: id, ok, why")
    add("--test", required=True, help="the ensemble on test, Parquet of rank_average.py")
    method_help = "which score is submitted; higher is more like a needle"
    add("--method", choices=METHODS, required=True, help=method_help)
    add("--submission", required=True, help="CSV to write: id, target")
    add("--quarantined", required=True, help="TSV to write: id, why; rows without a prediction")
    arguments = parser.parse_args()

    rows, quarantined = submission(
        read_sample(arguments.sample_submission),
        read_table(arguments.manifest, ["id", "ok", "why"]),
        read_table(arguments.test, ["id", arguments.method]),
        arguments.method,
    )
    write_tsv(arguments.quarantined, quarantined, ["id", "why"])
    write_submission(arguments.submission, rows)


if __name__ == "__main__":
    main()

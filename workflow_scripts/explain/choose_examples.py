"""Choose the training cadences that teach the most about the ensemble, out of fold.

Out comes a table: collection, id, rank (from 1, for each reason), reason.

    python workflow_scripts/explain/choose_examples.py --out-of-fold results/ensemble/out_of_fold.parquet \\
        --members b3 b5 --examples results/explain/examples.parquet
"""

import argparse

from abacad.explain.examples import choose_examples
from abacad.tables.files import read_table, write_table


def main() -> None:
    """Read the command line and choose."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--out-of-fold", required=True, help="the ensemble on train, Parquet of rank_average.py")
    add("--members", nargs="+", required=True, help="names of the ensemble's members")
    add("--examples", required=True, help="Parquet to write: collection, id, rank, reason")
    arguments = parser.parse_args()

    columns = ["id", "target", "rank_mean", *arguments.members]
    out_of_fold = read_table(arguments.out_of_fold, columns)
    write_table(arguments.examples, choose_examples(out_of_fold, arguments.members))


if __name__ == "__main__":
    main()

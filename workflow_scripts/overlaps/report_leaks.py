"""Report what overlapping backgrounds leak from one split to another: a table.

A fold's model learns from everything that does not overlap with the fold; this is what is counted. The
folds are compared with a plain stratified split of the same count and seed, which ignores overlaps.

    python workflow_scripts/overlaps/report_leaks.py --pairs results/overlaps/pairs.parquet \\
        --groups results/overlaps/groups.parquet --folds results/folds.parquet \\
        --overlapping results/overlaps/folds.parquet --seed 0 \\
        --table results/report/leaks.tsv --conflicts results/report/conflicts.tsv
"""

import argparse

import numpy as np
import pyarrow as pa

from abacad.folds.split import make_folds
from abacad.overlaps.leaks import (
    COLUMNS,
    CONFLICTS,
    count_covered,
    count_leaks,
    count_left_out,
    count_true_pairs,
    find_conflicts,
)
from abacad.tables.files import read_table, write_tsv
from abacad.tables.pairs import read_pairs


def main() -> None:
    """Read the command line and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--pairs", required=True, help="Parquet of find_overlaps.py")
    add("--groups", required=True, help="Parquet of find_overlaps.py: collection, id, group")
    add("--folds", required=True, help="Parquet of make_folds.py: id, target, fold")
    overlapping_help = "Parquet of make_folds.py: collection, id, folds; not for plain folds"
    add("--overlapping", nargs="?", help=overlapping_help)
    truth_help = "Parquet of simulate_cadences.py, to count which true pairs were found"
    add("--truth", nargs="?", help=truth_help)
    add("--seed", type=int, required=True, help="seed of the plain split")
    add("--frequency-bins", type=int, required=True, help="of a cadence")
    add("--table", required=True, help="TSV to write: what, count, of, share")
    conflicts_help = """TSV to write: id_a, target_a, id_b, target_b of training cadences that occur under
        two ids with different labels"""
    add("--conflicts", required=True, help=conflicts_help)
    arguments = parser.parse_args()

    folds = read_table(arguments.folds, ["id", "target", "fold"])
    groups = read_table(arguments.groups, ["collection", "id", "group"])
    good = folds.append_column("ok", pa.array(np.ones(len(folds), bool)))
    count = int(folds["fold"].to_numpy().max()) + 1
    overlapping = read_table(arguments.overlapping) if arguments.overlapping else None
    splits = {
        "plain stratified split": (make_folds(good, count, arguments.seed), None),
        "folds": (folds, overlapping),
    }
    pairs = read_pairs(arguments.pairs, groups, ["shift", "least_cosine"])
    rows = count_leaks(pairs, groups, splits)
    if overlapping:
        rows += count_left_out(folds, overlapping)
    rows += count_covered(pairs, groups, arguments.frequency_bins)
    if arguments.truth:
        truth = read_table(arguments.truth, ["collection", "id", "stretch", "offset"])
        rows += count_true_pairs(pairs, groups, truth, arguments.frequency_bins)
    write_tsv(arguments.table, rows, COLUMNS)
    conflicts = find_conflicts(pairs, groups, folds)
    write_tsv(arguments.conflicts, conflicts, CONFLICTS)
    if conflicts:
        print(f"report_leaks: {len(conflicts)} conflicting labels, listed in {arguments.conflicts}")


if __name__ == "__main__":
    main()

"""Split the training cadences into stratified folds, and list the folds with which each cadence overlaps.

Without --groups, folds are plain. With it, cadences of one group share a fold. With --pairs too, chains
of overlaps are first cut into smaller groups, and folds are purged: what shares columns with a fold is
left out of what its model learns from, but is still scored in its own fold.

    python workflow_scripts/folds/make_folds.py --manifest results/manifests/train.parquet \\
        --groups results/overlaps/groups.parquet --pairs results/overlaps/pairs.parquet \\
        --largest-group 0.2 --count 5 --seed 0 --folds results/folds.parquet \\
        --overlapping results/overlaps/folds.parquet
"""

import argparse
import sys

import pyarrow.compute as pc

from abacad.folds.chains import cut_chains
from abacad.folds.overlapping import left_out, overlapping_folds
from abacad.folds.split import imbalance, make_folds
from abacad.tables.files import read_table, write_table
from abacad.tables.pairs import read_pairs


def main() -> None:
    """Read the command line and split."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--manifest", required=True, help="manifest of train: id, target, ok; bad rows get no fold")
    add("--count", type=int, required=True, help="number of folds, at least 2")
    add("--seed", type=int, required=True, help="equal seeds give equal folds on any machine")
    add("--groups", nargs="?", help="Parquet of find_overlaps.py: collection, id, group")
    add("--pairs", nargs="?", help="Parquet of find_overlaps.py, for purged folds")
    largest_help = "with --pairs: cadences of the largest group, as a share of a fold"
    add("--largest-group", type=float, default=0.2, help=f"{largest_help} (default: %(default)s)")
    add("--folds", required=True, help="Parquet to write: id, target, fold, group; sorted by id")
    overlapping_help = """Parquet to write, with --groups: collection, id, folds (a list of those with
        which it overlaps, including a training cadence's own)"""
    add("--overlapping", nargs="?", help=overlapping_help)
    arguments = parser.parse_args()
    if bool(arguments.groups) != bool(arguments.overlapping):
        parser.error("--groups and --overlapping: give both or neither")
    if arguments.pairs and not arguments.groups:
        parser.error("--pairs needs --groups")

    manifest = read_table(arguments.manifest, ["id", "target", "ok"])
    groups = pairs = joined = None
    if arguments.groups:
        joined = groups = read_table(arguments.groups, ["collection", "id", "group"])
    if arguments.pairs:
        pairs = read_pairs(arguments.pairs, groups, ["shared_columns"])
        in_a_fold = pc.sum(manifest["ok"]).as_py() / arguments.count
        joined = cut_chains(groups, pairs, int(arguments.largest_group * in_a_fold))
    folds = make_folds(manifest, arguments.count, arguments.seed, joined)
    if joined and (uneven := imbalance(folds, joined)):
        print(f"make_folds: {uneven}", file=sys.stderr)
    if groups:
        overlapping = overlapping_folds(folds, groups, pairs)
        for fold, collection, dropped, rows in left_out(folds, overlapping):
            print(f"fold {fold} does not learn from {dropped} of {rows} rows of {collection}")
        write_table(arguments.overlapping, overlapping)
    write_table(arguments.folds, folds)


if __name__ == "__main__":
    main()

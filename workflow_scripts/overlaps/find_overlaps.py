"""Find the cadences that were cut from the same background, in all collections together.

Writes the pairs, with the shift in bins of 2.86 kHz (column c of a is column c + shift of b), and each
cadence's group: cadences that are connected by pairs, directly or through others.

    python workflow_scripts/overlaps/find_overlaps.py --workers 8 \\
        --manifests results/manifests/{train,test,train_old,test_old}.parquet \\
        --pairs results/overlaps/pairs.parquet --groups results/overlaps/groups.parquet
"""

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa

from abacad.cadences.manifest import good_rows
from abacad.overlaps.search import find_pairs, overlap_groups
from abacad.tables.files import write_table


def main() -> None:
    """Read the command line, search, write both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    manifests_help = "Parquet tables, named like their collections; bad rows are left out"
    add("--manifests", type=Path, nargs="+", required=True, help=manifests_help)
    pairs_help = """Parquet to write: collection_a, id_a, collection_b, id_b, shift (bins),
        shared_columns, cosine and least_cosine (median and minimum over shared columns and panels)"""
    add("--pairs", type=Path, required=True, help=pairs_help)
    groups_help = "Parquet to write: collection, id, group (number); one row for each cadence"
    add("--groups", type=Path, required=True, help=groups_help)
    add("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    arguments = parser.parse_args()

    collections, ids, paths = [], [], []
    for manifest in arguments.manifests:
        good_ids, good_paths = good_rows(manifest)
        collections += [manifest.stem] * len(good_ids)
        ids += good_ids
        paths += good_paths
    arguments.pairs.parent.mkdir(parents=True, exist_ok=True)
    pairs = find_pairs(paths, arguments.pairs.parent, arguments.workers)
    if not len(pairs.first):
        print("find_overlaps: no two cadences share background, so there is none to subtract:")
        print("  all columns of the store residual are as preprocess.background.uncovered says")
    collection, name = np.array(collections), np.array(ids)
    write_table(
        arguments.pairs,
        pa.table(
            {
                "collection_a": collection[pairs.first],
                "id_a": name[pairs.first],
                "collection_b": collection[pairs.second],
                "id_b": name[pairs.second],
                "shift": pairs.shift.astype(np.int16),
                "shared_columns": pairs.shared_columns.astype(np.int16),
                "cosine": pairs.cosine,
                "least_cosine": pairs.least_cosine,
            }
        ),
    )
    groups = {"collection": collections, "id": ids, "group": overlap_groups(len(ids), pairs)}
    write_table(arguments.groups, pa.table(groups))


if __name__ == "__main__":
    main()

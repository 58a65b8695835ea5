"""Subtract the background that the cadences of one shard share with others: the store "residual".

A value x is in standard deviations of the noise of its column, and is stored as y = 20 arcsinh(x / 20),
so x = 20 sinh(y / 20). A cadence is (panel=6, time, frequency).

**A signal that was in the sky is in every snippet that was cut from the same observation, and is subtracted
with the background.** The store shows needles that were added to cadences after these were cut.

    python workflow_scripts/overlaps/subtract_background.py --collection train --shard 0-of-16 \\
        --manifests results/manifests/{train,test,train_old,test_old}.parquet \\
        --pairs results/overlaps/pairs.parquet --uncovered flattened --workers 8 \\
        --coverage results/overlaps/coverage/train/0-of-16.parquet \\
        --output results/stores/residual/train/0-of-16.arrow
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from abacad.cadences.cadence import shape_of_file
from abacad.overlaps.subtraction import (
    UNCOVERED,
    Source,
    backgrounds_of,
    coverage,
    known_cadences,
    partners_of,
    subtract_from_file,
)
from abacad.preprocess.shards import FailedCadences, preprocess, shard_of, shard_parser
from abacad.tables.files import read_table, write_table
from abacad.tables.pairs import read_pairs

MANIFESTS = """Parquet tables of the collection itself and of every collection in which overlaps were
    searched, named like them"""
UNCOVERED_HELP = """content of columns that are known from no other cadence: flattened, as in that store;
    or zero (default: %(default)s)"""
PARTNERS_HELP = "most overlapping cadences to read for one cadence (default: %(default)s)"
COVERAGE = """Parquet to write: id, partners (number of cadences that overlap with it), shared (fraction
    of the columns that these share according to --pairs), covered (fraction in which they have the same
    background)"""


def main() -> None:
    """Read the command line and write the shard and its coverage."""
    parser = shard_parser(__doc__)
    add = parser.add_argument
    add("--manifests", type=Path, nargs="+", required=True, help=MANIFESTS)
    add("--pairs", required=True, help="Parquet of find_overlaps.py")
    add("--most-partners", type=int, default=8, help=PARTNERS_HELP)
    add("--uncovered", choices=UNCOVERED, default="flattened", help=UNCOVERED_HELP)
    add("--coverage", required=True, help=COVERAGE)
    arguments = parser.parse_args()

    manifests = {path.stem: path for path in arguments.manifests}
    manifest = read_table(manifests[arguments.collection])
    manifest = manifest.filter(manifest["ok"])
    shard = shard_of(arguments, "residual")
    rows = shard.rows(len(manifest))
    manifest = manifest.slice(rows.start, len(rows))
    cadences = known_cadences(manifests)
    backgrounds, arrangements = backgrounds_of(arguments.collection, manifest, cadences)
    own_ids = cadences["id"].take(backgrounds)
    pairs = read_pairs(arguments.pairs, cadences, ["shift"], of=own_ids)
    partners = partners_of(backgrounds, pairs)
    ids, paths = manifest["id"].to_pylist(), manifest["path"].to_pylist()
    path_of = cadences["path"].to_pylist()
    sources = [
        Source(path, arrangement, tuple((path_of[other], shift) for other, shift in some))
        for path, arrangement, some in zip(paths, arrangements, partners, strict=True)
    ]
    bins = shape_of_file(paths[0])[-1] if paths else 0
    covering = np.zeros((len(ids), bins), np.uint8)
    function = partial(
        subtract_from_file,
        uncovered=arguments.uncovered,
        most_partners=arguments.most_partners,
    )
    try:
        preprocess(arguments.output, shard, ids, function, sources, arguments.workers, covering)
    except FailedCadences as error:
        sys.exit(f"subtract_background: {error}")
    shared = [coverage([shift for _, shift in some], bins) > 0 for some in partners]
    shared = np.array(shared, bool).reshape(covering.shape)
    others = shared & (covering == 0)
    if others.any():
        print(
            f"subtract_background: nothing is subtracted from {others.sum():,} columns of "
            f"{others.any(axis=1).sum():,} cadences that others should share: the background differs"
        )
    table = {
        "id": ids,
        "partners": [len(some) for some in partners],
        "shared": shared.mean(axis=1),
        "covered": (covering > 0).mean(axis=1),
    }
    write_table(arguments.coverage, pa.table(table))


if __name__ == "__main__":
    main()

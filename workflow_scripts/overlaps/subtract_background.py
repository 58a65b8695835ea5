"""Subtract the background that a cadence shares with others, of one shard: the store "residual".

Values are in standard deviations of a panel; (panel=6, time=273, frequency=256) a cadence.

    python workflow_scripts/overlaps/subtract_background.py --collection train --shard 0-of-16 \\
        --manifests results/manifests/{train,test,train_old,test_old}.parquet \\
        --pairs results/overlaps/pairs.parquet --uncovered normalized --clip -5 20 --workers 8 \\
        --coverage results/overlaps/coverage/train/0-of-16.parquet \\
        --output results/stores/residual/train/0-of-16.arrow
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from abacad.cadences.layout import FREQUENCY_BINS
from abacad.cadences.store import Shard
from abacad.overlaps.subtraction import (
    UNCOVERED,
    Source,
    backgrounds_of,
    coverage,
    partners_of,
    subtract_from_file,
)
from abacad.preprocess.shards import FailedCadences, preprocess, shard_parser
from abacad.tables.files import read_table, write_table

MANIFESTS = """Parquet tables of the collection itself, and of every one that overlaps were looked for in,
    named like them"""
UNCOVERED_HELP = """what stands in columns that no other cadence shares: normalized, the whitened panel;
    zero (default: %(default)s)"""
COVERAGE = "Parquet to write: id, partners (number), covered (fraction of the columns)"


def main() -> None:
    """Read the command line and write the shard and its coverage."""
    parser = shard_parser(__doc__)
    add = parser.add_argument
    add("--manifests", type=Path, nargs="+", required=True, help=MANIFESTS)
    add("--pairs", required=True, help="Parquet of find_overlaps.py")
    add("--most-partners", type=int, default=8, help="partners a cadence (default: %(default)s)")
    add("--uncovered", choices=UNCOVERED, default="normalized", help=UNCOVERED_HELP)
    add("--coverage", required=True, help=COVERAGE)
    arguments = parser.parse_args()

    manifests = {path.stem: read_table(path) for path in arguments.manifests}
    manifests = {name: table.filter(table["ok"]) for name, table in manifests.items()}
    path_of = {
        (collection, cadence_id): path
        for collection, manifest in manifests.items()
        for cadence_id, path in zip(
            manifest["id"].to_pylist(), manifest["path"].to_pylist(), strict=True
        )
    }
    shard = Shard("residual", arguments.collection, *arguments.shard)
    manifest = manifests[arguments.collection]
    rows = shard.rows(len(manifest))
    manifest = manifest.slice(rows.start, len(rows))
    backgrounds = backgrounds_of(arguments.collection, manifest)
    partners = partners_of(
        [cadence for cadence, _ in backgrounds],
        read_table(arguments.pairs),
        arguments.most_partners,
    )
    sources = [
        Source(path, panels, tuple((path_of[cadence], shift) for cadence, shift in some))
        for path, (_, panels), some in zip(
            manifest["path"].to_pylist(), backgrounds, partners, strict=True
        )
    ]
    covering = np.array(
        [coverage([shift for _, shift in some]) for some in partners], np.uint8
    ).reshape(-1, FREQUENCY_BINS)
    ids = manifest["id"].to_pylist()
    function = partial(subtract_from_file, uncovered=arguments.uncovered, clip=arguments.clip)
    try:
        preprocess(arguments.output, shard, ids, function, sources, arguments.workers, covering)
    except FailedCadences as error:
        sys.exit(f"subtract_background: {error}")
    table = {
        "id": ids,
        "partners": [len(some) for some in partners],
        "covered": (covering > 0).mean(axis=1),
    }
    write_table(arguments.coverage, pa.table(table))


if __name__ == "__main__":
    main()

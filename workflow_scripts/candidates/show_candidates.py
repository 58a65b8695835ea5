"""Show the candidates on a page that opens from the disk, and list them in a table.

    python workflow_scripts/candidates/show_candidates.py --run demo --method rank_mean \\
        --false-positive-rate 0.01 --chosen results/candidates/chosen.parquet \\
        --hits results/candidates/hits.parquet --pairs results/overlaps/pairs.parquet \\
        --folds results/folds.parquet --test results/ensemble/test.parquet \\
        --manifest results/manifests/test.parquet --stores results/stores/{flattened,nmf}/test/*.arrow \\
        --workers 4 --pictures results/candidates/pictures --page results/candidates/index.html \\
        --table results/candidates.tsv
"""

import argparse
import os
from pathlib import Path

import pyarrow.compute as pc

from abacad.cadences.layout import PanelShape
from abacad.cadences.manifest import good_rows
from abacad.cadences.maps import read_maps
from abacad.cadences.store import open_stores
from abacad.candidates.album import draw_candidates, layers_of, read_candidates, stored_panels
from abacad.candidates.facts import (
    candidate_rows,
    members_of,
    seen_panels,
    table_columns,
    table_rows,
)
from abacad.candidates.page import Run, key_of, write_page
from abacad.candidates.pictures import bins_a_row
from abacad.ensemble.names import METHODS
from abacad.tables.files import read_table, write_tsv

TABLE = """TSV to write, a row a candidate, the best first: what choose_candidates.py tells, the best hit, the
    cadences that share background, and the raw file"""


def main() -> None:
    """Read the command line and show the candidates."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--run", required=True, help="the run's name; the page is titled by it")
    add("--method", choices=METHODS, required=True, help="how members become the ensemble's score")
    rate_help = "at which a cadence passes, as of choose_candidates.py"
    add("--false-positive-rate", type=float, required=True, help=rate_help)
    add("--chosen", required=True, help="Parquet of choose_candidates.py")
    add("--hits", required=True, help="Parquet of search_candidates.py")
    add("--pairs", nargs="?", help="Parquet of find_overlaps.py")
    add(
        "--grad-cam",
        nargs="?",
        help="Parquet: collection, id, map (panel 6, time 39, frequency 64)",
    )
    add("--folds", required=True, help="Parquet: target of the training rows")
    add("--test", required=True, help="Parquet of rank_average.py: ids of test")
    add("--manifest", required=True, help="manifest of test: where the raw files are")
    add("--stores", nargs="*", default=[], help="all shards of the stores of test to show")
    add("--shape", type=PanelShape.of_json, required=True, help="data.shape of the config, JSON")
    add("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    add("--pictures", type=Path, required=True, help="folder to write the pictures to")
    add("--page", type=Path, required=True, help="HTML to write")
    add("--table", required=True, help=TABLE)
    arguments = parser.parse_args()

    chosen = read_table(arguments.chosen)
    ids = chosen["id"].to_pylist()
    paths = dict(zip(*good_rows(arguments.manifest), strict=True))
    pairs = read_table(arguments.pairs) if arguments.pairs else None
    rows = candidate_rows(chosen, read_table(arguments.hits), pairs, paths)
    maps = read_maps(arguments.grad_cam, ids) if arguments.grad_cam else {}
    for row in rows:
        row["seen"] = seen_panels(maps[row["id"]]) if maps else []

    stores = open_stores(arguments.stores)
    layers = layers_of(stores)
    bins = bins_a_row(len(ids) * len(layers))
    candidates = read_candidates(ids, paths, stores, maps)
    draw_candidates(arguments.pictures, candidates, len(ids), bins, arguments.workers)
    write_tsv(arguments.table, table_rows(rows), table_columns(members_of(chosen)))
    tested = read_table(arguments.test, ["id"])["id"].to_pylist()
    targets = read_table(arguments.folds, ["target"])["target"]
    run = Run(
        name=arguments.run,
        key=key_of(arguments.run, tested),
        collection="test",
        called="test cadences",
        ranked=len(tested),
        partners=pairs is not None,
        method=arguments.method.replace("_", " "),
        spread="ranks",
        rated_by="training cadences without a needle",
        negatives=pc.sum(pc.equal(targets, 0)).as_py(),
        passing=arguments.false_positive_rate,
        layers=layers,
        stored=stored_panels(stores),
        pictures=os.path.relpath(arguments.pictures, arguments.page.parent),
        grad_cam=bool(maps),
        bins_a_row=bins,
        shape=arguments.shape,
    )
    write_page(arguments.page, run, rows)


if __name__ == "__main__":
    main()

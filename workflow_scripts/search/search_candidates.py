"""Search the chosen candidates for drifting lines; nothing is trained.

A row a hit comes out, with the columns of search_drift.py. Raw panels are read and levelled here, so that no
store of all test cadences is needed: what the page of candidates shows costs 0.2 s a candidate.

    python workflow_scripts/search/search_candidates.py --settings '{"largest": 157, "step": 3.3}' \\
        --chosen results/candidates/chosen.parquet --manifest results/manifests/test.parquet \\
        --clip -5 20 --threads 4 --hits results/candidates/hits.parquet
"""

import argparse
import json

from abacad.cadences.cadence import read_cadence
from abacad.cadences.manifest import good_rows
from abacad.devices.device import prepare_device
from abacad.devices.progress import progress
from abacad.preprocess.level import level
from abacad.search.job import hits_of, hits_table
from abacad.search.settings import Search
from abacad.tables.files import read_table, write_table
from abacad.tables.ids import some

SETTINGS = "JSON, as the config's key search, whose store does not matter here"
CLIP = "lowest and highest value of the levelled panels, as of stores"


def main() -> None:
    """Read the command line and search."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--settings", type=json.loads, default={}, help=SETTINGS)
    add("--chosen", required=True, help="Parquet of choose_candidates.py: ids of test")
    add("--manifest", required=True, help="manifest of test: where the raw files are")
    add("--clip", type=float, nargs=2, required=True, metavar=("LOW", "HIGH"), help=CLIP)
    add("--hits", required=True, help="Parquet to write: see above")
    add("--threads", type=int, default=1, help="CPU threads (default: %(default)s)")
    arguments = parser.parse_args()

    try:
        search = Search.of(arguments.settings)
    except ValueError as error:
        parser.error(str(error))
    ids = read_table(arguments.chosen, ["id"])["id"].to_pylist()
    path_of = dict(zip(*good_rows(arguments.manifest), strict=True))
    if missing := [one for one in ids if one not in path_of]:
        parser.error(f"{arguments.manifest} has no good row of {some(missing)}")
    cadences = (level(read_cadence(path_of[one]), arguments.clip) for one in ids)
    cadences = progress(cadences, "Searching the candidates", len(ids), "cadences")
    hits = hits_of(cadences, search, prepare_device(arguments.threads))
    write_table(arguments.hits, hits_table("test", ids, hits))


if __name__ == "__main__":
    main()

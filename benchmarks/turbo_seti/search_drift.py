"""What the search of this workflow, which is not trained, makes of the cadences that turboSETI searches.

The panels are levelled, as in the store that is searched by default. Each statistic is a search of its own:
which one serves best is chosen by labels in a workflow, and here all are shown. None has a threshold of its
own, so no cadence is `found`.

    make benchmark-turbo-seti
    PYTHONPATH=workflow_scripts python benchmarks/turbo_seti/search_drift.py \\
        --folder cadences --truth truth.parquet --scores search_drift.parquet
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Any

import pyarrow as pa
import torch

from abacad.cadences.cadence import read_cadence
from abacad.preprocess.level import level
from abacad.search.planes import planes
from abacad.search.settings import Search
from abacad.search.statistics import statistics
from abacad.tables.files import read_table, write_table

CLIP = (-5, 20)  # of stores, by default

SCORES = pa.schema(
    [
        ("id", pa.string()),
        ("search", pa.string()),
        ("score", pa.float32()),
        ("seconds", pa.float32()),
        ("seconds_in_all", pa.float32()),
    ]
)


def searched(cadence_id: str, folder: Path, search: Search) -> Iterator[dict[str, Any]]:
    """Rows of `SCORES` of a cadence, one for each statistic; seconds are of all of them."""
    panels = read_cadence(folder / f"{cadence_id}.npy")
    begun = process_time()
    batch = torch.from_numpy(level(panels, CLIP))[None]
    levelled = process_time()
    with torch.inference_mode():
        found = statistics(planes(batch, search), search.drifts)
    ended = process_time()
    for name, value in found.items():
        yield {
            "id": cadence_id,
            "search": f"search_drift, {name}",
            "score": value.item(),
            "seconds": ended - levelled,
            "seconds_in_all": ended - begun,
        }


def main() -> None:
    """Read the command line, search, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--folder", type=Path, required=True, help="of .npy files, (6, 273, 256) float16")
    add("--truth", required=True, help="Parquet, of make_cadences.py")
    add("--scores", required=True, help="table to write, Parquet: a row a cadence and statistic")
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    search = Search()
    ids = read_table(arguments.truth, ["id"])["id"].to_pylist()
    rows = [row for one in ids for row in searched(one, arguments.folder, search)]
    write_table(arguments.scores, pa.Table.from_pylist(rows, SCORES))


if __name__ == "__main__":
    main()

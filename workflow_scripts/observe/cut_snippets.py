"""Cut the snippets of one share of an observation's band, as a store of raw panels and a table.

The files are read part by part, each channel once; memory holds one part of the six files, 0.45 GB. What a
receiver writes into each coarse channel, a spike and a roll-off, is taken away.

    python workflow_scripts/observe/cut_snippets.py --observation HIP1/observation.json \\
        --shard 0-of-4 --stride 128 --snippets HIP1/snippets/0-of-4.parquet --store HIP1/raw/0-of-4.arrow
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import tee
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from abacad.cadences.layout import OBSERVED
from abacad.cadences.shard import Shard, shard_position
from abacad.cadences.store import write_store
from abacad.observe.listing import BadObservation
from abacad.observe.observations import read_observation
from abacad.observe.snippets import cut_share
from abacad.observe.stores import RAW
from abacad.tables.files import write_table

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("lowest", pa.float64()),
        ("masked", pa.int32()),
        ("ok", pa.bool_()),
        ("why", pa.string()),
    ]
)
SNIPPETS = """Parquet to write: id, lowest (middle of the first channel, MHz), masked (channels that the
    receiver made), ok, why (it is not in the store)"""


def main() -> None:
    """Read the command line and cut."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--observation", type=Path, required=True, help="JSON of check_observation.py")
    shard_help = "part of the band, as 0-of-4"
    add("--shard", type=shard_position, required=True, metavar="INDEX-of-COUNT", help=shard_help)
    add("--stride", type=int, required=True, help="channels from one snippet to the next")
    add("--snippets", type=Path, required=True, help=SNIPPETS)
    add("--store", type=Path, required=True, help="store file to write, Arrow IPC")
    arguments = parser.parse_args()
    try:
        cut_shard(arguments)
    except BadObservation as error:
        sys.exit(f"cut_snippets: {error}")


def cut_shard(arguments: argparse.Namespace) -> None:
    """Cut what the command line names."""
    observation = read_observation(arguments.observation)
    share = Shard(RAW, OBSERVED, *arguments.shard)
    rows: list[dict[str, Any]] = []

    def good() -> Iterator[tuple[str, np.ndarray]]:
        for snippet in cut_share(observation, arguments.stride, share):
            told = asdict(replace(snippet, panels=None))
            rows.append(told | {"ok": not snippet.why})
            if not snippet.why:
                yield snippet.id, snippet.panels

    ids, cadences = tee(good())  # in step, so that one snippet is held
    whole = Shard(RAW, OBSERVED, 0, 1)  # each share is scored by itself
    write_store(arguments.store, whole, (one for one, _ in ids), (one for _, one in cadences))
    write_table(arguments.snippets, pa.Table.from_pylist(rows, SCHEMA))


if __name__ == "__main__":
    main()

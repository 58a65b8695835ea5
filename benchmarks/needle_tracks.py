"""Simulate the needles of a raw folder once more, to know where they are.

Out comes a table: collection, id, and track, a fixed-size list of int16: the frequency bin of the needle in
each (panel=6, time=273), -1 where it is dark. ValueError where a cadence is not, byte for byte, the one in
the folder.

    python benchmarks/needle_tracks.py --raw results/benchmark/simulated/raw --stretches 40 \\
        --tracks tracks.parquet
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa

from abacad.cadences.layout import COLLECTIONS, COMPETITION, PANELS
from abacad.simulate import sky
from abacad.simulate.settings import Simulation
from abacad.tables.files import read_json, write_table

DARK = 0.01  # of a needle's brightest bin


def main() -> None:
    """Read the command line and simulate."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--raw", type=Path, required=True, help="folder of simulate_cadences.py")
    add("--stretches", type=int, required=True, help="of how many stretches of background")
    add("--tracks", required=True, help="Parquet to write")
    arguments = parser.parse_args()

    simulation = Simulation.of(read_json(arguments.raw / sky.SIMULATED_MARK))
    made, needle = [], sky.needle
    sky.needle = lambda *parameters: made.append(needle(*parameters)) or made[-1]
    rows = []
    for stretch in sky.plan_stretches(simulation)[: arguments.stretches]:
        made.clear()
        with tempfile.TemporaryDirectory() as folder:
            told = sky.simulate_stretch(simulation, Path(folder), stretch)
            positives = [row for row in told if row["target"]]
            for row, signal in zip(positives, made, strict=True):
                path = COLLECTIONS[row["collection"]].cadence_path(row["id"])
                if (Path(folder) / path).read_bytes() != (arguments.raw / path).read_bytes():
                    raise ValueError(
                        f"{arguments.raw / path}: simulated anew, it is another cadence"
                    )
                bright = signal.max(-1) > DARK * signal.max()
                rows.append((row["collection"], row["id"], np.where(bright, signal.argmax(-1), -1)))
    collections, ids, tracks = zip(*rows, strict=True)
    flat = pa.array(np.stack(tracks).astype(np.int16).ravel())
    track = pa.FixedSizeListArray.from_arrays(flat, PANELS * COMPETITION.time_bins)
    write_table(arguments.tracks, pa.table({"collection": collections, "id": ids, "track": track}))


if __name__ == "__main__":
    main()

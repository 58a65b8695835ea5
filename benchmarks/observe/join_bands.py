"""Join simulated observations of narrow bands to one of a wide band: six files, as wide as L band.

The band of the observation with a needle is the highest, so that its frequencies stay.

    python benchmarks/observe/join_bands.py --narrow narrow --table observe/observations.tsv
"""

import argparse
import csv
import shutil
from pathlib import Path

import h5py
import hdf5plugin

CHUNK = (10, 1, 65536)  # of a telescope's files


def main() -> None:
    """Read the command line and join."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--narrow", type=Path, required=True, help="of simulate_observations.py")
    parser.add_argument(
        "--table", type=Path, required=True, help="TSV to write, the files beside it"
    )
    arguments = parser.parse_args()
    files: dict[str, list[Path]] = {}
    with open(arguments.narrow / "observations.tsv") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            files.setdefault(row["cadence"], []).append(arguments.narrow / row["file"])
    folder = arguments.table.parent / "wide"
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["cadence\tfile"]
    for scan, first in enumerate(files["needle"]):
        beside = [paths[scan] for cadence, paths in files.items() if cadence != "needle"]
        join([first, *beside], folder / first.name)
        lines.append(f"wide\twide/{first.name}")
    shutil.copy(arguments.narrow / "truth.tsv", arguments.table.with_name("truth.tsv"))
    arguments.table.write_text("\n".join(lines) + "\n")


def join(parts: list[Path], path: Path) -> None:
    """Write a file with the channels of several, in their order; its header is that of the first."""
    with h5py.File(path, "w") as whole, h5py.File(parts[0]) as first:
        spectra, feeds, width = first["data"].shape
        shape = (spectra, feeds, width * len(parts))
        data = whole.create_dataset("data", shape, "f4", chunks=CHUNK, **hdf5plugin.Bitshuffle())
        for number, part in enumerate(parts):
            with h5py.File(part) as narrow:
                data[..., number * width : (number + 1) * width] = narrow["data"][:]
        for key, value in first["data"].attrs.items():
            data.attrs[key] = value
        data.attrs["nchans"] = shape[2]
        for key, value in first.attrs.items():
            whole.attrs[key] = value


if __name__ == "__main__":
    main()

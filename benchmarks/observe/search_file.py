"""How long turboSETI takes for one file of an observation, and how many lines it lists there.

python benchmarks/observe/search_file.py --table observations.tsv --found turbo_seti.tsv
"""

import argparse
import csv
import logging
import tempfile
import time
import warnings
from pathlib import Path

import h5py

with warnings.catch_warnings():  # blimpy, below turbo_seti, still asks for pkg_resources
    warnings.simplefilter("ignore")
    from turbo_seti.find_doppler.find_doppler import FindDoppler

MAX_DRIFT = 157.0  # Hz/s, as far as the search of abacad looks
SNR = 10.0
COARSE = 1024  # channels of a coarse one


def main() -> None:
    """Read the command line, search, and write a row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--table", type=Path, required=True, help="table of the observation's files"
    )
    parser.add_argument(
        "--found", type=Path, required=True, help="TSV to write: seconds, hits, files"
    )
    arguments = parser.parse_args()
    with open(arguments.table) as file:
        rows = [*csv.DictReader(file, delimiter="\t")]
    path = arguments.table.parent / rows[0]["file"]
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        search = FindDoppler(
            str(path),
            max_drift=MAX_DRIFT,
            snr=SNR,
            out_dir=folder,
            n_coarse_chan=channels(path) // COARSE,
            log_level_int=logging.ERROR,
        )
        search.search()
        seconds = time.perf_counter() - start
        listed = next(Path(folder).glob("*.dat")).read_text().splitlines()
    hits = sum(not line.startswith("#") and bool(line.strip()) for line in listed)
    arguments.found.write_text(f"seconds\thits\tfiles\n{seconds:.1f}\t{hits}\t{len(rows)}\n")


def channels(path: Path) -> int:
    """Channels of a file."""
    with h5py.File(path) as file:
        return file["data"].shape[2]


if __name__ == "__main__":
    main()

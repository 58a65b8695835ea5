"""How the time of the search for overlaps grows with the cadences, compared with an exhaustive search.

The index is timed on sketches like those of a simulated sky: differences of columns of independent noise,
cut into overlapping cadences and rounded to float16. Making a sketch from a raw file costs the same for any
number of files, and is timed on files. The exhaustive search takes one column of each cadence and
multiplies it with every column of all others.

    make benchmark-overlaps
    PYTHONPATH=workflow_scripts python benchmarks/find_overlaps.py --counts 2000 --exhaustive 1000
"""

import argparse
import resource
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

from abacad.cadences.cadence import read_cadence
from abacad.cadences.layout import COMPETITION, PANELS
from abacad.overlaps.search import (
    MOST_CANDIDATES,
    PROJECTIONS,
    candidates,
    landmarks,
    sketch,
    verify,
)

REAL = 186_000  # cadences of the competition, all collections
STRETCH = 1024  # bins of background
COVERAGE = 3  # cadences that share a column, on average
_, TIME_BINS, BINS = COMPETITION.of_cadence
ROUNDING = 3e-5  # how far rounding to float16 moves a projection


def sketches_of_a_sky(count: int, random: np.random.Generator) -> np.ndarray:
    """Sketches of `count` overlapping cadences: (cadence, panel, projection, difference), float16."""
    sketches = np.empty((count, PANELS, PROJECTIONS, BINS - 1), np.float16)
    for index in range(count):
        if index % (COVERAGE * STRETCH // BINS) == 0:
            stretch = random.standard_normal((PANELS, PROJECTIONS, STRETCH))
            stretch /= np.sqrt(TIME_BINS - 1)
        offset = random.integers(STRETCH - BINS, endpoint=True)
        cut = stretch[..., offset : offset + BINS - 1]
        sketches[index] = cut + random.normal(0, ROUNDING, cut.shape)
    return sketches


def seconds_to_sketch(files: int = 200) -> float:
    """Seconds of one core from a raw file to its sketch and landmarks."""
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{index}.npy") for index in range(files)]
        for path in paths:
            panels = random.standard_normal(COMPETITION.of_cadence, np.float32)
            np.save(path, panels.astype(np.float16))
        started = perf_counter()
        for path in paths:
            landmarks(sketch(read_cadence(path)))
        return (perf_counter() - started) / files


def seconds_to_match(count: int) -> tuple[float, int]:
    """Seconds from sketches to verified pairs, and how many pairs."""
    sketches = sketches_of_a_sky(count, np.random.default_rng(1))
    found = [landmarks(each.astype(np.float32)) for each in sketches]
    cadences = np.repeat(np.arange(count), [len(columns) for columns, _ in found])
    columns, keys = map(np.concatenate, zip(*found, strict=True))
    with tempfile.NamedTemporaryFile() as file:
        sketches.tofile(file.name)
        started = perf_counter()
        packed = candidates(cadences, columns, keys, MOST_CANDIDATES * count)
        pairs = verify(file.name, sketches.shape, TIME_BINS, packed, workers=1)
        return perf_counter() - started, len(pairs.first)


def seconds_to_compare_all(count: int) -> float:
    """Seconds to multiply one column of each cadence with every column of one panel of all others."""
    random = np.random.default_rng(2)
    columns = random.standard_normal((count, TIME_BINS, BINS), np.float32)
    columns /= np.linalg.norm(columns, axis=1, keepdims=True)
    references = np.ascontiguousarray(columns[:, :, BINS // 2])  # (cadence, time)
    started = perf_counter()
    for other in columns:
        (references @ other).max(axis=1)
    return perf_counter() - started


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    counts_help = "cadences for the index (default: %(default)s)"
    add("--counts", type=int, nargs="+", default=[2000, 8000, 32000], help=counts_help)
    exhaustive_help = "cadences for the exhaustive search (default: %(default)s)"
    add("--exhaustive", type=int, nargs="+", default=[2000, 8000], help=exhaustive_help)
    arguments = parser.parse_args()

    sketching = seconds_to_sketch()
    print(f"from a raw file to its landmarks: {1e3 * sketching:.2f} ms a cadence\n")
    print("| cadences | pairs | index, ms a cadence | of it matching |")
    print("| -------: | ----: | ------------------: | -------------: |")
    for count in arguments.counts:
        matching, pairs = seconds_to_match(count)
        each = matching / count
        print(
            f"| {count} | {pairs} | {1e3 * (sketching + each):.2f} | {1e3 * each:.2f} |", flush=True
        )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    index_hours = REAL * (sketching + each) / 3600
    print(f"\npeak memory at {count}, sketches included: {memory:.1f} GB")
    print(f"the index at {REAL}: {index_hours:.2f} hours of one core\n")
    print("| cadences | exhaustive, ms a cadence |")
    print("| -------: | -----------------------: |")
    for count in arguments.exhaustive:
        each = seconds_to_compare_all(count) / count
        print(f"| {count} | {1e3 * each:.2f} |", flush=True)
    hours = REAL * each * REAL / count / 3600
    print(
        f"\nthe exhaustive search at {REAL}: {hours:.0f} hours, {hours / index_hours:.0f} times more"
    )


if __name__ == "__main__":
    main()

"""The list of a manifest's good files in, those that have changed since they were indexed out.

Uses only the standard library, so that Snakemake can call it before it plans a run.
"""

import csv
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from pathlib import Path

COLUMNS = ("path", "bytes", "modified")  # modified: in ns since 1970

THREADS = 16  # on a network disk, each look at a file waits
FILES_PER_TASK = 1000


def changed_files(listed: str | Path) -> list[str]:
    """The paths whose size or time of change differs from what is listed, or that are missing.

    `listed`: the TSV of index_cadences.py --files, with the `COLUMNS`. ValueError: it is not such a file.
    """
    with open(listed, newline="", encoding="utf-8") as file:
        rows = csv.reader(file, delimiter="\t")
        if next(rows, None) != [*COLUMNS]:
            raise ValueError(f"{listed}: must be a TSV with the columns {', '.join(COLUMNS)}")
        with ThreadPoolExecutor(THREADS) as pool:
            return [*chain.from_iterable(pool.map(_changed, _cut(rows)))]


def _cut(rows: Iterable[Sequence[str]]) -> Iterable[list[Sequence[str]]]:
    rows = iter(rows)
    while some := [*islice(rows, FILES_PER_TASK)]:
        yield some


def _changed(rows: Sequence[Sequence[str]]) -> list[str]:
    return [path for path, size, modified in rows if _look(path) != (size, modified)]


def _look(path: str) -> tuple[str, str] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return str(found.st_size), str(found.st_mtime_ns)

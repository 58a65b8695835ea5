"""A raw collection in, its manifest out: every cadence of its table, and whether its file is good.

A manifest is a Parquet table with one row for each id, sorted by id: id, path (with the root, as
given), target (0, 1; null on the test side), bytes and modified (of the file; ns since 1970),
panel_mean, panel_std (six values), ok, why (what is wrong; empty if ok). The good rows, in this order,
are the rows of every store.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa

from abacad.cadences.cadence import (
    BadCadence,
    cadence_files,
    check_shape,
    panel_statistics,
    read_cadence,
)
from abacad.cadences.layout import Collection, PanelShape
from abacad.devices.parallel import ordered_map
from abacad.devices.progress import progress
from abacad.tables.files import read_table
from abacad.tables.ids import BadTable, read_id_table

MANIFEST_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("path", pa.string()),
        ("target", pa.int8()),
        ("bytes", pa.int64()),
        ("modified", pa.int64()),
        ("panel_mean", pa.list_(pa.float32())),
        ("panel_std", pa.list_(pa.float32())),
        ("ok", pa.bool_()),
        ("why", pa.string()),
    ]
)
PROBLEM_COLUMNS = ("id", "path", "why")
TARGETS = {"0": 0, "1": 1}
FILES_PER_TASK = 64  # so that handing out tasks costs little compared with 3 ms for each file

Row = dict[str, Any]


class LayoutError(ValueError):
    """The raw folder does not have the competition's layout. Says what is wrong and what is expected."""


def index_collection(
    root: str | Path, collection: Collection, shape: PanelShape, workers: int
) -> tuple[pa.Table, list[Row]]:
    """Check every cadence of one collection below the raw folder `root`, with `workers` processes.

    All must be of the `shape`.

    Returns the manifest (each id of the table once, also bad ones) and the problems: rows of
    `PROBLEM_COLUMNS` for the manifest's bad rows and for files that no row names. LayoutError: the
    table or the folder is missing, or the table cannot be read.
    """
    folder = Path(root, collection.folder)
    targets = _read_targets(root, collection)
    if not folder.is_dir():
        raise _layout_error(root, collection, f"there is no folder {folder}")
    rows = [_table_row(root, collection, *item) for item in sorted(targets.items())]
    tasks = [rows[start : start + FILES_PER_TASK] for start in range(0, len(rows), FILES_PER_TASK)]
    checking = chain.from_iterable(ordered_map(partial(_check_files, shape), tasks, workers))
    checked = [*progress(checking, f"Checking {collection.name}", len(rows), "cadences")]
    problems = [row for row in checked if not row["ok"]]
    problems += _unlisted_files(folder, collection, known={row["path"] for row in rows})
    return (
        pa.Table.from_pylist(checked, MANIFEST_SCHEMA),
        [{column: row[column] for column in PROBLEM_COLUMNS} for row in problems],
    )


def good_rows(manifest: str | Path) -> tuple[list[str], list[str]]:
    """Ids and paths of a manifest's good rows, in its order: the rows of every store."""
    table = read_table(manifest, ["id", "path", "ok"])
    table = table.filter(table["ok"])
    return table["id"].to_pylist(), table["path"].to_pylist()


def _read_targets(root: str | Path, collection: Collection) -> dict[str, list[str]]:
    """Every id of the collection's table, with the target of each row that names it."""
    path = Path(root, collection.table)
    targets = defaultdict(list)
    try:
        for row in read_id_table(path, ("id", "target")):
            targets[row["id"]].append(row["target"])
    except FileNotFoundError:
        raise _layout_error(root, collection, f"there is no table {path}") from None
    except BadTable as error:
        raise _layout_error(root, collection, str(error)) from None
    if not targets:
        raise _layout_error(root, collection, f"{path} has no rows")
    return targets


def _table_row(
    root: str | Path, collection: Collection, cadence_id: str, targets: Sequence[str]
) -> Row:
    """The manifest's row of one id before its file is read, with what the table alone shows to be wrong."""
    faults = []
    path = None
    if re.fullmatch(rf"[0-9a-f]{{{collection.id_digits}}}", cadence_id):
        path = str(Path(root, collection.cadence_path(cadence_id)))
    else:
        faults.append(f"malformed id, must be {collection.id_digits} digits of 0-9a-f")
    if len(targets) > 1:
        faults.append(f"duplicate id, in {len(targets)} rows of {collection.table}")
    target = None
    if collection.labelled:
        faults += [f"label {text!r}, must be 0 or 1" for text in sorted({*targets} - {*TARGETS})]
        target = TARGETS.get(targets[0]) if len({*targets}) == 1 else None
    return {"id": cadence_id, "path": path, "target": target, "why": "; ".join(faults)}


def _check_files(shape: PanelShape, rows: Sequence[Row]) -> list[Row]:
    """The rows with what their files say: size, panel statistics, faults."""
    return [row | _check_file(shape, row) for row in rows]


def _check_file(shape: PanelShape, row: Row) -> Row:
    faults = [row["why"]] if row["why"] else []
    found: Row = {}
    if row["path"]:
        with suppress(OSError):
            status = os.stat(row["path"])  # before it is read: a later change is noticed
            found |= {"bytes": status.st_size, "modified": status.st_mtime_ns}
        try:
            panels = read_cadence(row["path"])
            check_shape(panels.shape, shape)
            found["panel_mean"], found["panel_std"] = panel_statistics(panels)
        except BadCadence as error:
            faults.append(str(error))
    return found | {"ok": not faults, "why": "; ".join(faults)}


def _unlisted_files(folder: Path, collection: Collection, known: set[str]) -> Iterator[Row]:
    """Cadence files below the collection's folder that are not among the `known` paths."""
    for path in cadence_files(folder):
        if path not in known:
            why = f"file without a row in {collection.table}, or not in its id's folder"
            yield {"id": Path(path).stem, "path": path, "why": why}


def _layout_error(root: str | Path, collection: Collection, fault: str) -> LayoutError:
    return LayoutError(
        f"{fault}. Collection {collection.name} is expected as {root}/{collection.table}, a CSV with "
        f"the columns id, target, and {root}/{collection.folder}/<first character of id>/<id>.npy"
    )

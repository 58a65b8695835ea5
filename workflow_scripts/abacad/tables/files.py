"""Files that appear whole or not at all, and the tables (Parquet, TSV, JSON) that the rules exchange."""

import csv
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROWS_PER_PART = 2**17  # 8 MB of a table of pairs


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` when the block ends without an error.

    The file is flushed to the disk before it is renamed, so a node that fails leaves no half of it. It
    gets the mode of any new file in this folder, whatever mode a library gave it. An error in the block
    gets a note that names `path`.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.touch()  # a new file shows the umask
        mode = temporary.stat().st_mode
        temporary.unlink()
        yield temporary
        with open(temporary, "rb+") as file:
            os.fchmod(file.fileno(), S_IMODE(mode))
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except Exception as error:
        error.add_note(f"while writing {path}")
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_table(path: str | Path, table: pa.Table) -> None:
    """Write a Parquet table."""
    with whole_file(path) as temporary:
        pq.write_table(table, temporary)


def read_table(path: str | Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a Parquet table. KeyError: one of `columns` is missing; the message names the file."""
    _check_columns(path, pq.read_schema(path).names, columns or ())
    return pq.read_table(path, columns=columns and [*columns])


def read_parts(path: str | Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    """The same a part at a time, at least one, so that a large table need not be in memory."""
    with pq.ParquetFile(path, pre_buffer=False) as file:
        _check_columns(path, file.schema_arrow.names, columns)
        if not file.metadata.num_rows:
            yield file.read([*columns])
        for part in file.iter_batches(ROWS_PER_PART, columns=[*columns]):
            yield pa.Table.from_batches([part])


def _check_columns(path: str | Path, names: Sequence[str], columns: Sequence[str]) -> None:
    missing = [name for name in columns if name not in names]
    if missing:
        raise KeyError(f"{path}: no column {missing[0]!r}; it has {', '.join(names)}")


def write_tsv(path: str | Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Write rows as tab-separated text with a header; missing values are empty."""
    _write_rows(path, rows, columns, "\t")


def write_csv(path: str | Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Write rows as comma-separated text with a header; missing values are empty."""
    _write_rows(path, rows, columns, ",")


def _write_rows(
    path: str | Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str], delimiter: str
) -> None:
    with whole_file(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.DictWriter(file, columns, delimiter=delimiter, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)


def read_tsv(path: str | Path, columns: Sequence[str] = ()) -> list[dict[str, str]]:
    """The rows of tab-separated text; KeyError names the file where its header lacks one of `columns`."""
    with open(path, newline="") as file:
        reader = csv.DictReader(file, delimiter="\t")
        _check_columns(path, reader.fieldnames or [], columns)
        return [*reader]


def write_json(path: str | Path, value: Any) -> None:
    """Write a JSON file with sorted keys, so that equal content gives equal bytes."""
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n")


def read_json(path: str | Path) -> Any:
    """Read a JSON file."""
    return json.loads(Path(path).read_text())


def file_digest(path: str | Path) -> str:
    """The SHA-256 of a file's content, as hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""A CSV with one row for each id in, its rows out, and back: label tables and sample submissions.

Spreadsheets change such tables: they save them in other encodings, with other separators, and with
blank lines. A table is read if its meaning is certain, and refused if it could be misread.
"""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

from abacad.tables.files import whole_file

PLACEHOLDER = 0.5  # the target of rows without a label

NAMED_IDS = 5  # an error names this many ids and counts the rest

UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class BadTable(ValueError):
    """Which table cannot be read, what is wrong with it, and what to do."""


def read_id_table(path: str | Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a CSV, each with the values of `columns`. The table may have other columns too.

    A byte-order mark, blank lines, and spaces around names and values are ignored. BadTable: the table
    is not UTF-8, is not separated by commas, lacks a column or has it twice, or a line has a different
    number of values than the header. FileNotFoundError: there is no such file.
    """
    lines = csv.reader(StringIO(_text(path), newline=""), strict=True)
    header: list[str] = []
    rows = []
    try:
        for line in lines:
            values = [value.strip() for value in line]
            if not any(values):
                continue
            if not header:
                header = _checked(path, values, columns)
            elif len(values) != len(header):
                raise BadTable(
                    f"{path}: line {lines.line_num} has {len(values)} values, but the header names "
                    f"{len(header)} columns"
                )
            else:
                rows.append({name: values[header.index(name)] for name in columns})
    except csv.Error as error:
        raise BadTable(f"{path}: line {lines.line_num} is not CSV: {error}") from None
    if not header:
        raise BadTable(f"{path} is empty: it must be a CSV with the columns {', '.join(columns)}")
    return rows


def write_id_table(path: str | Path, rows: Iterable[tuple[str, int | None]]) -> None:
    """Write id and target of each row as the competition does; None is a row without a label."""
    with whole_file(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "target"])
        writer.writerows([one, PLACEHOLDER if target is None else target] for one, target in rows)


def _text(path: str | Path) -> str:
    content = Path(path).read_bytes()
    try:
        if content.startswith(UTF_16_MARKS) or b"\0" in content:
            raise UnicodeError
        return content.decode("utf-8-sig")
    except UnicodeError:
        raise BadTable(f"{path} is not UTF-8 text; save it as CSV UTF-8") from None


def _checked(path: str | Path, header: list[str], columns: Sequence[str]) -> list[str]:
    """The header, if it has each of the columns once."""
    missing = [name for name in columns if name not in header]
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        if missing and any(separator in value for value in header):
            raise BadTable(f"{path}: its columns are separated by {name}; save it with commas")
    if missing:
        raise BadTable(f"{path} has no column {', '.join(missing)}; it has {', '.join(header)}")
    twice = [name for name in columns if header.count(name) > 1]
    if twice:
        raise BadTable(f"{path} has the column {', '.join(twice)} more than once")
    return header


def some(ids: Sequence[str]) -> str:
    """The number of ids and the first few of them, for an error message."""
    more = ", ..." if len(ids) > NAMED_IDS else ""
    return f"{len(ids)} rows ({', '.join(ids[:NAMED_IDS])}{more})"

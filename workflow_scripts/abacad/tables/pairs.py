"""The table of overlapping pairs in, the same pairs by the numbers of their cadences out.

There are millions of pairs, so their texts are read a part at a time and do not stay in memory.
"""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from abacad.tables.files import read_parts
from abacad.tables.places import Texts, places_of

ENDS = ("collection_a", "id_a", "collection_b", "id_b")


def read_pairs(
    path: str | Path, cadences: pa.Table, columns: Sequence[str], of: Texts | None = None
) -> pa.Table:
    """The pairs of a Parquet table of find_overlaps.py, as `numbered_pairs` returns them.

    `of`: ids; pairs of which neither cadence has one of them are left out. KeyError: the file lacks one
    of `columns`. ValueError: see `numbered_pairs`.
    """
    parts = read_parts(path, [*ENDS, *columns])
    if of is None:
        return pa.concat_tables(numbered_pairs(part, cadences) for part in parts)
    concerned = [
        part.filter(pc.or_(pc.is_in(part["id_a"], of), pc.is_in(part["id_b"], of)))
        for part in parts
    ]
    return numbered_pairs(pa.concat_tables(concerned), cadences)


def numbered_pairs(pairs: pa.Table, cadences: pa.Table) -> pa.Table:
    """Pairs by numbers: first and second, int32, in place of `ENDS`, and the other columns.

    A cadence's number is its row in `cadences` (columns collection, id). ValueError: some have no row;
    the message names them.
    """
    first, second = (
        places_of(pairs[f"collection_{end}"], pairs[f"id_{end}"], cadences) for end in "ab"
    )
    numbers = pa.table(
        {"first": pa.array(first, pa.int32()), "second": pa.array(second, pa.int32())}
    )
    for name in pairs.column_names:
        if name not in ENDS:
            numbers = numbers.append_column(name, pairs[name])
    return numbers

"""The table of overlapping pairs in, the same pairs by the numbers of their cadences out.

There are millions of pairs. As texts, they would take ten times the memory.
"""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from abacad.tables.files import read_parts
from abacad.tables.places import Texts, places_of

ENDS = {"first": ("collection_a", "id_a"), "second": ("collection_b", "id_b")}
NAMES = [name for names in ENDS.values() for name in names]


def read_pairs(
    path: str | Path, cadences: pa.Table, columns: Sequence[str], of: Texts | None = None
) -> pa.Table:
    """The pairs of a Parquet table of find_overlaps.py, as `numbered_pairs` returns them.

    `of`: ids; pairs of which neither cadence has one of them are left out. KeyError: the file lacks one
    of `columns`. ValueError: see `numbered_pairs`.
    """
    parts = read_parts(path, [*NAMES, *columns])
    if of is None:
        return pa.concat_tables(numbered_pairs(part, cadences) for part in parts)
    chosen = [
        part.filter(pc.or_(pc.is_in(part["id_a"], of), pc.is_in(part["id_b"], of)))
        for part in parts
    ]
    return numbered_pairs(pa.concat_tables(chosen), cadences)


def numbered_pairs(pairs: pa.Table, cadences: pa.Table) -> pa.Table:
    """Pairs by numbers: the columns first and second, int32, in place of the texts, and the other columns.

    A cadence's number is its row in `cadences` (columns collection, id). ValueError: some have no row;
    the message names them.
    """
    numbered = pairs.drop_columns(NAMES)
    for place, (end, names) in enumerate(ENDS.items()):
        numbers = places_of(*(pairs[name] for name in names), cadences)
        numbered = numbered.add_column(place, end, pa.array(numbers, pa.int32()))
    return numbered

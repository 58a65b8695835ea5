"""The table of overlapping pairs in, the same pairs by the numbers of their cadences out.

There are millions of pairs. As texts, they would take ten times the memory.
"""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from abacad.tables.files import read_rows, read_table
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
    if of is not None:

        def chosen(part: pa.RecordBatch) -> pa.Array:
            return pc.or_(pc.is_in(part["id_a"], of), pc.is_in(part["id_b"], of))

        return numbered_pairs(read_rows(path, [*NAMES, *columns], chosen), cadences)
    pairs = read_table(path, columns)
    for place, (end, names) in enumerate(ENDS.items()):
        # The texts of one end are forgotten before those of the other are read.
        pairs = pairs.add_column(place, end, _numbers(read_table(path, names), cadences))
    return pairs


def numbered_pairs(pairs: pa.Table, cadences: pa.Table) -> pa.Table:
    """Pairs by numbers: the columns first and second, int32, in place of the texts, and the other columns.

    A cadence's number is its row in `cadences` (columns collection, id). ValueError: some have no row;
    the message names them.
    """
    numbered = pairs.drop_columns(NAMES)
    for place, (end, names) in enumerate(ENDS.items()):
        numbered = numbered.add_column(place, end, _numbers(pairs.select(names), cadences))
    return numbered


def _numbers(names: pa.Table, cadences: pa.Table) -> pa.Array:
    return pa.array(places_of(*names.columns, cadences), pa.int32())

"""Collections and ids of many cadences in, their rows in a table of overlaps out."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from abacad.tables.ids import some

Texts = pa.Array | pa.ChunkedArray


def places_of(collections: Texts | str, ids: Texts, table: pa.Table) -> np.ndarray:
    """The row of `table` (columns collection, id) in which each cadence stands, (cadence,) int64.

    `collections` may be a single name for all cadences. This is fast enough for millions of cadences.
    ValueError: some cadences have no row; the message names them.
    """
    names = pc.binary_join_element_wise(collections, ids, " ")
    known = pc.binary_join_element_wise(table["collection"], table["id"], " ").combine_chunks()
    places = pc.index_in(names, value_set=known)
    if places.null_count:
        lacking = pc.unique(names.filter(pc.is_null(places))).to_pylist()
        raise ValueError(f"{some(sorted(lacking))} are not in the table of overlaps")
    return places.to_numpy().astype(np.int64)

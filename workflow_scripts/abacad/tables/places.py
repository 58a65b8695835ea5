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
    if isinstance(collections, str):
        names, of_name = [collections], np.zeros(len(ids), np.int8)
    else:
        encoded, of_name = _encoded(collections)
        names = encoded.to_pylist()
    known, of_id = _encoded(ids)
    place = np.full((len(names), len(known)), -1)  # of each combination
    for name, row in zip(names, place, strict=True):
        of_collection = np.flatnonzero(pc.equal(table["collection"], name))
        own = pc.index_in(known, table["id"].take(of_collection).combine_chunks())
        there = own.is_valid().to_numpy(zero_copy_only=False)
        row[there] = of_collection[own.drop_null()]
    places = place[of_name, of_id]
    if (places < 0).any():
        lacking = np.unique(np.stack([of_name, of_id])[:, places < 0], axis=1).T
        lacking = [f"{names[name]} {known[one]}" for name, one in lacking]
        raise ValueError(f"{some(sorted(lacking))} are not in the table of overlaps")
    return places


def _encoded(texts: Texts) -> tuple[pa.Array, np.ndarray]:
    """Each text once, and which of them stands in each row, (row,)."""
    encoded = texts.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    return encoded.dictionary, encoded.indices.to_numpy()

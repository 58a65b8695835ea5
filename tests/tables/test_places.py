"""Cadences are found in a table by collection and id, many at a time."""

import numpy as np
import pyarrow as pa
import pytest

from abacad.tables.places import places_of

TABLE = pa.table({"collection": ["train", "test", "train"], "id": ["a", "a", "b"]})


def test_places_are_those_of_collection_and_id_in_the_order_asked_for():
    collections, ids = pa.array(["test", "train", "test"]), pa.array(["a", "a", "a"])
    assert places_of(collections, ids, TABLE).tolist() == [1, 0, 1]
    assert places_of("train", pa.chunked_array([["b"], ["a"]]), TABLE).tolist() == [2, 0]
    assert places_of("train", pa.array([], pa.string()), TABLE).tolist() == []


def test_cadences_that_the_table_does_not_know_are_named_once():
    with pytest.raises(ValueError, match=r"2 rows \(test b, test c\) are not in the table"):
        places_of("test", pa.array(["c", "a", "b", "c"]), TABLE)


def test_the_same_id_in_another_collection_is_not_taken():
    with pytest.raises(ValueError, match=r"1 rows \(test b\) are not in the table"):
        places_of(pa.array(["train", "test"]), pa.array(["b", "b"]), TABLE)


def test_the_places_of_many_cadences_are_those_of_a_plain_look_up():
    random = np.random.default_rng(0)
    collection = np.repeat(["train", "test", "train_old"], 8)
    table = pa.table({"collection": collection, "id": [*"abcdefgh" * 3]})
    table = table.take(random.permutation(24)[:20])
    asked = random.integers(20, size=500)
    of, ids = (table[name].take(asked) for name in ("collection", "id"))
    assert places_of(of, ids, table).tolist() == asked.tolist()

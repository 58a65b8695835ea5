"""A cadence is known by its collection and its id, and has just one group."""

import pyarrow as pa
import pytest

from abacad.tables.groups import groups_of

GROUPS = pa.table({"collection": ["train", "test"], "id": ["a", "a"], "group": [3, 5]})


def test_groups_are_those_of_collection_and_id_in_the_order_asked_for():
    assert groups_of([("test", "a"), ("train", "a"), ("test", "a")], GROUPS).tolist() == [5, 3, 5]
    assert groups_of([], GROUPS).tolist() == []


def test_cadences_without_a_group_are_named():
    with pytest.raises(ValueError, match=r"2 rows \(test b, train c\) have no group"):
        groups_of([("test", "a"), ("test", "b"), ("train", "c")], GROUPS)

"""A cadence is known by its collection and its id, and has just one group."""

import pyarrow as pa
import pytest

from abacad.tables.groups import groups_of, held_out_groups

GROUPS = pa.table({"collection": ["train", "test"], "id": ["a", "a"], "group": [3, 5]})


def test_groups_are_those_of_collection_and_id_in_the_order_asked_for():
    assert groups_of([("test", "a"), ("train", "a"), ("test", "a")], GROUPS).tolist() == [5, 3, 5]
    assert groups_of([], GROUPS).tolist() == []


def test_cadences_without_a_group_are_named():
    with pytest.raises(ValueError, match=r"2 rows \(test b, train c\) have no group"):
        groups_of([("test", "a"), ("test", "b"), ("train", "c")], GROUPS)


def test_each_group_of_train_or_test_is_held_out_by_one_fold_and_old_ones_by_none():
    folds = pa.table({"id": ["a", "b", "c"], "fold": [0, 1, 1]})
    groups = pa.table(  # group 3 is of both sides; 6 and 8 are of test and old; 7 of test; 9 of old
        {
            "collection": ["train"] * 3 + ["test"] * 4 + ["train_old"] * 2,
            "id": ["a", "b", "c", "d", "e", "f", "g", "h", "i"],
            "group": [2, 3, 5, 3, 6, 7, 8, 6, 9],
        }
    )
    held_out = [held_out_groups(folds, fold, groups).tolist() for fold in (0, 1)]
    assert held_out == [[2, 6, 8], [3, 5, 7]]

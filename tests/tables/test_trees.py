"""Promises of trees: they say what they are told to, stay the same on disk, and always come to an end."""

from dataclasses import replace

import numpy as np
import pytest

from abacad.tables import trees as module
from abacad.tables.trees import Trees, read_trees, write_trees

# Of the first, the root asks for feature 1, and what is above 0.3 for feature 0. The second is a leaf.
TREES = Trees(
    tree=np.array([0, 0, 0, 0, 0, 1]),
    feature=np.array([1, 0, 0, 0, 0, 0]),
    threshold=np.array([0.3, 0, 0.5, 0, 0, 0]),
    below=np.array([1, 1, 3, 3, 4, 5]),
    above=np.array([2, 1, 4, 3, 4, 5]),
    mean=np.array([0, 0.2, 0, 0.4, 1.0, 0.6]),
)
VALUES = np.array([[0.9, 0.5, 0.6], [0.25, 0.35, 0.9]])


def test_each_row_goes_down_each_tree_to_the_mean_of_its_leaf():
    assert TREES.means(VALUES) == pytest.approx([(0.2 + 0.6) / 2, (0.4 + 0.6) / 2, (1 + 0.6) / 2])


def test_many_rows_are_taken_a_block_at_a_time(monkeypatch):
    values = np.random.default_rng(0).random((2, 50))
    together = TREES.means(values)
    monkeypatch.setattr(module, "AT_ONCE", 14)
    np.testing.assert_array_equal(TREES.means(values), together)


def test_no_rows_have_no_means():
    assert TREES.means(np.empty((2, 0))).shape == (0,)


def test_the_trees_of_each_fold_are_read_as_they_were_written(tmp_path):
    other = replace(TREES, mean=1 - TREES.mean)
    write_trees(tmp_path / "trees.parquet", [TREES, other])
    read = read_trees(tmp_path / "trees.parquet")
    for one, written in zip(read, (TREES, other), strict=True):
        np.testing.assert_array_equal(one.means(VALUES), written.means(VALUES))


@pytest.mark.parametrize("below", [[1, 1, 0, 3, 4, 5], [1, 1, 3, 3, 4, 6]])
def test_trees_that_would_not_come_to_an_end_are_refused(tmp_path, below):
    path = tmp_path / "trees.parquet"
    write_trees(path, [replace(TREES, below=np.array(below))])
    with pytest.raises(ValueError, match=r"trees\.parquet: a node leads back, or out of its trees"):
        read_trees(path)

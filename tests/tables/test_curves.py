"""Promises of curves: what members say is added up, rises strictly, and is the same on disk."""

from dataclasses import replace

import numpy as np
import pytest

from abacad.tables.curves import STRICTLY, Curves, read_curves, write_curves
from abacad.tables.files import read_table, write_table

# The first member says nothing up to its middle rank. The second says little.
CURVES = Curves(np.array([0, 0.5, 1]), np.array([[-2.0, -2.0, 3.0], [-0.5, 0, 0.5]]))
NAMES = ["a", "b"]


def test_what_members_say_at_their_ranks_is_added_up_as_log_odds():
    ranks = np.array([[0.25, 0.75], [0, 1]])
    told = 1 / (1 + np.exp(-np.array([-2 - 0.5, 0.5 + 0.5])))
    expected = (1 - STRICTLY) * told + STRICTLY * ranks.mean(axis=0)
    assert CURVES.scores(ranks) == pytest.approx(expected)


def test_a_higher_rank_is_a_higher_score_where_a_curve_is_level_too():
    rising = np.linspace(0, 1, 1000)
    for member in range(2):
        ranks = np.full((2, 1000), 0.4)
        ranks[member] = rising
        scores = CURVES.scores(ranks)
        assert (np.diff(scores) > 0).all() and scores[0] > 0 and scores[-1] < 1


def test_no_rows_have_no_scores():
    assert CURVES.scores(np.empty((2, 0))).shape == (0,)


def test_the_curves_of_each_fold_are_read_as_they_were_written(tmp_path):
    other = replace(CURVES, log_odds=-CURVES.log_odds)
    write_curves(tmp_path / "curves.parquet", NAMES, [CURVES, other])
    for one, written in zip(
        read_curves(tmp_path / "curves.parquet", NAMES), (CURVES, other), strict=True
    ):
        np.testing.assert_array_equal(one.rank, written.rank)
        np.testing.assert_array_equal(one.log_odds, written.log_odds)
    first, _ = read_curves(tmp_path / "curves.parquet", NAMES[::-1])
    np.testing.assert_array_equal(first.log_odds, CURVES.log_odds[::-1])


def test_curves_that_lack_a_member_or_a_point_are_refused_by_name(tmp_path):
    path = tmp_path / "curves.parquet"
    write_curves(path, NAMES, [CURVES])
    with pytest.raises(ValueError, match=r"curves\.parquet: no curve of c in fold 0, or of other"):
        read_curves(path, ["a", "c"])
    table = read_table(path)
    write_table(path, table.slice(0, len(table) - 1))
    with pytest.raises(ValueError, match=r"curves\.parquet: no curve of b in fold 0, or of other"):
        read_curves(path, NAMES)

"""Candidates are the highest, those that members disagree on, and near misses; no label of test counts."""

import numpy as np
import pyarrow as pa
import pytest

from abacad.candidates.choice import REASONS, Choice, candidates_table, choose, places
from abacad.tables.files import write_table
from abacad.tables.means import mean_of

RANK_MEAN = mean_of("rank_mean", 1, {}, ())


def reasons(scores, rates, ranks, rates_of_members, choice) -> dict[int, str]:
    """The reason of each row that is chosen, the best first."""
    arrays = (np.array(values, float) for values in (scores, rates, ranks, rates_of_members))
    rows, numbers = choose(*arrays, choice)
    return {int(row): REASONS[number] for row, number in zip(rows, numbers, strict=True)}


def test_each_row_is_chosen_once_for_the_first_reason_that_fits():
    scores = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]
    rates = [0, 0.01, 0.01, 0.02, 0.05, 0.03, 0.5]
    ranks = [[1, 0.9, 0.9, 0.6, 0.5, 0.4, 0.3], [0.9, 0.2, 0.5, 0.5, 0.5, 0.4, 0.9]]
    members = [[0, 0, 0, 0.3, 0.3, 0.3, 0.3], [0, 0.9, 0.4, 0.3, 0.3, 0.3, 0.01]]
    choice = Choice(top=1, disagreed=2, near_misses=2, false_positive_rate=0.01)
    # row 2 would be disagreed on, too; its members' ranks lie nearer than those of rows 1 and 6
    assert reasons(scores, rates, ranks, members, choice) == {
        0: "top",
        1: "disagreed",
        3: "near_miss",
        5: "near_miss",  # its rate is lower than that of row 4
        6: "disagreed",
    }


def test_a_cadence_that_all_members_let_pass_or_none_is_no_disagreement():
    choice = Choice(top=0, disagreed=9, near_misses=0, false_positive_rate=0.01)
    ranks = [[1.0, 0.9, 0.1], [0.1, 0.2, 0.9]]
    passed, failed, split = [0, 0], [0.4, 0.9], [0.01, 0.02]
    members = np.transpose([passed, failed, split])
    assert reasons([3, 2, 1], [0, 0, 0], ranks, members, choice) == {2: "disagreed"}


def test_where_there_are_fewer_than_asked_for_all_are_chosen():
    choice = Choice(top=5, disagreed=5, near_misses=5, false_positive_rate=0.5)
    alike = [[1, 1]]
    assert reasons([0.1, 0.2], [1, 1], alike, alike, choice) == {1: "top", 0: "top"}


def test_equal_scores_have_places_in_their_own_order():
    assert places(np.array([0.5, 0.9, 0.5])).tolist() == [2, 1, 3]


@pytest.fixture
def run(tmp_path):
    """Two folds' predictions by two members, of eight training rows and three of test."""
    fold = np.arange(8) % 2
    folds = pa.table(
        {"id": [f"t{n}" for n in range(8)], "target": [0, 0, 0, 0, 0, 0, 1, 1], "fold": fold}
    )
    members = {}
    for member in ("one", "two"):
        members[member] = []
        for number in (0, 1):
            own = np.flatnonzero(fold == number).tolist()
            ids = [f"t{row}" for row in own] + ["a", "b", "c"]
            values = [0.1 * row for row in own]
            values += [0.9, 0.5, 0.1] if member == "one" else [0.2, 0.8, 0.1]
            collections = ["train"] * len(own) + ["test"] * 3
            path = tmp_path / f"{member}{number}.parquet"
            write_table(
                path, pa.table({"collection": collections, "id": ids, "prediction": values})
            )
            members[member].append(path)
    test = pa.table(
        {
            "id": ["a", "b", "c"],
            "rank_mean": [5 / 6, 5 / 6, 1 / 3],
            "one": [1, 2 / 3, 1 / 3],
            "two": [2 / 3, 1, 1 / 3],
        }
    )
    return test, folds, members


def test_the_table_tells_scores_ranks_and_rates_of_the_ensemble_and_of_each_member(run):
    test, folds, members = run
    choice = Choice(top=2, disagreed=0, near_misses=1, false_positive_rate=0.1)
    table = candidates_table(test, folds, members, "rank_mean", RANK_MEAN, choice)
    first, second, third = table.to_pylist()
    assert [first["id"], second["id"], third["id"]] == ["a", "b", "c"]
    assert [row["rank"] for row in (first, second, third)] == [1, 2, 3]
    assert [row["reason"] for row in (first, second, third)] == ["top", "top", "near_miss"]
    assert first["spread"] == pytest.approx(1 / 3) and first["score"] == pytest.approx(5 / 6)
    assert (first["one.rank"], first["two.rank"]) == (1, 2)
    assert (first["one.score"], second["two.score"]) == pytest.approx((0.9, 0.8))
    # By member two, 0.2 is as low as t2 of fold 0 and above t1 of fold 1: t2, t4 and t3, t5 are as high.
    assert first["two.false_positive_rate"] == pytest.approx(2 / 3)
    assert first["one.false_positive_rate"] == 0


def test_an_ensemble_of_other_rows_than_the_predictions_is_refused(run):
    test, folds, members = run
    choice = Choice(1, 0, 0, 0.1)
    with pytest.raises(ValueError, match="not of the same test rows"):
        candidates_table(test.slice(0, 2), folds, members, "rank_mean", RANK_MEAN, choice)

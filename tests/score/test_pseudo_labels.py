"""Promises of pseudo-labels: soft, chosen by rank, and never by a model that saw the fold."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abacad.score.pseudo_labels import check_teachers, pseudo_labels

FOLDS = pa.table({"id": ["a", "b", "c", "d"], "fold": pa.array([0, 0, 1, 1], pa.int16())})


@pytest.fixture
def teacher(tmp_path):
    """Write a teacher's prediction file: {id: prediction} of test, and its out-of-fold ids."""

    def write_file(name: str, test: dict[str, float], kept_out: str = "cd") -> Path:
        rows = [{"collection": "train", "id": letter, "prediction": 0.5} for letter in kept_out]
        rows += [{"collection": "test", "id": i, "prediction": p} for i, p in test.items()]
        path = tmp_path / f"{name}.parquet"
        pq.write_table(pa.Table.from_pylist(rows), path)
        return path

    return write_file


def labels_of(table: pa.Table) -> dict[str, float]:
    return dict(zip(table["id"].to_pylist(), table["label"].to_pylist(), strict=True))


def test_a_label_is_the_mean_of_the_teachers_probabilities(teacher):
    paths = [teacher("b3", {"v": 0.25, "u": 1.0}), teacher("b5", {"u": 0.5, "v": 0.0})]
    table = pseudo_labels(paths)
    assert labels_of(table) == {"u": 0.75, "v": 0.125}
    assert table["collection"].to_pylist() == ["test", "test"]
    assert table.schema.names == ["collection", "id", "label"]
    assert table.schema.field("label").type == pa.float32()


def test_only_test_rows_are_labelled(teacher):
    assert set(labels_of(pseudo_labels([teacher("b3", {"u": 0.5}, kept_out="abcd")]))) == {"u"}


def test_rows_are_chosen_by_mean_rank_and_not_by_probability(teacher):
    # The bold teacher alone would put s on top by its mean probability; ranks weigh both alike.
    bold = teacher("bold", {"s": 1.00, "t": 0.20, "u": 0.10, "v": 0.05})
    timid = teacher("timid", {"s": 0.01, "t": 0.04, "u": 0.03, "v": 0.02})
    assert set(labels_of(pseudo_labels([bold, timid], top=1, bottom=1))) == {"t", "v"}


def test_no_base_rate_can_empty_the_top(teacher):
    timid = teacher("timid", {"s": 0.01, "t": 0.04, "u": 0.03, "v": 0.02})
    labels = labels_of(pseudo_labels([timid], top=2, bottom=1))
    assert labels == pytest.approx({"s": 0.01, "t": 0.04, "u": 0.03})


def test_hard_labels_are_1_on_top_and_0_at_the_bottom_whatever_the_probabilities(teacher):
    timid = teacher("timid", {"s": 0.01, "t": 0.04, "u": 0.03, "v": 0.02})
    labels = labels_of(pseudo_labels([timid], top=2, bottom=1, hard=True))
    assert labels == {"s": 0, "t": 1, "u": 1}
    with pytest.raises(ValueError, match="hard labels need the numbers of top and bottom rows"):
        pseudo_labels([timid], hard=True)


def test_asking_for_more_rows_than_there_are_is_refused(teacher):
    path = teacher("b3", {"s": 0.5, "t": 0.25})
    with pytest.raises(ValueError, match="top 2 and bottom 1 rows of only 2"):
        pseudo_labels([path], top=2, bottom=1)


def test_teachers_of_different_rows_are_refused(teacher):
    paths = [teacher("b3", {"s": 0.5, "t": 0.5}), teacher("b5", {"s": 0.5})]
    with pytest.raises(ValueError, match=r"1 rows \(t\) of test in only one"):
        pseudo_labels(paths)


def test_a_teacher_that_was_trained_on_the_fold_is_refused(teacher):
    kept_from_1 = teacher("fold1", {"s": 0.5}, kept_out="cd")
    kept_from_0 = teacher("fold0", {"s": 0.5}, kept_out="ab")
    check_teachers(FOLDS, 1, [kept_from_1])
    with pytest.raises(ValueError, match=r"fold0\.parquet: not by a model of fold 1"):
        check_teachers(FOLDS, 1, [kept_from_1, kept_from_0])

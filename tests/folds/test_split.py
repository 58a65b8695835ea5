"""Promises of the split into folds."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier

from abacad.folds.split import imbalance, make_folds
from abacad.tables.files import write_table
from folds import make_folds as script


def manifest(positives: int, negatives: int) -> pa.Table:
    """Good rows with ids in order, positives first."""
    count = positives + negatives
    return pa.table(
        {
            "id": [f"{row:04x}" for row in range(count)],
            "target": pa.array([1] * positives + [0] * negatives, pa.int8()),
            "ok": [True] * count,
        }
    )


def groups_of_train(ids: Iterable[str], groups: Iterable[int]) -> pa.Table:
    ids = [*ids]
    return pa.table({"collection": ["train"] * len(ids), "id": ids, "group": [*groups]})


def test_every_good_row_is_in_one_fold_and_bad_rows_in_none():
    rows = manifest(10, 20).to_pylist()
    rows[3]["ok"] = rows[25]["ok"] = False
    folds = make_folds(pa.Table.from_pylist(rows), 4, seed=0)
    assert folds["id"].to_pylist() == [row["id"] for row in rows if row["ok"]]
    assert folds["target"].to_pylist() == [row["target"] for row in rows if row["ok"]]
    assert set(folds["fold"].to_pylist()) == {0, 1, 2, 3}
    assert folds.schema.types == [pa.string(), pa.int8(), pa.int16(), pa.int64()]


def test_folds_have_equal_shares_of_positives():
    folds = make_folds(manifest(20, 200), 5, seed=1)
    positive = folds["target"].to_numpy() == 1
    fold = folds["fold"].to_numpy()
    assert np.bincount(fold[positive]).tolist() == [4] * 5
    assert np.bincount(fold[~positive]).tolist() == [40] * 5
    assert len(set(folds["group"].to_pylist())) == 220  # each row is a group of its own


def test_the_order_of_the_manifest_does_not_matter():
    rows = manifest(20, 50)
    shuffled = rows.take(np.random.default_rng(0).permutation(len(rows)))
    assert make_folds(shuffled, 5, seed=3).equals(make_folds(rows, 5, seed=3))


def test_the_split_is_the_same_on_any_machine_and_another_with_another_seed():
    rows = manifest(4, 8)
    assert make_folds(rows, 2, seed=0)["fold"].to_pylist() == FOLDS_OF_SEED_0
    assert make_folds(rows, 2, seed=1)["fold"].to_pylist() != FOLDS_OF_SEED_0


FOLDS_OF_SEED_0 = [1, 1, 0, 0, 0, 0, 1, 1, 0, 1, 1, 0]  # positives first


def test_rows_of_a_group_share_a_fold():
    rows = manifest(30, 90)
    group = np.random.default_rng(0).integers(0, 40, len(rows))
    groups = groups_of_train(rows["id"].to_pylist(), group)
    folds = make_folds(rows, 3, seed=0, groups=groups)
    fold = folds["fold"].to_numpy()
    assert folds["group"].to_pylist() == group.tolist()
    assert all(len(set(fold[group == one])) == 1 for one in np.unique(group))
    assert set(fold) == {0, 1, 2}


def test_a_row_without_a_group_is_named():
    rows = manifest(5, 5)
    groups = groups_of_train(rows["id"].to_pylist()[:9], range(9))
    with pytest.raises(ValueError, match=r"1 rows \(train 0009\) have no group"):
        make_folds(rows, 2, seed=0, groups=groups)


def test_fewer_groups_than_folds_are_refused():
    rows = manifest(5, 5)
    groups = groups_of_train(rows["id"].to_pylist(), [0, 1] * 5)
    with pytest.raises(ValueError, match="of 2 overlap groups: too few for 3 folds"):
        make_folds(rows, 3, seed=0, groups=groups)


def test_groups_that_leave_a_fold_without_positives_are_refused():
    rows = manifest(5, 20)
    groups = groups_of_train(rows["id"].to_pylist(), [0] * 5 + [*range(1, 21)])
    with pytest.raises(ValueError, match="has no positives"):
        make_folds(rows, 2, seed=0, groups=groups)


@pytest.mark.parametrize(
    ("positives", "negatives", "lacking"), [(3, 20, "3 positives"), (20, 3, "3 negatives")]
)
def test_fewer_of_a_class_than_folds_is_refused(positives, negatives, lacking):
    with pytest.raises(ValueError, match=f"{lacking} for 4 folds"):
        make_folds(manifest(positives, negatives), 4, seed=0)


def test_a_manifest_without_labels_is_refused():
    rows = manifest(2, 2).set_column(1, "target", pa.nulls(4, pa.int8()))
    with pytest.raises(ValueError, match="no label"):
        make_folds(rows, 2, seed=0)


def test_what_a_background_tells_of_its_label_is_of_no_use_in_grouped_folds():
    """A tell-tale: all cadences of a background have the same label. Plain folds let a model recognise it."""
    random = np.random.default_rng(0)
    background = np.arange(120).repeat(5)
    label = random.integers(0, 2, 120)[background]
    seen = random.standard_normal((120, 8))[background] + random.normal(0, 0.1, (600, 8))
    ids = [f"{row:04x}" for row in range(600)]
    rows = pa.table({"id": ids, "target": label, "ok": [True] * 600})
    groups = groups_of_train(ids, background)

    def out_of_fold_auc(folds: pa.Table) -> float:
        fold, score = folds["fold"].to_numpy(), np.empty(600)
        for k in range(5):
            model = KNeighborsClassifier(1).fit(seen[fold != k], label[fold != k])
            score[fold == k] = model.predict_proba(seen[fold == k])[:, 1]
        return roc_auc_score(label, score)

    assert out_of_fold_auc(make_folds(rows, 5, 0)) > 0.95
    assert 0.4 < out_of_fold_auc(make_folds(rows, 5, 0, groups)) < 0.6


def test_folds_that_a_large_group_keeps_from_balance_are_told_by_how_much():
    folds = pa.table({"id": ["a", "b", "c", "d", "e", "f"], "fold": [0, 0, 0, 0, 1, 1]})
    groups = groups_of_train("abcdefg", [7, 7, 7, 7, 1, 2, 7])
    assert imbalance(folds, groups) == (
        "folds of 4, 2 cadences, up to 33% off an equal share of 3: "
        "the largest overlap group holds 4 of them"
    )
    even = folds.set_column(1, "fold", pa.array([0, 1, 0, 1, 0, 1]))
    assert imbalance(even, groups) == ""


def test_the_command_line_takes_the_groups_of_train_and_warns_of_uneven_folds(
    tmp_path, monkeypatch, capsys
):
    write_table(tmp_path / "manifest.parquet", manifest(6, 6))
    ids = [f"{row:04x}" for row in range(12)]
    group = ([0] * 5 + [1]) * 2
    groups = {"collection": ["test"] + ["train"] * 12, "id": ["0000", *ids], "group": [9, *group]}
    write_table(tmp_path / "groups.parquet", pa.table(groups))
    inputs = "--manifest manifest.parquet --groups groups.parquet --count 2 --seed 0"
    outputs = "--folds folds.parquet --overlapping overlapping.parquet"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["make_folds", *inputs.split(), *outputs.split()])
    script.main()
    fold = pq.read_table("folds.parquet")["fold"].to_numpy()
    assert len(set(fold[np.array(group) == 0])) == 1
    assert "the largest overlap group holds 10 of them" in capsys.readouterr().err

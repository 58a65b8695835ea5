"""Promises of the ensemble: rank means out of fold and on test, beside arithmetic means."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from abacad.ensemble.averages import (
    average_out_of_fold,
    average_test,
    correlations,
    score_ensemble,
    weight_rows,
)
from abacad.ensemble.names import METHODS, RESERVED
from abacad.tables.curves import read_curves
from ensemble import rank_average as script

FOLDS = pa.table(
    {
        "id": ["a", "b", "c", "d"],
        "target": pa.array([1, 0, 1, 0], pa.int8()),
        "fold": pa.array([0, 0, 1, 1], pa.int16()),
    }
)
TEST_IDS = ["s", "t", "u", "v"]


@pytest.fixture
def member(tmp_path):
    """Write one member's prediction files of two folds: of FOLDS' rows, of TEST_IDS by fold."""

    def write_files(name: str, train: list[float], test: list[list[float]]) -> list[Path]:
        paths = []
        for fold in (0, 1):
            rows = slice(2 * fold, 2 * fold + 2)
            own = zip(FOLDS["id"].to_pylist()[rows], train[rows], strict=True)
            rows = [{"collection": "train", "id": i, "prediction": p} for i, p in own]
            for i, p in zip(TEST_IDS, test[fold], strict=True):
                rows.append({"collection": "test", "id": i, "prediction": p})
            paths.append(tmp_path / f"{name}{fold}.parquet")
            pq.write_table(pa.Table.from_pylist(rows), paths[-1])
        return paths

    return write_files


@pytest.fixture
def members(member):
    return {
        "bold": member(
            "bold", [1.0, 0.5, 0.25, 0.75], [[0.0, 0.25, 0.5, 1.0], [0.5, 0.5, 0.75, 1.0]]
        ),
        "timid": member("timid", [0.125, 0.0, 0.125, 0.0], [[0.0, 0.125, 0.0625, 0.25]] * 2),
    }


def test_out_of_fold_rows_are_ranked_within_their_fold(members):
    table = average_out_of_fold(FOLDS, members, 2).table
    assert table["bold"].to_pylist() == [1.0, 0.5, 0.5, 1.0]
    assert table["timid"].to_pylist() == [1.0, 0.5, 1.0, 0.5]
    assert table["rank_mean"].to_pylist() == [1.0, 0.5, 0.75, 0.75]
    assert table["arithmetic_mean"].to_pylist() == [0.5625, 0.25, 0.1875, 0.375]
    assert table.select(["id", "target", "fold"]).equals(FOLDS)


def test_test_rows_are_ranked_for_each_model_and_averaged_over_folds(members):
    table = average_test(members, 2, average_out_of_fold(FOLDS, members, 2))
    assert table["id"].to_pylist() == TEST_IDS
    assert table["bold"].to_pylist() == [0.3125, 0.4375, 0.75, 1.0]  # s, t tie in fold 1
    assert table["timid"].to_pylist() == [0.25, 0.75, 0.5, 1.0]
    assert table["rank_mean"].to_pylist() == [0.28125, 0.59375, 0.625, 1.0]
    assert table["arithmetic_mean"].to_pylist() == [0.125, 0.25, 0.34375, 0.625]


def test_a_members_calibration_does_not_change_the_rank_mean(member, members):
    bold = member(
        "bolder", [1.0, 0.25, 0.0625, 0.5625], [[0.0, 0.0625, 0.25, 1.0], [0.25, 0.25, 0.5625, 1.0]]
    )
    squared = {"bold": bold, "timid": members["timid"]}
    for average in (
        lambda m: average_out_of_fold(FOLDS, m, 2).table,
        lambda m: average_test(m, 2, average_out_of_fold(FOLDS, m, 2)),
    ):
        for method in ("rank_mean", "weighted_mean", "stacked"):
            assert average(squared)[method].equals(average(members)[method])
        assert not average(squared)["arithmetic_mean"].equals(average(members)["arithmetic_mean"])


def test_a_member_that_lacks_a_training_row_is_refused(members):
    path = members["timid"][1]
    rows = pq.read_table(path).to_pylist()
    pq.write_table(pa.Table.from_pylist([row for row in rows if row["id"] != "d"]), path)
    with pytest.raises(ValueError, match=r"1 rows \(d\) without an out-of-fold prediction"):
        average_out_of_fold(FOLDS, members, 2)


def test_members_of_different_test_rows_are_refused(members):
    learnt = average_out_of_fold(FOLDS, members, 2)
    for path in members["timid"]:
        rows = pq.read_table(path).to_pylist()
        pq.write_table(pa.Table.from_pylist([row for row in rows if row["id"] != "v"]), path)
    with pytest.raises(ValueError, match=r"1 rows \(v\) of test in only one of"):
        average_test(members, 2, learnt)


@pytest.mark.parametrize("name", RESERVED)
def test_a_member_may_not_take_the_name_of_another_column_or_key(members, name):
    with pytest.raises(ValueError, match=f"member '{name}'"):
        average_out_of_fold(FOLDS, {name: members["bold"]}, 2)


def test_every_name_beside_the_members_is_reserved(members):
    learnt = average_out_of_fold(FOLDS, members, 2)
    table = learnt.table
    scores, _ = score_ensemble(table, np.arange(len(table)), members, 10, seed=0)
    names = {*table.column_names, *scores}
    names |= {*weight_rows(members, learnt.weights)[0], *correlations(table, members)[0]}
    assert names - {*members} <= {*RESERVED}


def test_the_names_need_the_standard_library_alone():
    without_packages = [sys.executable, "-S", "-c", "import abacad.ensemble.names"]
    subprocess.run(without_packages, cwd=Path(script.__file__).parents[1], check=True)


def test_means_and_members_are_scored_out_of_fold_with_intervals():
    rng = np.random.default_rng(0)
    target, fold = np.tile([1, 0, 0], 100), np.repeat([0, 1, 2], 100)
    columns = {name: rng.random(300) + 0.3 * target for name in (*METHODS, "b3")}
    table = pa.table({"target": target, "fold": fold, **columns})
    scores, resampled = score_ensemble(table, np.arange(300) // 2, ["b3"], 50, seed=0)
    assert set(scores["means"]) == {*METHODS} and set(scores["members"]) == {"b3"}
    for name, score in {**scores["members"], **scores["means"]}.items():
        assert score["auc"] == pytest.approx(roc_auc_score(target, columns[name]), abs=0.02)
        assert score["auc_low"] < score["auc"] < score["auc_high"]
        assert score["groups"] == 150
    assert resampled["mean"].to_pylist() == [name for name in METHODS for _ in range(50)]
    of_best = resampled.filter(pc.equal(resampled["mean"], METHODS[1]))
    assert np.percentile(of_best["recall"], 97.5) == scores["means"][METHODS[1]]["recall_high"]


def test_the_weighted_mean_of_test_rows_is_by_the_weights_of_all_training_rows(members):
    learnt = average_out_of_fold(FOLDS, members, 2)
    assert learnt.weights.shape == (3, 2)
    table = average_test(members, 2, learnt)
    expected = learnt.weights[-1] @ np.stack([table[name].to_numpy() for name in members])
    np.testing.assert_allclose(table["weighted_mean"].to_numpy(), expected)


def test_weights_are_told_by_the_rows_that_they_are_used_for():
    rows = weight_rows(["a", "b"], np.array([[1, 0], [0.5, 0.5], [0.25, 0.75]]))
    assert [row["rows"] for row in rows] == ["fold 0", "fold 1", "test"]
    assert rows[2] == {"rows": "test", "a": 0.25, "b": 0.75}


def test_correlations_are_of_every_member_with_every_other():
    table = pa.table({"a": [0.1, 0.2, 0.3], "b": [0.3, 0.2, 0.1], "c": [0.1, 0.3, 0.2]})
    rows = correlations(table, ["a", "b", "c"])
    assert [row["member"] for row in rows] == ["a", "b", "c"]
    assert rows[0]["a"] == pytest.approx(1) and rows[0]["b"] == pytest.approx(-1)
    assert rows[0]["c"] == rows[2]["a"] == pytest.approx(0.5)


def test_correlations_are_those_of_scipy_to_the_last_digit():
    for seed in range(20):
        random = np.random.default_rng(seed)
        a, b = random.integers(0, 50, 300), random.random(300)
        row, _ = correlations(pa.table({"a": a, "b": b}), ["a", "b"])
        assert row["b"] == spearmanr(a, b).statistic


def test_the_script_writes_the_weights_and_scores_by_name(members, tmp_path, monkeypatch):
    folds = FOLDS.append_column("group", pa.array(range(len(FOLDS))))
    pq.write_table(folds, tmp_path / "folds.parquet")
    words = f"rank_average --folds {tmp_path}/folds.parquet --power 2 --bootstrap 10 --seed 0"
    for name, paths in members.items():
        words += f" --member {name} {paths[0]} {paths[1]}"
    for option, ending in (("out-of-fold", "parquet"), ("test", "parquet"), ("scores", "json")):
        words += f" --{option} {tmp_path}/{option}.{ending}"
    words += f" --resamples {tmp_path}/resamples.parquet"
    words += f" --weights {tmp_path}/weights.tsv --correlations {tmp_path}/correlations.tsv"
    words += f" --curves {tmp_path}/curves.parquet"
    monkeypatch.setattr("sys.argv", words.split())
    script.main()
    assert (tmp_path / "weights.tsv").read_text().splitlines()[0] == "rows\tbold\ttimid"
    assert len(read_curves(tmp_path / "curves.parquet", [*members])) == 2
    assert (tmp_path / "correlations.tsv").read_text().splitlines()[0] == "member\tbold\ttimid"
    assert {*json.loads((tmp_path / "scores.json").read_text())["members"]} == {*members}
    assert pq.read_table(tmp_path / "test.parquet")["id"].to_pylist() == TEST_IDS

"""Promises of out-of-fold scores: complete, comparable over folds, with an honest interval."""

import json
import runpy
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from abacad.score.scores import found, score_folds
from abacad.tables.predictions import (
    mean_ranks,
    mean_ranks_within,
    ranks_of,
    read_out_of_fold,
    read_test,
)

SCORE_OOF = Path(__file__).parents[2] / "workflow_scripts/score/score_oof.py"

FOLDS = pa.table(
    {
        "id": ["a", "b", "c", "d", "e", "f", "g", "h"],
        "target": pa.array([1, 0, 1, 0, 1, 0, 1, 0], pa.int8()),
        "fold": pa.array([0, 0, 0, 0, 1, 1, 1, 1], pa.int16()),
        "group": [3, 3, 1, 2, 5, 4, 6, 6],
    }
)
OUT_OF_FOLD = [{"a": 0.9, "b": 0.2, "c": 0.3, "d": 0.4}, {"e": 0.8, "f": 0.1, "g": 0.7, "h": 0.6}]


@pytest.fixture
def write(tmp_path):
    """Write one prediction file a model: {id: prediction} of train, the same of test."""

    def write_files(train: list[dict[str, float]], test: list[dict[str, float]]) -> list[Path]:
        paths = []
        for index, (own, other) in enumerate(zip(train, test, strict=True)):
            table = pa.table(
                {
                    "collection": ["train"] * len(own) + ["test"] * len(other),
                    "id": [*own, *other],
                    "prediction": pa.array([*own.values(), *other.values()], pa.float32()),
                }
            )
            paths.append(tmp_path / f"predictions{index}.parquet")
            pq.write_table(table, paths[-1])
        return paths

    return write_files


# Complete


def test_out_of_fold_predictions_come_in_the_order_of_the_folds(write):
    backwards = [dict(reversed(own.items())) for own in OUT_OF_FOLD]
    values = read_out_of_fold(FOLDS, write(backwards, [{"t": 0.5}] * 2))
    assert values == pytest.approx([0.9, 0.2, 0.3, 0.4, 0.8, 0.1, 0.7, 0.6])


def test_rows_without_a_prediction_are_counted_and_named(write):
    second = OUT_OF_FOLD[1]
    paths = write([{"a": 0.9, "c": 0.3}, second], [{}, {}])
    with pytest.raises(ValueError, match=r"2 rows \(b, d\) without an out-of-fold prediction"):
        read_out_of_fold(FOLDS, paths)


def test_a_row_that_another_folds_model_predicted_as_well_is_refused(write):
    first, second = OUT_OF_FOLD
    paths = write([first, second | {"a": 0.5}], [{}, {}])
    with pytest.raises(ValueError, match=r"predictions1.parquet: 1 rows \(a\) not of fold 1"):
        read_out_of_fold(FOLDS, paths)


def test_files_in_another_order_than_the_folds_are_refused(write):
    with pytest.raises(ValueError, match="not of fold 0"):
        read_out_of_fold(FOLDS, write(OUT_OF_FOLD, [{}, {}])[::-1])


def test_a_missing_file_is_refused(write):
    with pytest.raises(ValueError, match="1 prediction files for 2 folds"):
        read_out_of_fold(FOLDS, write(OUT_OF_FOLD, [{}, {}])[:1])


@pytest.mark.parametrize("value", [np.nan, -0.1, 1.1])
def test_a_prediction_that_is_no_probability_is_refused(write, value):
    first, second = OUT_OF_FOLD
    with pytest.raises(ValueError, match=r"1 rows \(c\) of train not predicted as a number"):
        read_out_of_fold(FOLDS, write([first | {"c": value}, second], [{}, {}]))


def test_a_row_that_stands_twice_in_a_file_is_refused(write):
    path, other = write(OUT_OF_FOLD, [{}, {}])
    rows = pq.read_table(path)
    pq.write_table(pa.concat_tables([rows, rows.slice(1, 1)]), path)
    with pytest.raises(ValueError, match=r"1 rows \(b\) of train predicted more than once"):
        read_out_of_fold(FOLDS, [path, other])


def test_test_rows_are_aligned_whatever_their_order(write):
    paths = write([{}, {}], [{"u": 0.25, "t": 0.5}, {"t": 0.75, "u": 1.0}])
    ids, probabilities = read_test(paths)
    assert ids == ["t", "u"]
    assert probabilities.tolist() == [[0.5, 0.25], [0.75, 1.0]]


def test_models_that_predicted_different_test_rows_are_refused(write):
    paths = write([{}, {}], [{"t": 0.5, "u": 0.5}, {"t": 0.5}])
    with pytest.raises(ValueError, match=r"1 rows \(u\) of test in only one of"):
        read_test(paths)


# Comparable


def test_ranks_are_scaled_to_one_and_ties_share_their_mean():
    assert mean_ranks(np.array([[0.3, 0.1, 0.3, 0.9]])).tolist() == [0.625, 0.25, 0.625, 1.0]


def test_ranks_are_those_of_scipy():
    for seed in range(20):
        values = np.random.default_rng(seed).integers(0, 30, 50) / 7
        assert ranks_of(values).tolist() == rankdata(values).tolist()


def test_rows_of_equal_mean_rank_stay_equal():
    rest = [4, 5, 6, 7, 8, 9, 10]
    ranks_by_model = np.array([[1, 2, 3, *rest], [2, 3, 1, *rest], [3, 1, 2, *rest]])
    ranks = mean_ranks(ranks_by_model)
    assert ranks[0] == ranks[1] == ranks[2] == 0.2
    scaled_first = (ranks_by_model / 10).mean(axis=0)  # 0.1 + 0.2 + 0.3 is not 0.2 + 0.3 + 0.1
    assert scaled_first[0] != scaled_first[1]


def test_each_group_is_ranked_by_itself():
    groups, values = np.array([0, 1, 0, 1]), np.array([[5.0, 1.0, 7.0, 2.0]])
    assert mean_ranks_within(groups, values).tolist() == [0.5, 0.5, 1.0, 1.0]


def test_a_fold_whose_model_is_calibrated_otherwise_does_not_change_the_pooled_auc():
    rng = np.random.default_rng(0)
    target, fold = np.tile([1, 0, 0, 0], 100), np.repeat([0, 1], 200)
    probability = rng.random(400) * 0.5 + 0.2 * target
    timid = np.where(fold == 1, probability**4, probability)
    each = np.arange(400)
    ((scores, _),) = score_folds(target, fold, [probability], each, resamples=10, seed=0)
    assert score_folds(target, fold, [timid], each, resamples=10, seed=0)[0][0] == scores
    assert roc_auc_score(target, timid) < scores["auc"] - 0.02


def test_the_aucs_of_folds_are_those_of_their_rows():
    target, fold = FOLDS["target"].to_numpy(), FOLDS["fold"].to_numpy()
    prediction = np.array([0.9, 0.2, 0.3, 0.4, 0.8, 0.1, 0.7, 0.6])
    groups = FOLDS["group"].to_numpy()
    ((scores, _),) = score_folds(target, fold, [prediction], groups, resamples=50, seed=0)
    assert scores["folds"] == [
        {"fold": 0, "rows": 4, "positives": 2, "auc": 0.75},
        {"fold": 1, "rows": 4, "positives": 2, "auc": 1.0},
    ]
    assert (scores["rows"], scores["positives"], scores["groups"]) == (8, 4, 6)


def test_a_fold_of_one_class_is_refused():
    with pytest.raises(ValueError, match="fold 1: 0 positives in 2 rows"):
        fold = np.array([0, 0, 1, 1])
        score_folds(np.array([1, 0, 0, 0]), fold, [np.ones(4)], np.arange(4), 10, seed=0)


# At 1 % false positives


def test_at_most_one_per_cent_of_the_negatives_pass():
    rng = np.random.default_rng(0)
    for count in (50, 100, 250, 1000):
        positive = np.arange(count + 20) >= count
        scores = rng.normal(size=count + 20) + 3 * positive
        passed = found(positive, scores)
        assert passed[:count].sum() == count // 100
        assert scores[passed].min() > scores[~passed].max()


def test_equal_scores_pass_together_or_not_at_all():
    assert not found(np.array([True, False, False]), np.zeros(3)).any()
    positive = np.arange(220) < 20
    scores = np.where(positive, 0.5, np.linspace(0, 0.4, 220))
    scores[-3:] = 0.5  # negatives as high as all positives: more than the two that may pass
    assert not found(positive, scores)[positive].any()
    scores[-3] = 0.4
    assert found(positive, scores)[positive].all()


def test_the_recall_of_folds_is_of_rows_ranked_within_them():
    target, fold = np.tile([1, 0, 0, 0], 100), np.repeat([0, 1], 200)
    probability = np.random.default_rng(0).random(400) + target
    bold = np.where(fold == 1, probability + 5, probability)  # its negatives above all of fold 0
    ((scores, _),) = score_folds(target, fold, [bold], np.arange(400), resamples=50, seed=0)
    assert scores["recall"] == scores["partial_auc"] == 1
    assert not found(target == 1, bold)[(target == 1) & (fold == 0)].any()


def test_the_command_line_writes_the_scores_with_the_runs_name(write, tmp_path, monkeypatch):
    pq.write_table(FOLDS, tmp_path / "folds.parquet")
    paths = write(OUT_OF_FOLD, [{}, {}])
    words = f"score_oof.py --experiment b3 --round 1 --folds {tmp_path}/folds.parquet --predictions"
    words += f" {paths[0]} {paths[1]} --bootstrap 20 --seed 0 --scores {tmp_path}/scores.json"
    words += f" --resamples {tmp_path}/resamples.parquet"
    monkeypatch.setattr("sys.argv", words.split())
    runpy.run_path(str(SCORE_OOF), run_name="__main__")
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert (scores["experiment"], scores["round"], scores["rows"]) == ("b3", 1, 8)
    resampled = pq.read_table(tmp_path / "resamples.parquet")
    for name in ("auc", "recall", "partial_auc"):
        assert scores[f"{name}_low"] <= scores[name] <= scores[f"{name}_high"]
        low, high = np.percentile(resampled[name], [2.5, 97.5])
        assert (scores[f"{name}_low"], scores[f"{name}_high"]) == (low, high)
    assert len(resampled) == 20

"""What a search predicts of a fold knows nothing of the fold's labels, and is as any model's predictions."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from abacad.cadences.layout import COMPLETENESS
from abacad.search.names import STATISTICS
from abacad.search.prediction import Statistics, predict_fold
from abacad.tables.files import read_json, read_table, write_table
from search import predict_search, predict_search_completeness

TRAIN, FOLDS = 60, 3
TARGETS = np.arange(TRAIN) % 4 == 0


def tables(tmp_path, seed: int = 0) -> list[str]:
    """Statistics of 60 train cadences in two shards and 20 of test; `second` finds needles."""
    random = np.random.default_rng(seed)
    paths = []
    for collection, rows in (
        ("train", range(40)),
        ("train", range(40, TRAIN)),
        ("test", range(20)),
    ):
        values = {name: random.normal(3, 1, len(rows)).astype(np.float32) for name in STATISTICS}
        if collection == "train":
            values["second"] += 9 * TARGETS[list(rows)].astype(np.float32)
        ids = [f"{collection}{row:02}" for row in rows]
        table = pa.table({"collection": [collection] * len(rows), "id": ids, **values})
        paths.append(str(tmp_path / f"{collection}-{rows.start}.parquet"))
        write_table(paths[-1], table)
    return paths


def folds(targets: np.ndarray = TARGETS) -> pa.Table:
    ids = [f"train{row:02}" for row in range(TRAIN)]
    numbers = np.arange(TRAIN) // 4 % FOLDS
    return pa.table({"id": ids, "target": targets.astype(np.int8), "fold": numbers})


def test_the_statistic_that_finds_needles_is_chosen_and_ranks_them_first(tmp_path):
    statistics = Statistics.read(tables(tmp_path))
    for fold in range(FOLDS):
        predicted = predict_fold(statistics, folds(), fold, None)
        assert predicted.metrics["choice"]["statistic"] == "second"
        assert predicted.metrics["auc"] == 1
        assert predicted.metrics["training_rows"] == 40
        assert predicted.metrics["validation_rows"] == 20
        assert {*predicted.metrics["training_scores"]} == {*STATISTICS}


def test_a_statistic_that_is_named_is_taken_whatever_the_others_find(tmp_path):
    statistics = Statistics.read(tables(tmp_path))
    predicted = predict_fold(statistics, folds(), 0, None, "dots")
    assert predicted.metrics["choice"]["statistic"] == "dots"
    assert predicted.metrics["training_scores"]["second"]["auc"] == 1


def test_a_config_may_name_every_statistic():
    schema = (Path(__file__).parents[2] / "rules/config.schema.yaml").read_text()
    assert f"enum: [{', '.join(STATISTICS)}, null]" in schema


def test_labels_of_a_fold_change_nothing_of_what_is_predicted_of_it(tmp_path):
    statistics = Statistics.read(tables(tmp_path))
    for fold in range(FOLDS):
        own = folds()["fold"].to_numpy() == fold
        changed = folds(np.where(own, ~TARGETS, TARGETS))
        before, after = (
            predict_fold(statistics, one, fold, None).table for one in (folds(), changed)
        )
        assert before == after
        others = folds(np.where(own, TARGETS, np.roll(TARGETS, 1)))
        assert predict_fold(statistics, others, fold, None).table != before


def test_what_overlaps_with_a_fold_is_not_chosen_by(tmp_path):
    statistics = Statistics.read(tables(tmp_path))
    of_fold = folds()["fold"].to_pylist()
    overlaps = [[fold] + [0] * (row in (8, 9, 10)) for row, fold in enumerate(of_fold)]
    overlapping = pa.table(
        {"collection": ["train"] * TRAIN, "id": folds()["id"], "folds": overlaps}
    )
    rows = [
        predict_fold(statistics, folds(), fold, overlapping).metrics["training_rows"]
        for fold in range(FOLDS)
    ]
    assert rows == [37, 40, 40]


def test_a_fold_whose_others_are_of_one_class_is_refused_by_its_number(tmp_path):
    lone = folds(TARGETS & (folds()["fold"].to_numpy() == 1))
    with pytest.raises(ValueError, match="fold 1: .* 0 of the 40 training rows .* hold a needle"):
        predict_fold(Statistics.read(tables(tmp_path)), lone, 1, None)


def test_statistics_of_other_cadences_than_those_of_the_folds_are_refused(tmp_path):
    first, *_ = tables(tmp_path)
    with pytest.raises(ValueError, match="stores of train and the table of folds do not hold"):
        predict_fold(Statistics.read([first]), folds(), 0, None)


@pytest.fixture
def predicted(tmp_path, monkeypatch):
    """The folder of a run that predict_search.py made."""
    write_table(tmp_path / "folds.parquet", folds())
    settings = {"experiment": "drift", "stage": "round0", "kind": "search"}
    settings |= {"statistic": None, "search": {}}
    run = tmp_path / "round0"
    files = {
        option: [str(run / f"fold{fold}" / name) for fold in range(FOLDS)]
        for option, name in (("predictions", "predictions.parquet"), ("metrics", "metrics.json"))
    }
    options = ["--settings", json.dumps(settings), "--folds", str(tmp_path / "folds.parquet")]
    options += ["--overlapping", "--statistics", *tables(tmp_path)]
    options += ["--run-settings", str(run / "settings.json")]
    options += ["--predictions", *files["predictions"], "--metrics", *files["metrics"]]
    monkeypatch.setattr("sys.argv", ["predict_search", *options])
    predict_search.main()
    return run


def test_the_files_of_a_run_are_read_as_those_of_any_model(predicted):
    target_of = dict(zip(folds()["id"].to_pylist(), TARGETS, strict=True))
    for fold in range(FOLDS):
        table = read_table(predicted / f"fold{fold}/predictions.parquet")
        assert table.column_names == ["collection", "id", "prediction"]
        train, test = (
            {row["id"]: row["prediction"] for row in table.to_pylist() if row["collection"] == of}
            for of in ("train", "test")
        )
        assert [*train] == folds().filter(pc.equal(folds()["fold"], fold))["id"].to_pylist()
        assert [*test] == [f"test{row:02}" for row in range(20)]
        needles, others = (
            [value for cadence_id, value in train.items() if target_of[cadence_id] == label]
            for label in (1, 0)
        )
        assert min(others) > 0 and max(others) < min(needles) and max(needles) < 1
    assert read_json(predicted / "settings.json")["kind"] == "search"
    metrics = read_json(predicted / "fold1/metrics.json")
    assert metrics["device"] == "cpu" and metrics["seconds"] >= 0


def test_injected_cadences_are_predicted_by_what_each_fold_chose(predicted, tmp_path, monkeypatch):
    random = np.random.default_rng(1)
    ids = [f"made{row}" for row in range(6)]
    values = {name: random.normal(6, 4, 6).astype(np.float32) for name in STATISTICS}
    table = pa.table({"collection": [COMPLETENESS] * 6, "id": ids, **values})
    write_table(tmp_path / "made.parquet", table)
    background = {"background_collection": ["test"] * 6}
    background["background_id"] = [f"test0{row}" for row in range(6)]
    write_table(tmp_path / "manifest.parquet", pa.table({"id": ids, **background}))
    overlapping = {"collection": ["test"] * 6, "id": background["background_id"]}
    overlapping["folds"] = [[row % FOLDS] for row in range(6)]
    write_table(tmp_path / "overlapping.parquet", pa.table(overlapping))
    options = ["--metrics", *(str(predicted / f"fold{fold}/metrics.json") for fold in range(FOLDS))]
    options += ["--overlapping", str(tmp_path / "overlapping.parquet")]
    options += ["--manifest", str(tmp_path / "manifest.parquet")]
    options += ["--statistics", str(tmp_path / "made.parquet"), "--predictions"]
    options += [str(tmp_path / f"completeness{fold}.parquet") for fold in range(FOLDS)]
    monkeypatch.setattr("sys.argv", ["predict_search_completeness", *options])
    predict_search_completeness.main()
    for fold in range(FOLDS):
        found = read_table(tmp_path / f"completeness{fold}.parquet")
        assert found["id"].to_pylist() == ids
        assert found["held_out"].to_pylist() == [row % FOLDS == fold for row in range(6)]
        order = np.argsort(found["prediction"].to_numpy())
        assert order.tolist() == np.argsort(values["second"]).tolist()

"""The command lines do what they say when run one after the other, and refuse what does not fit."""

import csv
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import load_file

from abacad.model.detector import save_weights
from abacad.tables.files import write_json, write_table
from abacad.train.training_job import starting_model
from conftest import IDS, outputs, stores
from train import (
    export_embeddings,
    predict_completeness,
    predict_fold,
    pretrain_old,
    train_fold,
)


def test_the_stages_run_one_after_the_other(command, settings, tmp_path, capsys):
    write_json("pretrain.json", settings | {"stage": "pretrain", "epochs": 1})
    write_json("round0.json", settings | {"epochs": 1, "old_positives": ["train_old"]})
    write_json("round1.json", settings | {"stage": "round1", "epochs": 2})
    labels = {"collection": ["test"] * 4, "id": IDS["test"], "label": [0.1, 0.9, 0.2, 0.7]}
    write_table("labels.parquet", pa.table(labels))

    cadences = [(collection, one) for collection, ids in IDS.items() for one in ids]
    collections, ids = zip(*cadences, strict=True)
    fold_1 = ("train1", "train4", "train7")
    folds = [[1] if one in (*fold_1, "old3", "old5", "train6", "test0") else [] for one in ids]
    table = {"collection": collections, "id": ids, "folds": folds}
    write_table("overlapping.parquet", pa.table(table))

    command(
        pretrain_old,
        f"--settings pretrain.json --stores {stores('train', 'train_old', 'test_old')} "
        "--manifests train_old.parquet test_old.parquet --folds folds.parquet --fold 1 "
        f"--overlapping overlapping.parquet --backbone-weights {outputs('pretrain')}",
    )
    command(
        train_fold,
        f"--settings round0.json --folds folds.parquet --fold 1 --manifests train_old.parquet "
        f"--stores {stores('train', 'train_old')} --pseudo-labels --backbone-weights "
        f"--initial-weights pretrain/weights.safetensors {outputs('round0')}",
    )
    command(
        train_fold,
        f"--settings round1.json --folds folds.parquet --fold 1 --stores {stores('train', 'test')} "
        "--manifests --pseudo-labels labels.parquet --overlapping overlapping.parquet "
        f"--initial-weights round0/weights.safetensors {outputs('round1')}",
    )
    command(
        predict_fold,
        "--settings round1.json --weights round1/weights.safetensors --folds folds.parquet "
        f"--fold 1 --stores {stores('train', 'test')} --predictions predictions.parquet",
    )

    told = capsys.readouterr().out
    for rows in ("2 of 6 rows of train_old", "1 of 6 rows of train", "1 of 4 rows of test"):
        assert f"left out of training because they overlap with the fold: {rows}\n" in told
    rows = {
        run: json.loads((tmp_path / run / "metrics.json").read_text())
        for run in ("pretrain", "round0", "round1")
    }
    assert (
        rows["pretrain"]["training_rows"] == 8
    )  # all old ones, but two that overlap with the fold
    assert rows["pretrain"]["validation_rows"] == 3
    assert rows["round0"]["training_rows"] == 6 + 3  # two folds, and the old positives
    # two folds and the pseudo-labels, each without a row that overlaps with the fold
    assert rows["round1"]["training_rows"] == 5 + 3
    assert rows["round1"]["validation_rows"] == 3
    with open("round1/history.tsv") as file:
        assert [row["epoch"] for row in csv.DictReader(file, delimiter="\t")] == ["0", "1"]
    assert not list(tmp_path.rglob("state")) and not list(tmp_path.rglob("*.tmp"))
    predictions = pq.read_table("predictions.parquet").to_pydict()
    assert predictions["id"] == ["train1", "train4", "train7", *IDS["test"]]
    assert predictions["collection"] == ["train"] * 3 + ["test"] * 4
    assert all(0 < prediction < 1 for prediction in predictions["prediction"])


def test_injected_cadences_of_completeness_are_predicted_and_it_is_told_which_a_fold_holds_out(
    command, settings, make_store
):
    run = settings | {"epochs": 1}
    write_json("round0.json", run)
    ids = ["000000", "000001", "000002"]
    make_store("normalized", "completeness", ids, [0, 1, 1])
    source = {"background_collection": ["test"] * 3, "background_id": ["test0", "test1", "test0"]}
    write_table("completeness.parquet", pa.table({"id": ids} | source))
    cadences = [("train", one) for one in IDS["train"]] + [("test", "test0"), ("test", "test1")]
    collections, names = zip(*cadences, strict=True)
    folds = [[place % 3] for place in range(9)] + [[1], [0]]  # test0 overlaps with fold 1
    table = {"collection": collections, "id": names, "folds": folds}
    write_table("overlapping.parquet", pa.table(table))
    fold = f"--settings round0.json --folds folds.parquet --fold {{}} --stores {stores('train')}"
    command(train_fold, f"{fold.format(1)} --overlapping overlapping.parquet {outputs('round0')}")
    asked = "--weights round0/weights.safetensors --overlapping overlapping.parquet"
    asked += " --manifest completeness.parquet --predictions"
    for number in (0, 1, 2):
        where = fold.format(number).replace(stores("train"), stores("completeness"))
        command(predict_completeness, f"{where} {asked} {number}.parquet")
    predicted = [pq.read_table(f"{number}.parquet").to_pydict() for number in (0, 1, 2)]
    assert [table["held_out"] for table in predicted] == [
        [False, True, False],
        [True, False, True],
        [False, False, False],
    ]
    for table in predicted:
        assert table["collection"] == ["completeness"] * 3 and table["id"] == ids
        assert all(0 < one < 1 for one in table["prediction"])


def test_exported_embeddings_are_what_predictions_tell_the_classes_by(command, settings):
    arcface = settings["loss"] | {"name": "arcface"}
    run = settings | {"mixup": None, "loss": arcface, "tta": 1, "epochs": 1}
    write_json("round0.json", run)
    fold = f"--settings round0.json --folds folds.parquet --fold 1 --stores {stores('train')}"
    command(train_fold, f"{fold} {outputs('round0')}")
    weights = "--weights round0/weights.safetensors"
    command(export_embeddings, f"{fold} {weights} --embeddings embeddings.parquet")
    command(predict_fold, f"{fold} {weights} --predictions predictions.parquet")

    table = pq.read_table("embeddings.parquet").to_pydict()
    predictions = pq.read_table("predictions.parquet").to_pydict()
    assert table["id"] == predictions["id"] == ["train1", "train4", "train7"]
    classes = load_file("round0/weights.safetensors")["head.classes"]  # none, needle
    embeddings = torch.tensor(table["embedding"])
    cosines = torch.cosine_similarity(embeddings[:, None], classes, dim=2)
    told = (arcface["arcface"]["scale"] * (cosines[:, 1] - cosines[:, 0])).sigmoid()
    np.testing.assert_allclose(told, predictions["prediction"], rtol=1e-4)


def test_what_all_folds_start_from_has_learnt_from_nothing_that_overlaps_with_any(
    command, settings, tmp_path
):
    write_json("pretrain.json", settings | {"stage": "pretrain", "epochs": 1})
    cadences = [(collection, one) for collection, ids in IDS.items() for one in ids]
    collections, ids = zip(*cadences, strict=True)
    folds = [{"old3": [2], "old5": [0, 1]}.get(one, []) for one in ids]
    table = {"collection": collections, "id": ids, "folds": folds}
    write_table("overlapping.parquet", pa.table(table))
    for run, option in (("each", ""), ("once", "--every-fold")):
        command(
            pretrain_old,
            f"--settings pretrain.json --stores {stores('train', 'train_old', 'test_old')} "
            f"--manifests train_old.parquet test_old.parquet --folds folds.parquet --fold 0 {option} "
            f"--overlapping overlapping.parquet --backbone-weights {outputs(run)}",
        )
    rows = [json.loads((tmp_path / run / "metrics.json").read_text()) for run in ("each", "once")]
    assert [one["training_rows"] for one in rows] == [9, 8]


def test_manifests_must_be_those_of_the_old_positives(command, settings, capsys):
    write_json("round0.json", settings | {"old_positives": ["train_old"]})
    with pytest.raises(SystemExit):
        command(
            train_fold,
            f"--settings round0.json --folds folds.parquet --fold 0 {outputs('round0')} "
            f"--stores {stores('train', 'train_old')}",
        )
    assert "old_positives: ['train_old']" in capsys.readouterr().err


def test_injected_cadences_are_given_just_where_the_settings_name_kinds(command, settings, capsys):
    write_json("round0.json", settings | {"injected_kinds": ["dot"]})
    with pytest.raises(SystemExit):
        command(
            train_fold,
            f"--settings round0.json --folds folds.parquet --fold 0 {outputs('round0')} "
            f"--stores {stores('train')}",
        )
    assert "just for injected_kinds: ['dot']" in capsys.readouterr().err


def test_a_fold_that_overlaps_with_everything_is_an_error(command, settings):
    write_json("round0.json", settings)
    table = {"collection": ["train"] * 9, "id": IDS["train"], "folds": [[0, 1, 2]] * 9}
    write_table("overlapping.parquet", pa.table(table))
    with pytest.raises(ValueError, match="no row is left to learn from: all overlap with the fold"):
        command(
            train_fold,
            f"--settings round0.json --folds folds.parquet --fold 0 {outputs('round0')} "
            f"--stores {stores('train')} --overlapping overlapping.parquet",
        )


def test_the_same_command_writes_the_same_weights(command, settings, tmp_path):
    write_json("round0.json", settings | {"epochs": 1})
    for run in ("first", "second"):
        command(
            train_fold,
            f"--settings round0.json --folds folds.parquet --fold 2 --stores {stores('train')} "
            f"{outputs(run)}",
        )
    first, second = (
        (tmp_path / run / "weights.safetensors").read_bytes() for run in ("first", "second")
    )
    assert first == second


def test_random_weights_are_never_used_silently(make_run):
    with pytest.raises(ValueError, match="ask for pretrained weights of test_efficientnet"):
        starting_model(make_run(pretrained=True), 0, None, None)
    with pytest.raises(ValueError, match="the settings say `pretrained: false`"):
        starting_model(make_run(), 0, None, "backbone.safetensors")


def test_a_run_starts_from_the_weights_of_the_run_before(make_run, tmp_path):
    before = starting_model(make_run(), 0, None, None)
    save_weights(tmp_path / "before.safetensors", before)
    next_run = make_run(stage="round1", pretrained=True)
    after = starting_model(next_run, 0, tmp_path / "before.safetensors", None)
    for name, tensor in before.state_dict().items():
        assert torch.equal(tensor, after.state_dict()[name]), name

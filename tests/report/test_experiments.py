"""A row of a run tells what came out and what it cost; two runs are told apart."""

import json
from pathlib import Path

import pytest

from abacad.report.differences import DIFFERENCES
from abacad.report.experiments import (
    changed,
    differences,
    read_run_folder,
    run_differences,
    run_row,
)
from conftest import resamples_of
from report import compare_runs

DEFAULTS = {"experiment": "defaults", "stage": "round0", "epochs": 2, "loss": {"name": "bce"}}
PLAIN = DEFAULTS | {"experiment": "plain"}
FOCAL = DEFAULTS | {"experiment": "focal", "loss": {"name": "focal"}}


def test_a_row_has_the_scores_and_sums_up_the_folds(make_run, scores_of):
    folder = make_run(FOCAL, 0.875, finished=86400)
    row = run_row(read_run_folder(folder, scores_of(folder)))
    assert (row["experiment"], row["stage"]) == ("focal", "round0")
    assert (row["auc"], row["recall"], row["epochs"]) == ("0.875000", "0.437500", 2)
    assert row["partial_auc"] == "0.218750"
    assert (row["training_rows"], row["minutes"], row["images_per_second"]) == (20, "3.0", "150")
    assert (row["peak_memory_mb"], row["device"], row["code"]) == ("71", "cpu", "0123456789ab")
    assert row["finished"] == "1970-01-02 00:00:00"


def test_a_row_of_a_search_has_scores_and_nothing_of_a_training(make_run, scores_of):
    settings = {"experiment": "drift", "stage": "round0", "kind": "search", "search": {"step": 3}}
    folder = make_run(settings, 0.875)
    row = run_row(read_run_folder(folder, scores_of(folder)))
    assert (row["auc"], row["training_rows"], row["device"]) == ("0.875000", 20, "cpu")
    assert not {"epochs", "images_per_second", "peak_memory_mb", "code"} & row.keys()


def test_a_row_of_pretraining_has_the_mean_auc_of_its_folds_and_no_interval(make_run):
    row = run_row(read_run_folder(make_run(PLAIN | {"stage": "pretrain"}, 0.75)))
    assert (row["stage"], row["auc"]) == ("pretrain", "0.812500")
    assert "auc_low" not in row and "recall" not in row


def test_a_row_of_pretraining_that_was_scored_on_one_class_alone_has_no_auc(make_run):
    folder = make_run(PLAIN | {"stage": "pretrain"}, 0.75)
    for path in folder.glob("fold*/metrics.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"auc": None}))
    assert "auc" not in run_row(read_run_folder(folder))


def test_a_row_of_scores_without_a_recall_has_none(make_run, scores_of):
    folder = make_run(PLAIN, 0.75)
    scores_of(folder).write_text(json.dumps({"auc": 0.75, "auc_low": 0.5, "auc_high": 1}))
    assert "recall" not in run_row(read_run_folder(folder, scores_of(folder)))


def test_runs_of_equal_settings_have_one_digest_whatever_their_names(make_run, scores_of):
    digests = []
    for settings in (PLAIN, PLAIN | {"experiment": "again"}, FOCAL):
        folder = make_run(settings, 0.75)
        digests.append(run_row(read_run_folder(folder, scores_of(folder)))["settings"])
    assert digests[0] == digests[1] != digests[2]


def test_settings_are_compared_at_every_depth_and_names_are_not():
    other = DEFAULTS | {"experiment": "x", "epochs": 3, "loss": {"name": "bce", "gamma": 2}}
    assert differences(DEFAULTS, other) == [("epochs", 2, 3), ("loss.gamma", None, 2)]
    assert changed(other, DEFAULTS) == "epochs=3 loss.gamma=2"


def compared(folders: list[Path], monkeypatch, capsys) -> list[list[str]]:
    monkeypatch.setattr("sys.argv", ["compare_runs", *map(str, folders)])
    compare_runs.main()
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_runs_are_told_how_far_they_are_from_the_best_and_pretraining_is_not(make_run, scores_of):
    """Where all models gain in a resample the gain is theirs together: the difference does not vary."""
    folders = [make_run(PLAIN, 0.75), make_run(FOCAL, 0.875)]
    runs = [
        read_run_folder(folder, scores_of(folder), resamples_of(scores_of(folder)))
        for folder in folders
    ]
    pretrained = read_run_folder(make_run(PLAIN | {"stage": "pretrain"}, 0.9))
    plain, focal, nothing = run_differences([*runs, pretrained])
    assert [plain[f"auc_difference{end}"] for end in ("", "_low", "_high")] == ["-0.125000"] * 3
    assert plain["recall_difference_low"] == "-0.062500"
    assert {*focal.values()} == {"0.000000"} and {*focal} == {*plain} == {*DIFFERENCES}
    assert nothing == {} and run_differences([pretrained]) == [{}]


def test_two_runs_are_compared(make_run, monkeypatch, capsys):
    lines = compared([make_run(PLAIN, 0.75), make_run(FOCAL, 0.875)], monkeypatch, capsys)
    assert lines[0] == ["plain", "round0", "focal", "round0"]
    assert ["loss.name", "bce", "focal"] in lines and ["auc", "0.750000", "0.875000"] in lines
    assert ["partial_auc_difference_high", "-0.031250", "0.000000"] in lines
    assert not any(line[0] == "epochs" and line[1] != line[2] for line in lines[1:])


def test_pretraining_can_be_compared_too(make_run, monkeypatch, capsys):
    folders = [make_run(one | {"stage": "pretrain"}, 0.75) for one in (PLAIN, FOCAL)]
    lines = compared(folders, monkeypatch, capsys)
    assert ["auc", "0.812500", "0.812500"] in lines and ["auc_low"] in lines


def test_a_folder_without_folds_is_named(tmp_path):
    with pytest.raises(ValueError, match="not the folder of a run"):
        read_run_folder(tmp_path, tmp_path / "scores.json")

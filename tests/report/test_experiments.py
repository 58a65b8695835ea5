"""A row of a run tells what was different and what it cost; two runs are told apart."""

import json
from pathlib import Path

import pytest

from abacad.report.experiments import differences, flat, read_run, run_row
from report import compare_runs, list_experiments

DEFAULTS = {"experiment": "defaults", "stage": "round0", "epochs": 2, "loss": {"name": "bce"}}


@pytest.fixture
def runs(tmp_path) -> list[Path]:
    """Two runs of two folds each, and their scores, laid out as the rules do."""
    folders = []
    for name, own, auc in (("plain", {}, 0.75), ("focal", {"loss": {"name": "focal"}}, 0.875)):
        folder = tmp_path / "results/runs" / name / "round0"
        for fold in (0, 1):
            (folder / f"fold{fold}").mkdir(parents=True)
            metrics = {"training_rows": 10, "seconds": 90, "device": "cpu"}
            metrics |= {"code": "0123456789abcdef"}
            (folder / f"fold{fold}/metrics.json").write_text(json.dumps(metrics))
            history = (
                f"epoch\timages_per_second\tpeak_memory_mb\n0\t100\t50\n1\t{200 + fold}\t7{fold}\n"
            )
            (folder / f"fold{fold}/history.tsv").write_text(history)
        settings = DEFAULTS | {"experiment": name} | own
        (folder / "settings.json").write_text(json.dumps(settings))
        scores = tmp_path / "results/scores" / name / "round0.json"
        scores.parent.mkdir(parents=True)
        scores.write_text(json.dumps({"auc": auc, "auc_low": auc - 0.1, "auc_high": auc + 0.1}))
        folders.append(folder)
    return folders


def scores_of(folder: Path) -> Path:
    return folder.parents[2] / "scores" / folder.parent.name / "round0.json"


def test_a_row_has_the_settings_that_differ_and_sums_up_the_folds(runs):
    row = run_row(read_run(runs[1], scores_of(runs[1])), DEFAULTS)
    assert row["experiment"] == "focal" and row["round"] == "0"
    assert row["changed"] == "loss.name=focal"
    assert (row["auc"], row["epochs"], row["training_rows"]) == ("0.875000", 2, 20)
    assert (row["minutes"], row["images_per_second"], row["peak_memory_mb"]) == ("3.0", "150", "71")
    assert (row["device"], row["code"]) == ("cpu", "0123456789ab")


def test_settings_are_compared_at_every_depth_and_names_are_not():
    other = DEFAULTS | {"experiment": "x", "epochs": 3, "loss": {"name": "bce", "gamma": 2}}
    assert differences(DEFAULTS, other) == [("epochs", 2, 3), ("loss.gamma", None, 2)]
    assert flat({"a": {"b": {"c": 1}}, "d": {}}) == {"a.b.c": 1, "d": {}}


def test_the_command_lines_list_and_compare(runs, tmp_path, monkeypatch, capsys):
    table = tmp_path / "experiments.tsv"
    options = ["--defaults", json.dumps({"round0": DEFAULTS}), "--table", str(table)]
    for folder in runs:
        options += ["--run", str(folder), str(scores_of(folder))]
    monkeypatch.setattr("sys.argv", ["list_experiments", *options])
    list_experiments.main()
    header, plain, focal = table.read_text().splitlines()
    assert plain.startswith("plain\t0\t\t0.750000") and "loss.name=focal" in focal

    monkeypatch.setattr("sys.argv", ["compare_runs", *map(str, runs)])
    compare_runs.main()
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["plain", "round0", "focal", "round0"]
    assert ["loss.name", "bce", "focal"] in lines and ["auc", "0.750000", "0.875000"] in lines
    assert not any(line[0] == "epochs" and line[1] != line[2] for line in lines[1:])


def test_a_folder_without_folds_is_named(tmp_path):
    with pytest.raises(ValueError, match="not the folder of a run"):
        read_run(tmp_path, tmp_path / "scores.json")

"""What was tried stays listed: the ledger forgets no run, and says so where it cannot be read."""

import csv
import json
from pathlib import Path

import pytest

from abacad.report.experiments import COLUMNS
from abacad.report.ledger import read_ledger, write_ledger
from abacad.tables import files
from conftest import resamples_of
from report import list_experiments

BASE = {"experiment": "b3", "stage": "round0", "epochs": 2, "loss": {"name": "bce"}}
PRETRAIN, ROUND1 = BASE | {"stage": "pretrain"}, BASE | {"stage": "round1"}
DEFAULTS = {stage: BASE | {"stage": stage} for stage in ("pretrain", "round0", "round1")}
DEFAULTS["search"] = {"kind": "model", "search": {"step": 3}}
SEARCH = {"experiment": "drift", "stage": "round0", "kind": "search", "search": {"step": 3}}


@pytest.fixture
def listed(tmp_path, make_run, scores_of, monkeypatch):
    """List runs of (settings, AUC, time when finished) with the rule's script; the rows of the table."""

    def rows(*runs: tuple[dict, float, int], notes: dict | None = None) -> list[dict[str, str]]:
        options = ["--defaults", json.dumps(DEFAULTS), "--notes", json.dumps(notes or {})]
        for settings, auc, finished in runs:
            folder = make_run(settings, auc, finished)
            if settings["stage"] == "pretrain":
                options += ["--pretraining", str(folder)]
            else:
                scores = scores_of(folder)
                options += ["--run", str(folder), str(scores), str(resamples_of(scores))]
        options += ["--ledger", str(tmp_path / "ledger.jsonl")]
        options += ["--table", str(tmp_path / "experiments.tsv")]
        monkeypatch.setattr("sys.argv", ["list_experiments", *options])
        list_experiments.main()
        with open(tmp_path / "experiments.tsv", newline="") as file:
            return [*csv.DictReader(file, delimiter="\t")]

    return rows


def names(rows: list[dict[str, str]], *columns: str) -> list[tuple[str, ...]]:
    return [tuple(row[column] for column in columns) for row in rows]


def test_a_run_of_other_settings_stays_listed_after_those_of_now(listed):
    listed((BASE, 0.5, 1))
    listed((BASE | {"epochs": 3}, 0.625, 2))
    rows = listed((BASE | {"loss": {"name": "focal"}}, 0.75, 3))
    assert names(rows, "current", "changed", "auc") == [
        ("yes", "loss.name=focal", "0.750000"),
        ("no", "epochs=3", "0.625000"),
        ("no", "", "0.500000"),
    ]
    assert [*rows[0]] == [*COLUMNS]


def test_a_search_is_compared_with_the_defaults_of_a_search_and_stays_listed(listed):
    rows = listed((BASE, 0.5, 1), (SEARCH, 0.75, 2))
    assert names(rows, "experiment", "changed", "epochs") == [
        ("b3", "", "2"),
        ("drift", "kind=search", ""),
    ]
    rows = listed((BASE, 0.5, 1), (SEARCH | {"search": {"step": 2}}, 0.625, 3))
    assert names(rows, "current", "changed", "auc") == [
        ("yes", "", "0.500000"),
        ("yes", "kind=search search.step=2", "0.625000"),
        ("no", "kind=search", "0.750000"),
    ]


def test_only_runs_of_now_are_told_how_far_they_are_from_the_best_of_them(listed):
    listed((BASE, 0.75, 1))
    rows = listed((BASE | {"epochs": 3}, 0.5, 2), (ROUND1, 0.625, 3))
    assert names(rows, "current", "auc", "auc_difference", "partial_auc_difference_low") == [
        ("yes", "0.500000", "-0.125000", "-0.031250"),
        ("yes", "0.625000", "0.000000", "0.000000"),
        ("no", "0.750000", "", ""),
    ]


def test_an_experiment_that_the_config_has_no_more_stays_listed(listed):
    listed((BASE, 0.5, 1), (BASE | {"experiment": "b5"}, 0.75, 2))
    rows = listed((BASE, 0.5, 1))
    assert names(rows, "experiment", "current") == [("b3", "yes"), ("b5", "no")]


def test_a_run_that_goes_back_to_old_settings_takes_its_old_row(listed):
    listed((BASE, 0.5, 1))
    listed((BASE | {"epochs": 3}, 0.75, 2))
    rows = listed((BASE, 0.625, 3))
    assert names(rows, "current", "auc") == [("yes", "0.625000"), ("no", "0.750000")]


def test_a_note_changes_no_key_and_is_kept_when_the_config_drops_it(listed):
    listed((BASE, 0.5, 1), (ROUND1, 0.5, 1), notes={"b3": {"note": "first", "public_score": 0.7}})
    rows = listed((BASE, 0.5, 1), (ROUND1, 0.5, 1), notes={"b3": {"note": "second"}})
    assert names(rows, "stage", "note", "public_score") == [
        ("round0", "second", ""),
        ("round1", "second", "0.7"),
    ]
    rows = listed((BASE, 0.5, 1), (ROUND1, 0.5, 1))
    assert names(rows, "note", "public_score") == [("second", ""), ("second", "0.7")]


def test_a_former_run_keeps_its_note_and_its_public_score(listed):
    listed((BASE, 0.5, 1), notes={"b3": {"note": "baseline", "public_score": 0.7}})
    rows = listed((BASE | {"epochs": 3}, 0.75, 2))
    assert names(rows, "current", "note", "public_score") == [
        ("yes", "", ""),
        ("no", "baseline", "0.7"),
    ]


def test_notes_of_no_run_are_refused(listed):
    with pytest.raises(ValueError, match="notes of b4: no run of that name is listed"):
        listed((BASE, 0.5, 1), notes={"b4": {"note": "misspelt"}})


def test_pretraining_has_its_row_before_the_rounds_of_its_experiment(listed):
    b5 = [(one | {"experiment": "b5"}, 0.5, 1) for one in (PRETRAIN, BASE)]
    rows = listed((ROUND1, 0.75, 3), (BASE, 0.625, 2), (PRETRAIN, 0.5, 1), *b5)
    assert names(rows, "experiment", "stage", "auc", "recall") == [
        ("b3", "pretrain", "0.562500", ""),
        ("b3", "round0", "0.625000", "0.312500"),
        ("b3", "round1", "0.750000", "0.375000"),
        ("b5", "pretrain", "0.562500", ""),
        ("b5", "round0", "0.500000", "0.250000"),
    ]


def test_a_stage_without_defaults_is_named(listed):
    with pytest.raises(ValueError, match="b3: no defaults of its stage round7"):
        listed((BASE | {"stage": "round7"}, 0.5, 1))


def test_a_second_time_writes_the_same_bytes(listed, tmp_path):
    written = []
    listed((BASE | {"epochs": 3}, 0.5, 1), (ROUND1, 0.5, 1), notes={"b3": {"note": "a"}})
    for _ in range(2):
        listed((BASE, 0.5, 2), (PRETRAIN, 0.5, 1), notes={"b3": {"note": "b"}})
        paths = (tmp_path / "ledger.jsonl", tmp_path / "experiments.tsv")
        written.append([path.read_bytes() for path in paths])
    assert written[0] == written[1]


def test_what_a_note_holds_breaks_no_row_and_is_kept_as_it_is(listed, tmp_path):
    note = 'one\ttwo\nthree "four"\r\n\u2028five'
    (row,) = listed((BASE, 0.5, 1), notes={"b3": {"note": note}})
    assert row["note"] == 'one two three "four" five'
    assert len((tmp_path / "experiments.tsv").read_text().splitlines()) == 2
    (row,) = read_ledger(tmp_path / "ledger.jsonl")
    assert row["note"] == note


@pytest.mark.parametrize(
    ("damage", "mistake"),
    [
        ('{"experiment": "b3", "sta', "Unterminated string"),
        ("", "Expecting value"),
        ("[]", "no JSON object"),
        ('{"experiment": "b3"}', "no stage, settings, changed, finished, complete_settings"),
    ],
)
def test_a_damaged_line_is_named_and_nothing_is_written(listed, tmp_path, damage, mistake):
    listed((BASE, 0.5, 1))
    ledger = tmp_path / "ledger.jsonl"
    ledger.write_text(ledger.read_text() + damage + "\n")
    before = ledger.read_text()
    message = (
        rf"ledger\.jsonl, line 2: not the row of a run \({mistake}.*Mend the line, or delete it"
    )
    with pytest.raises(ValueError, match=message):
        listed((BASE | {"epochs": 3}, 0.5, 1))
    assert ledger.read_text() == before


def test_two_ledgers_in_one_file_hold_a_run_once_the_newer_row_of_it(listed, tmp_path):
    listed((BASE, 0.5, 1))
    old = (tmp_path / "ledger.jsonl").read_text()
    listed((BASE, 0.75, 2))
    (tmp_path / "ledger.jsonl").write_text((tmp_path / "ledger.jsonl").read_text() + old)
    rows = listed((BASE | {"epochs": 3}, 0.5, 3))
    assert names(rows, "auc") == [("0.500000",), ("0.750000",)]


def test_the_ledger_appears_whole_or_stays_as_it_was(listed, tmp_path, monkeypatch):
    listed((BASE, 0.5, 1))
    before = (tmp_path / "ledger.jsonl").read_bytes()

    def full(descriptor: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        write_ledger(tmp_path / "ledger.jsonl", [])
    assert (tmp_path / "ledger.jsonl").read_bytes() == before


def test_a_column_of_another_version_is_kept_and_not_shown(listed, tmp_path):
    listed((BASE, 0.5, 1))
    path: Path = tmp_path / "ledger.jsonl"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"watts": 300}) + "\n")
    rows = listed((BASE | {"epochs": 3}, 0.75, 2))
    assert len(rows) == 2 and "watts" not in rows[1]
    assert read_ledger(path)[1]["watts"] == 300

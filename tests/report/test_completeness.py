"""Injected cadences are judged by the fold that holds them out, on the scale of the test side."""

import csv
from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from abacad.cadences.layout import COMPETITION
from abacad.report.completeness import ENSEMBLE, injected_needles, scored_completeness
from abacad.report.recovery import ALL, HELD_OUT, recovery_rows, search_bound
from abacad.tables.files import write_table
from report import report_completeness

TEST = np.array([0.1, 0.2, 0.3, 0.4])
Injected = dict[str, tuple[float, bool]]  # prediction, and whether the fold holds it out


def write(path, collection: str, rows: Injected) -> str:
    predictions, held_out = zip(*rows.values(), strict=True)
    table = {"collection": [collection] * len(rows), "id": [*rows]}
    table |= {"prediction": predictions, "held_out": held_out}
    write_table(path, pa.table(table))
    return str(path)


@pytest.fixture
def files(tmp_path):
    """A function: what each fold's model says of test and of injected cadences; paths of both."""

    def files(model: str, folds: list[tuple[np.ndarray, Injected]]) -> tuple[list, list]:
        tested, predicted = [], []
        for fold, (test, injected) in enumerate(folds):
            of_test = {f"t{place}": (float(value), False) for place, value in enumerate(test)}
            tested.append(write(tmp_path / f"{model}{fold}t.parquet", "test", of_test))
            path = tmp_path / f"{model}{fold}c.parquet"
            predicted.append(write(path, "completeness", injected))
        return tested, predicted

    return files


def test_a_score_is_the_rank_among_test_by_the_same_fold_and_the_ensemble_is_the_members_mean(
    files,
):
    one = files(
        "one",
        [
            (TEST, {"a": (0.25, True), "b": (0.9, True), "c": (0.9, False)}),
            (TEST / 2, {"a": (0.9, False), "b": (0, False), "c": (0.15, True)}),
        ],
    )
    two = files(
        "two",
        [
            (TEST, {"a": (0.05, True), "b": (0.9, True), "c": (0.05, False)}),
            (TEST, {"a": (0.05, False), "b": (0.9, False), "c": (0.35, True)}),
        ],
    )
    models = {"one": one, "two": two, "alone": one}
    scored = scored_completeness(
        ["a", "b", "c"],
        {model: tested for model, (tested, _) in models.items()},
        {model: predicted for model, (_, predicted) in models.items()},
        ["one", "two"],
    )
    names = ("one", "two", "alone", ENSEMBLE)
    assert [(one.folds, one.model) for one in scored] == [*product((HELD_OUT, ALL), names)]
    assert {one.collection for one in scored} == {"completeness"}
    by_one, by_two = [0.5, 1, 0.625], [0, 1, 0.75]  # 0.15 is equal to one of the second fold's
    by_one_all, by_two_all = [0.75, 0.5, 0.8125], [0, 1, 0.375]
    assert [one.scores.tolist() for one in scored] == [
        *(by_one, by_two, by_one, [0.25, 1, 0.6875]),
        *(by_one_all, by_two_all, by_one_all, [0.375, 0.75, 0.59375]),
    ]


@pytest.mark.parametrize("held_out", [(False, False), (True, True)])
def test_a_cadence_that_not_just_one_fold_holds_out_is_named(files, held_out):
    folds = [(TEST, {"a": (0.5, held_out[0])}), (TEST, {"a": (0.5, held_out[1])})]
    tested, predicted = files("one", folds)
    with pytest.raises(ValueError, match=r"1 rows \(a\) are held out by another number of folds"):
        scored_completeness(["a"], {"one": tested}, {"one": predicted}, ["one"])


def test_a_cadence_that_a_fold_did_not_predict_is_named(files):
    tested, predicted = files("one", [(TEST, {"a": (0.5, True)})])
    with pytest.raises(ValueError, match=r"one0c.parquet: 1 rows \(b\) are in only one of the m"):
        scored_completeness(["a", "b"], {"one": tested}, {"one": predicted}, ["one"])


def manifest(ids: list[str], kinds: list[str | None]) -> pa.Table:
    values = [None if kind is None else 5.0 for kind in kinds]
    numbers = {name: pa.array(values, pa.float32()) for name in ("snr", "drift_rate")}
    return pa.table({"id": ids, "kind": pa.array(kinds, pa.string())} | numbers)


def test_blank_cadences_alone_set_the_threshold(files):
    """One of a hundred blanks may be taken for a needle, whatever is said of needles."""
    blanks = {f"b{number:03d}": (number / 1000, True) for number in range(100)}
    needles = {"n1": (0.0985, True), "n2": (0.0975, True), "n3": (0.5, True)}
    ids = [*blanks, *needles]
    tested, predicted = files("one", [(np.linspace(0, 1, 2001), blanks | needles)])
    scored = scored_completeness(ids, {"one": tested}, {"one": predicted}, ["one"])[0]
    table = injected_needles(manifest(ids, [None] * 100 + ["dot"] * 3))
    row = recovery_rows(scored, table, np.array([20, 200]), COMPETITION.unit_drift, trials=1)[0]
    assert (row["rows"], row["needles"], row["negatives"]) == ("completeness", 3, 100)
    assert row["recall"] == pytest.approx(2 / 3)


def test_the_script_reports_each_model_and_the_ensemble(files, tmp_path, monkeypatch):
    ids = [f"{number:03d}" for number in range(300)]
    kinds = [None if number % 3 else ("dot", "straight")[number % 2] for number in range(300)]
    random = np.random.default_rng(0)
    says = random.random(300) / 2 + np.array([0.5 * (kind is not None) for kind in kinds])
    rows = [
        (one, float(value), place < 150)
        for place, (one, value) in enumerate(zip(ids, says, strict=True))
    ]
    folds = [{one: (value, own == first) for one, value, own in rows} for first in (True, False)]
    write_table(tmp_path / "completeness.parquet", manifest(ids, kinds))
    words = ["report_completeness", "--manifest", "completeness.parquet", "--members", "one", "two"]
    words += ["--trials", "10", "--unit-drift", "9.8", "--table", "table.tsv"]
    for model in ("one", "two"):
        tested, predicted = files(model, [(random.random(50), fold) for fold in folds])
        words += ["--predictions", model, *tested, "--completeness", model, *predicted]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", words)
    report_completeness.main()
    with open("table.tsv", newline="") as file:
        table = [*csv.DictReader(file, delimiter="\t")]
    total = [row for row in table if not row["kind"] + row["snr_low"] + row["drift_low"]]
    models = ("one", "two", ENSEMBLE)
    assert [(row["folds"], row["model"]) for row in total] == [*product((HELD_OUT, ALL), models)]
    assert {row["needles"] for row in total} == {"100"} and {row["rows"] for row in table} == {
        "completeness"
    }
    assert all(0.8 < float(row["recall"]) <= 1 for row in total)
    assert {row["search_bound"] for row in table} == {f"{search_bound(5, 10):.3f}"}

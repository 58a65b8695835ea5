"""Promises of the submission: the ids of the sample in its order, and nothing dropped silently."""

import csv

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abacad.ensemble.names import METHODS
from abacad.ensemble.submission import read_sample, submission, write_submission
from abacad.tables.ids import BadTable
from ensemble import write_submission as script


def manifest(good: str, bad: str = "") -> pa.Table:
    """Manifest of one-letter ids; bad ones are damaged."""
    rows = [{"id": letter, "ok": True, "why": ""} for letter in good]
    rows += [{"id": letter, "ok": False, "why": f"{letter} is damaged"} for letter in bad]
    return pa.Table.from_pylist(rows)


def ensemble(ids: str) -> pa.Table:
    """The ensemble on one-letter ids: 0, 1, 4, ... as rank means, 0, 10, 40, ... as arithmetic."""
    squares = [float(row**2) for row in range(len(ids))]
    tens = [10 * square for square in squares]
    return pa.table({"id": list(ids), "rank_mean": squares, "arithmetic_mean": tens})


def test_the_rows_come_in_the_samples_order():
    rows, quarantined = submission("cab", manifest("abc"), ensemble("abc"), "rank_mean")
    assert rows == [("c", 4.0), ("a", 0.0), ("b", 1.0)]
    assert quarantined == []


def test_the_method_names_the_column_that_is_submitted():
    rows, _ = submission("ab", manifest("ab"), ensemble("ab"), "arithmetic_mean")
    assert rows == [("a", 0.0), ("b", 10.0)]


def test_quarantined_rows_get_the_median_and_are_listed():
    rows, quarantined = submission("xabcy", manifest("abc", "xy"), ensemble("abc"), "rank_mean")
    assert rows == [("x", 1.0), ("a", 0.0), ("b", 1.0), ("c", 4.0), ("y", 1.0)]
    assert quarantined == [{"id": "x", "why": "x is damaged"}, {"id": "y", "why": "y is damaged"}]


def test_a_quarantined_id_that_the_sample_repeats_is_answered_each_time_and_listed_once():
    rows, quarantined = submission("xax", manifest("a", "x"), ensemble("a"), "rank_mean")
    assert rows == [("x", 0.0), ("a", 0.0), ("x", 0.0)]
    assert [row["id"] for row in quarantined] == ["x"]


@pytest.mark.parametrize(
    ("sample", "indexed", "predicted", "problem"),
    [
        ("abc", "abc", "ab", r"1 rows \(c\) without a prediction"),
        ("ab", "ab", "abc", r"1 rows \(c\) predicted, but not in the sample submission"),
        ("ab", "abc", "ab", r"1 rows \(c\) in only one of the sample submission and the manifest"),
        ("abc", "ab", "abc", r"1 rows \(c\) in only one of the sample submission and the manifest"),
        ("aba", "ab", "ab", r"1 rows \(a\) more than once in the sample submission"),
        ("ab", "ab", "aab", r"1 rows \(a\) predicted more than once"),
    ],
)
def test_any_other_disagreement_of_ids_is_refused(sample, indexed, predicted, problem):
    with pytest.raises(ValueError, match=problem):
        submission(sample, manifest(indexed), ensemble(predicted), "rank_mean")


def test_a_quarantined_row_that_was_predicted_all_the_same_is_refused():
    with pytest.raises(ValueError, match=r"1 rows \(b\) predicted, but quarantined"):
        submission("ab", manifest("a", "b"), ensemble("ab"), "rank_mean")


def test_the_file_reads_back_as_the_same_numbers_in_the_same_order(tmp_path):
    rows = [("b", 1 / 3), ("a", 0.1 + 0.2), ("c", 1.0)]
    write_submission(tmp_path / "submission.csv", rows)
    text = (tmp_path / "submission.csv").read_text()
    assert text == "id,target\nb,0.3333333333333333\na,0.30000000000000004\nc,1.0\n"
    assert read_sample(tmp_path / "submission.csv") == ["b", "a", "c"]


def test_a_sample_without_ids_is_named(tmp_path):
    path = tmp_path / "sample.csv"
    path.write_text("name,target\na,0.5\n")
    with pytest.raises(BadTable, match=r"sample\.csv has no column id"):
        read_sample(path)


@pytest.mark.parametrize("method", METHODS)
def test_the_script_submits_every_mean_that_there_is(tmp_path, monkeypatch, method):
    (tmp_path / "sample.csv").write_text("id,target\nb,0.5\na,0.5\n")
    pq.write_table(manifest("ab"), tmp_path / "manifest.parquet")
    means = {name: [place / 8, place / 4] for place, name in enumerate(METHODS)}
    pq.write_table(pa.table({"id": ["a", "b"], **means}), tmp_path / "test.parquet")
    words = f"write_submission --sample-submission {tmp_path}/sample.csv --method {method}"
    words += f" --manifest {tmp_path}/manifest.parquet --test {tmp_path}/test.parquet"
    words += f" --submission {tmp_path}/submission.csv --quarantined {tmp_path}/quarantined.tsv"
    monkeypatch.setattr("sys.argv", words.split())
    script.main()
    with open(tmp_path / "submission.csv", newline="") as file:
        submitted = [(row["id"], float(row["target"])) for row in csv.DictReader(file)]
    place = METHODS.index(method)
    assert submitted == [("b", place / 4), ("a", place / 8)]

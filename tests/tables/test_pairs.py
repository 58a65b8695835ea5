"""Pairs keep their order and their values; texts become the numbers of their cadences."""

import pyarrow as pa
import pytest

from abacad.tables import files
from abacad.tables.files import write_table
from abacad.tables.pairs import numbered_pairs, read_pairs

CADENCES = pa.table({"collection": ["train", "test", "train"], "id": ["a", "a", "b"]})
PAIRS = pa.table(
    {
        "collection_a": ["train", "test", "train", "train"],
        "id_a": ["a", "a", "b", "a"],
        "collection_b": ["train", "train", "test", "test"],
        "id_b": ["b", "b", "a", "a"],
        "shift": [10, 90, -20, 5],
    }
)
NUMBERED = {"first": [0, 1, 2, 0], "second": [2, 2, 1, 1], "shift": [10, 90, -20, 5]}


def test_a_cadence_is_numbered_by_its_row():
    assert numbered_pairs(PAIRS, CADENCES).to_pydict() == NUMBERED


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_a_file_is_read_whole_or_only_the_pairs_of_some_ids(tmp_path, monkeypatch, rows):
    monkeypatch.setattr(files, "ROWS_PER_PART", rows)
    write_table(tmp_path / "pairs.parquet", PAIRS)
    assert read_pairs(tmp_path / "pairs.parquet", CADENCES, ["shift"]).to_pydict() == NUMBERED
    of_b = read_pairs(tmp_path / "pairs.parquet", CADENCES, ["shift"], pa.array(["b"]))
    assert of_b.to_pydict() == {name: values[:3] for name, values in NUMBERED.items()}


def test_a_file_without_pairs_has_none(tmp_path):
    write_table(tmp_path / "pairs.parquet", PAIRS.slice(0, 0))
    pairs = read_pairs(tmp_path / "pairs.parquet", CADENCES, ["shift"])
    assert pairs.to_pydict() == {"first": [], "second": [], "shift": []}


def test_a_missing_column_and_an_unknown_cadence_are_named(tmp_path):
    write_table(tmp_path / "pairs.parquet", PAIRS)
    with pytest.raises(KeyError, match=r"pairs.parquet: no column 'cosine'"):
        read_pairs(tmp_path / "pairs.parquet", CADENCES, ["cosine"])
    with pytest.raises(ValueError, match=r"1 rows \(train b\) are not in the table of overlaps"):
        numbered_pairs(PAIRS, CADENCES.slice(0, 2))

"""Promises about files: whole or not at all, equal content in equal bytes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from stat import S_IMODE

import pyarrow as pa
import pytest

from abacad.tables.files import (
    read_json,
    read_table,
    whole_file,
    write_json,
    write_table,
    write_tsv,
)


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "history.tsv"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), whole_file(path) as temporary:
        temporary.write_text("half of the n")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_written_file_appears_by_rename_in_a_folder_made_for_it(tmp_path):
    path = tmp_path / "new" / "scores.txt"
    with whole_file(path) as temporary:
        temporary.write_text("0.9")
        assert not path.exists()
    assert path.read_text() == "0.9"
    assert list(path.parent.iterdir()) == [path]


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    yield
    os.umask(before)


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
@pytest.mark.parametrize("own", [0o600, 0o666])
def test_a_file_has_the_mode_of_any_new_file_whoever_wrote_it(tmp_path, mask, mode, own):
    with umask(mask), whole_file(tmp_path / "weights") as temporary:
        temporary.touch()
        temporary.chmod(own)
    assert S_IMODE((tmp_path / "weights").stat().st_mode) == mode


def test_a_block_that_writes_nothing_leaves_nothing(tmp_path):
    with pytest.raises(FileNotFoundError), whole_file(tmp_path / "weights"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_json_does_not_depend_on_the_order_of_keys(tmp_path):
    write_json(tmp_path / "a.json", {"seed": 0, "epochs": 20})
    write_json(tmp_path / "b.json", {"epochs": 20, "seed": 0})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert read_json(tmp_path / "a.json") == {"seed": 0, "epochs": 20}


def test_a_missing_column_is_named_with_its_file_and_the_columns_there_are(tmp_path):
    path = tmp_path / "folds.parquet"
    write_table(path, pa.table({"id": ["a"], "fold": [0]}))
    with pytest.raises(KeyError, match=r"folds.parquet: no column 'target'; it has id, fold"):
        read_table(path, ["id", "target"])
    assert read_table(path, ["fold"]).to_pylist() == [{"fold": 0}]


def test_missing_values_are_empty_in_a_tsv(tmp_path):
    write_tsv(tmp_path / "t.tsv", [{"id": "a", "why": "gone"}, {"id": "b"}], ["id", "why"])
    assert (tmp_path / "t.tsv").read_text() == "id\twhy\na\tgone\nb\t\n"

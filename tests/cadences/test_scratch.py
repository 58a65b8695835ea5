"""Stores are read from copies on a disk of the node, if there is one with room for them."""

import os
import shutil
from pathlib import Path

import pytest

from abacad.cadences import scratch as module
from abacad.cadences.scratch import SCRATCH, on_scratch


@pytest.fixture
def files(tmp_path) -> list[Path]:
    paths = [tmp_path / "stores" / f"{index}-of-2.arrow" for index in range(2)]
    paths[0].parent.mkdir()
    for path in paths:
        path.write_bytes(path.name.encode() * 1000)
    return paths


def test_without_a_folder_files_are_read_where_they_are(files, monkeypatch):
    monkeypatch.delenv(SCRATCH, raising=False)
    assert on_scratch(files) == files


def test_files_are_copied_once_and_again_when_they_change(files, tmp_path, monkeypatch):
    monkeypatch.setenv("NODE", str(tmp_path / "node"))
    monkeypatch.setenv(SCRATCH, "$NODE/scratch")
    copies = on_scratch([str(path) for path in files])
    assert [copy.read_bytes() for copy in copies] == [path.read_bytes() for path in files]
    assert {copy.parent for copy in copies} == {tmp_path / "node/scratch"}
    times = [copy.stat().st_mtime_ns for copy in copies]
    assert on_scratch(files) == copies
    assert [copy.stat().st_mtime_ns for copy in copies] == times
    files[1].write_bytes(b"other")
    again = on_scratch(files)
    assert again[0] == copies[0] and again[1] != copies[1]
    assert again[1].read_bytes() == b"other"


def test_files_that_do_not_fit_are_read_where_they_are_and_it_is_told(
    files, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv(SCRATCH, str(tmp_path / "scratch"))
    room = module.FREE + sum(path.stat().st_size for path in files)
    usage = shutil.disk_usage(tmp_path)._replace(free=room - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    assert on_scratch(files) == files
    assert "data.scratch" in (told := capsys.readouterr().out) and "where they are" in told
    assert not [*(tmp_path / "scratch").glob("*.arrow")]
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=room))
    assert on_scratch(files) != files


def test_a_copy_that_was_interrupted_is_made_again(files, tmp_path, monkeypatch):
    monkeypatch.setenv(SCRATCH, str(tmp_path / "scratch"))

    def full(source, target):
        Path(target).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        with pytest.raises(OSError, match="No space left"):
            on_scratch(files)
    assert [copy.read_bytes() for copy in on_scratch(files)] == [
        path.read_bytes() for path in files
    ]
    assert {*os.listdir(tmp_path / "scratch")} == {
        ".lock",
        *(copy.name for copy in on_scratch(files)),
    }

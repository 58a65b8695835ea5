"""A raw file that changed after its collection was indexed is reported with its path."""

import os
from pathlib import Path

import pytest

from abacad.cadences.freshness import FILES_PER_TASK, changed_files


def listed(folder: Path, paths: list[Path]) -> Path:
    """The list of the files as they are now."""
    rows = [("path", "bytes", "modified")]
    rows += [(path, path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    lines = ["\t".join(map(str, row)) for row in rows]
    (folder / "train.files.tsv").write_text("\n".join(lines) + "\n")
    return folder / "train.files.tsv"


@pytest.fixture
def paths(tmp_path):
    """More files than one task handles."""
    paths = [tmp_path / f"{number:015x}.npy" for number in range(FILES_PER_TASK + 10)]
    for path in paths:
        path.write_bytes(b"panels")
    return paths


def test_files_that_stayed_as_they_were_are_not_named(tmp_path, paths):
    assert changed_files(listed(tmp_path, paths)) == []


def test_a_file_of_another_size_or_another_time_and_one_that_is_gone_are_named(tmp_path, paths):
    table = listed(tmp_path, paths)
    longer, rewritten, gone = paths[1], paths[5], paths[-1]
    times = longer.stat().st_atime_ns, longer.stat().st_mtime_ns
    longer.write_bytes(b"more panels")
    os.utime(longer, ns=times)
    os.utime(rewritten, ns=(0, rewritten.stat().st_mtime_ns + 1))
    gone.unlink()
    assert changed_files(table) == [str(longer), str(rewritten), str(gone)]


def test_a_list_of_something_else_is_refused(tmp_path):
    (tmp_path / "train.problems.tsv").write_text("id\tpath\twhy\n")
    with pytest.raises(ValueError, match="train.problems.tsv: must be a TSV with the columns path"):
        changed_files(tmp_path / "train.problems.tsv")


def test_an_empty_list_names_nothing(tmp_path):
    assert changed_files(listed(tmp_path, [])) == []

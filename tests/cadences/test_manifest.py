"""Promises about the manifest: every id once, every problem in one pass, good rows in order."""

import csv
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from abacad.cadences.cadence import BadCadence, read_cadence
from abacad.cadences.freshness import changed_files
from abacad.cadences.layout import COLLECTIONS, COMPETITION
from abacad.cadences.manifest import LayoutError, good_rows, index_collection
from abacad.cadences.shard import Shard
from abacad.cadences.store import Store
from abacad.preprocess.shards import FailedCadences, preprocess_raw
from abacad.tables.files import write_table

SCRIPT = Path(__file__).parents[2] / "workflow_scripts" / "preprocess" / "index_cadences.py"
TRAIN, TEST = COLLECTIONS["train"], COLLECTIONS["test"]


def cadence(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(COMPETITION.of_cadence).astype("<f2")


def with_value(value: float, where: object) -> np.ndarray:
    panels = cadence()
    panels[where] = value
    return panels


def npy(panels: np.ndarray) -> bytes:
    file = BytesIO()
    np.save(file, panels)
    return file.getvalue()


def cadence_id(number: int) -> str:
    return f"{number:015x}"


def write_raw(
    root: Path, collection, files: dict[str, bytes], table: list[tuple[str, str]]
) -> None:
    """A raw folder with the content of each id's file and the rows of the collection's table."""
    (root / collection.folder).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = root / collection.cadence_path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with open(root / collection.table, "w", newline="") as file:
        csv.writer(file).writerows([("id", "target"), *table])


BAD_FILES = {
    "truncated": (npy(cadence())[:-10], "truncated: 838774 bytes, must be 838784"),
    "empty": (b"", "unreadable .npy header"),
    "too long": (npy(cadence()) + b"??", "too long: 838786 bytes"),
    "not npy": (b"PK" + npy(cadence())[2:], "unreadable .npy header"),
    "other byte order": (npy(cadence().astype(">f2")), "dtype >f2, must be <f2"),
    "float32": (npy(cadence().astype("<f4")), "dtype <f4, must be <f2"),
    "five panels": (npy(cadence()[:5]), "shape (5, 273, 256), must be (6, time, frequency)"),
    "swapped axes": (npy(cadence().swapaxes(1, 2).copy()), "shape (6, 256, 273)"),
    "Fortran order": (npy(np.asfortranarray(cadence())), "Fortran order, must be C order"),
    "NaN": (npy(with_value(np.nan, (2, 100, 50))), "NaN or infinity in 1 of 419328 values"),
    "infinity": (npy(with_value(np.inf, (0, 0, slice(0, 2)))), "NaN or infinity in 2 of"),
    "both infinities": (npy(with_value([np.inf, -np.inf], (0, 0, slice(0, 2)))), "NaN or inf"),
    "constant": (npy(with_value(1, [1, 3])), "constant panel 1, 3 (counted from 0)"),
}


@pytest.mark.parametrize(("content", "why"), BAD_FILES.values(), ids=BAD_FILES)
def test_each_kind_of_bad_file_is_marked_and_says_why(tmp_path, content, why):
    write_raw(tmp_path, TRAIN, {cadence_id(1): content}, [(cadence_id(1), "1")])
    manifest, problems = index_collection(tmp_path, TRAIN, COMPETITION, workers=1)
    (row,) = manifest.to_pylist()
    assert not row["ok"] and why in row["why"]
    assert row["bytes"] == len(content) and row["panel_mean"] is None
    assert row["modified"] == os.stat(row["path"]).st_mtime_ns
    assert [problem["id"] for problem in problems] == [cadence_id(1)]


def test_all_problems_of_files_and_table_are_found_in_one_pass(tmp_path):
    good, gone, twice, label, short, stray = (cadence_id(number) for number in range(1, 7))
    files = dict.fromkeys((good, twice, label, stray), npy(cadence()))
    table = [(twice, "0"), (twice, "1"), (label, "2"), (gone, "0"), (good, "1"), (short[:9], "0")]
    write_raw(tmp_path, TRAIN, files, table)
    manifest, problems = index_collection(tmp_path, TRAIN, COMPETITION, workers=2)
    rows = {row["id"]: row for row in manifest.to_pylist()}
    assert list(rows) == sorted({name for name, _ in table})
    assert [name for name, row in rows.items() if row["ok"]] == [good]
    assert {problem["id"]: problem["why"] for problem in problems} == {
        gone: "missing file",
        twice: "duplicate id, in 2 rows of train_labels.csv",
        label: "label '2', must be 0 or 1",
        short[:9]: "malformed id, must be 15 digits of 0-9a-f",
        stray: "file without a row in train_labels.csv, or not in its id's folder",
    }


def test_a_row_with_several_faults_names_each(tmp_path):
    write_raw(tmp_path, TRAIN, {}, [(cadence_id(1), "yes"), (cadence_id(1), "")])
    manifest, _ = index_collection(tmp_path, TRAIN, COMPETITION, workers=1)
    why = manifest["why"][0].as_py()
    assert all(
        fault in why for fault in ("duplicate id", "label 'yes'", "label ''", "missing file")
    )


@pytest.mark.parametrize("bad_id", ["", "../../etc/passwd", "1E+14", "00000000000000G", " " * 15])
def test_a_malformed_id_never_becomes_a_path(tmp_path, bad_id):
    write_raw(tmp_path, TRAIN, {}, [(bad_id, "0")])
    (row,) = index_collection(tmp_path, TRAIN, COMPETITION, workers=1)[0].to_pylist()
    assert row["path"] is None and "malformed id" in row["why"]


def test_placeholders_of_the_test_side_are_no_labels(tmp_path):
    write_raw(tmp_path, TEST, {cadence_id(1): npy(cadence())}, [(cadence_id(1), "0.5")])
    manifest, problems = index_collection(tmp_path, TEST, COMPETITION, workers=1)
    assert not problems
    assert manifest["target"].to_pylist() == [None]


def test_panel_statistics_are_those_of_the_panels_and_rows_are_sorted_by_id(tmp_path):
    panels = {cadence_id(number): cadence(number) for number in (3, 1, 2)}
    files = {name: npy(values) for name, values in panels.items()}
    write_raw(tmp_path, TRAIN, files, [(name, "0") for name in panels])
    manifest, _ = index_collection(tmp_path, TRAIN, COMPETITION, workers=1)
    assert manifest["id"].to_pylist() == sorted(panels)
    for row in manifest.to_pylist():
        values = panels[row["id"]].astype(float)
        np.testing.assert_allclose(row["panel_mean"], values.mean((1, 2)), atol=1e-7)
        np.testing.assert_allclose(row["panel_std"], values.std((1, 2)), rtol=1e-6)


def test_hidden_files_and_folders_are_no_cadences(tmp_path):
    write_raw(tmp_path, TRAIN, {cadence_id(1): npy(cadence())}, [(cadence_id(1), "0")])
    for hidden in (f"0/._{cadence_id(1)}.npy", ".DS_Store", f".Trash/{cadence_id(2)}.npy"):
        (tmp_path / "train" / hidden).parent.mkdir(exist_ok=True)
        (tmp_path / "train" / hidden).write_bytes(b"Mac OS X")
    assert index_collection(tmp_path, TRAIN, COMPETITION, workers=1)[1] == []


def test_spaces_around_an_id_and_blank_lines_are_no_problems(tmp_path):
    write_raw(tmp_path, TRAIN, {cadence_id(1): npy(cadence())}, [])
    (tmp_path / TRAIN.table).write_text(f"id, target\n\n{cadence_id(1)} ,1 \n,\n")
    manifest, problems = index_collection(tmp_path, TRAIN, COMPETITION, workers=1)
    assert (problems, manifest["target"].to_pylist()) == ([], [1])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (
            "id,target\n".encode("utf-16"),
            "train_labels.csv is not UTF-8 text; save it as CSV UTF-8",
        ),
        (b"id;target\n", "train_labels.csv: its columns are separated by semicolons; save it with"),
    ],
)
def test_a_table_as_a_spreadsheet_saves_it_is_refused_with_what_to_do(tmp_path, content, why):
    write_raw(tmp_path, TRAIN, {}, [])
    (tmp_path / TRAIN.table).write_bytes(content)
    refused = run_script(tmp_path, "fail")
    assert refused.returncode == 1 and why in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("missing", ["table", "column", "rows", "folder"])
def test_a_raw_folder_without_its_parts_says_what_is_expected(tmp_path, missing):
    write_raw(tmp_path, TRAIN, {}, [(cadence_id(1), "0")])
    if missing == "table":
        (tmp_path / TRAIN.table).unlink()
    elif missing == "column":
        (tmp_path / TRAIN.table).write_text("id,label\na,0\n")
    elif missing == "rows":
        (tmp_path / TRAIN.table).write_text("id,target\n")
    else:
        (tmp_path / TRAIN.folder).rmdir()
    with pytest.raises(LayoutError, match="train_labels.csv, a CSV with the columns id, target"):
        index_collection(tmp_path, TRAIN, COMPETITION, workers=1)


def run_script(root: Path, on_bad_file: str) -> subprocess.CompletedProcess:
    options = ["--root", root, "--collection", "train", "--on-bad-file", on_bad_file]
    options += ["--shape", COMPETITION.as_json()]
    outputs = ["--manifest", root / "train.parquet", "--problems", root / "train.problems.tsv"]
    outputs += ["--files", root / "train.files.tsv"]
    command = [sys.executable, SCRIPT, *options, *outputs]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_fail_lists_the_problems_and_writes_no_manifest_and_quarantine_writes_both(tmp_path):
    files = {cadence_id(1): npy(cadence()), cadence_id(2): b"cut"}
    write_raw(tmp_path, TRAIN, files, [(cadence_id(1), "0"), (cadence_id(2), "1")])
    failed = run_script(tmp_path, "fail")
    assert failed.returncode != 0
    assert f"1 problems in train, listed in {tmp_path / 'train.problems.tsv'}" in failed.stderr
    assert cadence_id(2) in (tmp_path / "train.problems.tsv").read_text()
    assert not (tmp_path / "train.parquet").exists()
    assert run_script(tmp_path, "quarantine").returncode == 0
    assert good_rows(tmp_path / "train.parquet")[0] == [cadence_id(1)]
    assert cadence_id(2) in (tmp_path / "train.problems.tsv").read_text()


def test_quarantine_says_how_many_cadences_are_left_out(tmp_path):
    files = {cadence_id(1): npy(cadence()), cadence_id(2): b"cut", cadence_id(9): npy(cadence())}
    write_raw(tmp_path, TRAIN, files, [(cadence_id(number), "0") for number in (1, 2, 3)])
    said = run_script(tmp_path, "quarantine").stdout
    assert f"3 problems in train, listed in {tmp_path / 'train.problems.tsv'}" in said
    assert "2 of 3 cadences are left out" in said


def test_a_collection_without_a_single_good_cadence_is_refused_in_quarantine_too(tmp_path):
    write_raw(
        tmp_path, TRAIN, {cadence_id(1): b"cut"}, [(cadence_id(1), "0"), (cadence_id(2), "1")]
    )
    refused = run_script(tmp_path, "quarantine")
    assert refused.returncode == 1
    assert "2 problems in train, listed in" in refused.stderr
    assert "none of the 2 cadences is good" in refused.stderr
    assert cadence_id(2) in (tmp_path / "train.problems.tsv").read_text()
    assert not (tmp_path / "train.parquet").exists()


def test_of_the_good_files_a_change_is_noticed_later(tmp_path):
    files = {cadence_id(1): npy(cadence(1)), cadence_id(2): b"cut", cadence_id(3): npy(cadence(3))}
    write_raw(tmp_path, TRAIN, files, [(name, "0") for name in files])
    assert run_script(tmp_path, "quarantine").returncode == 0
    assert changed_files(tmp_path / "train.files.tsv") == []
    (tmp_path / TRAIN.cadence_path(cadence_id(2))).write_bytes(npy(cadence(2)))
    (tmp_path / TRAIN.cadence_path(cadence_id(3))).write_bytes(npy(cadence(4)))
    changed = str(tmp_path / TRAIN.cadence_path(cadence_id(3)))
    assert changed_files(tmp_path / "train.files.tsv") == [changed]


def test_a_clean_collection_leaves_an_empty_problem_table(tmp_path):
    write_raw(tmp_path, TRAIN, {cadence_id(1): npy(cadence())}, [(cadence_id(1), "0")])
    assert run_script(tmp_path, "fail").returncode == 0
    assert (tmp_path / "train.problems.tsv").read_text() == "id\tpath\twhy\n"


def double(panels: np.ndarray) -> np.ndarray:
    return 2 * panels


def refuse_bright(panels: np.ndarray) -> np.ndarray:
    if panels.max() > 50:
        raise ValueError("too bright")
    return panels


@pytest.fixture
def manifest(tmp_path):
    """A manifest of four cadences. The second is bad; the first and the last are bright."""
    contents = [with_value(60, (0, 0, 0)), cadence()[:5], cadence(), with_value(60, (1, 0, 0))]
    files = {cadence_id(number): npy(panels) for number, panels in enumerate(contents, start=1)}
    write_raw(tmp_path, TRAIN, files, [(name, "0") for name in files])
    write_table(
        tmp_path / "train.parquet", index_collection(tmp_path, TRAIN, COMPETITION, workers=1)[0]
    )
    return tmp_path / "train.parquet"


def test_the_shards_of_a_store_hold_the_good_rows_in_the_manifest_s_order(manifest, tmp_path):
    paths = [tmp_path / f"{index}-of-2.arrow" for index in range(2)]
    for index, path in enumerate(paths):
        preprocess_raw(manifest, Shard("normalized", "train", index, 2), double, path, workers=2)
    store = Store(paths)
    assert store.ids == [cadence_id(1), cadence_id(3), cadence_id(4)]
    np.testing.assert_array_equal(store[1], 2 * cadence())


@pytest.mark.parametrize("workers", [1, 2])
def test_every_cadence_that_fails_is_named_and_no_store_is_left(manifest, tmp_path, workers):
    output = tmp_path / "stores" / "0-of-1.arrow"
    with pytest.raises(FailedCadences, match="2 of 3 cadences failed") as failure:
        preprocess_raw(manifest, Shard("nmf", "train", 0, 1), refuse_bright, output, workers)
    assert cadence_id(1) in str(failure.value) and cadence_id(4) in str(failure.value)
    assert list(tmp_path.glob("stores/*")) == []


def test_a_file_that_vanished_after_it_was_indexed_is_named(manifest, tmp_path):
    (tmp_path / TRAIN.cadence_path(cadence_id(3))).unlink()
    with pytest.raises(FailedCadences, match=f"{cadence_id(3)}: missing file"):
        preprocess_raw(manifest, Shard("nmf", "train", 0, 1), double, tmp_path / "x.arrow", 1)


def test_a_folder_in_place_of_a_file_is_a_bad_cadence(tmp_path):
    with pytest.raises(BadCadence, match="unreadable file"):
        read_cadence(tmp_path)

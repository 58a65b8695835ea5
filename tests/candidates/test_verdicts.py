"""Verdicts become a raw folder that the workflow takes, or the error names what is wrong."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from abacad.cadences.layout import COLLECTIONS, COMPETITION
from abacad.cadences.manifest import index_collection
from abacad.candidates.verdicts import (
    BadVerdicts,
    Verdict,
    merge,
    read_verdicts,
    write_raw_folder,
)
from abacad.tables.ids import BadTable

SCRIPT = Path(__file__).parents[2] / "workflow_scripts/candidates/merge_verdicts.py"
TRAIN = {f"{n:x}".zfill(15): n % 2 for n in range(3)}
TEST = [f"{n:x}".zfill(15) for n in range(0xA0, 0xA5)]
HEADER = "collection,id,verdict,note,time\n"


def cadence(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(COMPETITION.of_cadence).astype("<f2")


@pytest.fixture
def raw(tmp_path) -> Path:
    """A raw folder of three training cadences, five of test, and old ones."""
    root = tmp_path / "raw"
    for name, ids in (("train", TRAIN), ("test", TEST)):
        for number, one in enumerate(ids):
            path = root / COLLECTIONS[name].cadence_path(one)
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, cadence(number))
    table = "".join(f"{one},{target}\n" for one, target in TRAIN.items())
    (root / "train_labels.csv").write_text(f"id,target\n{table}")
    (root / "sample_submission.csv").write_text(
        "id,target\n" + "".join(f"{one},0.5\n" for one in TEST)
    )
    (root / "old_leaky_data").mkdir()
    (root / "old_leaky_data/train_labels_old.csv").write_text("id,target\n")
    return root


def csv(path: Path, *rows: str) -> Path:
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return path


def verdict(cadence_id: str, said: str, time: str = "2026-01-01T00:00:00.000Z", file="a.csv"):
    return Verdict(cadence_id, said, "", time, file)


def run(*arguments) -> subprocess.CompletedProcess:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_what_was_vetted_is_indexed_as_training_cadences_and_no_longer_as_test(raw, tmp_path):
    ann = csv(
        tmp_path / "ann.csv",
        f'test,{TEST[0]},candidate,"a line, ""bright""",2026-01-01T00:00:00.000Z',
        f"test,{TEST[1]},rfi,,2026-01-01T00:00:01.000Z",
        f"test,{TEST[2]},unsure,,2026-01-01T00:00:02.000Z",
        f"test,{TEST[3]},,only a note,2026-01-01T00:00:03.000Z",
    )
    done = run("--verdicts", ann, "--raw", raw, "--new-raw", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert "1 candidate, 1 rfi, 1 unsure" in done.stdout
    found = {}
    for name in ("train", "test"):
        manifest, problems = index_collection(
            tmp_path / "new", COLLECTIONS[name], COMPETITION, workers=1
        )
        assert problems == []
        rows = manifest.to_pylist()
        found[name] = {row["id"]: row["target"] for row in rows}
    assert found["train"] == TRAIN | {TEST[0]: 1, TEST[1]: 0}
    assert found["test"] == dict.fromkeys(TEST[2:])
    moved = tmp_path / "new" / COLLECTIONS["train"].cadence_path(TEST[1])
    assert np.array_equal(np.load(moved), cadence(1))
    assert (tmp_path / "new/old_leaky_data/train_labels_old.csv").exists()
    assert 'a line, ""bright""' in (tmp_path / "new/verdicts.tsv").read_text()


def test_the_old_folder_stays_as_it_is_and_a_new_one_is_made_of_a_new_one(raw, tmp_path):
    before = sorted(str(path) for path in raw.rglob("*"))
    write_raw_folder([verdict(TEST[0], "candidate")], raw, tmp_path / "one")
    write_raw_folder([verdict(TEST[1], "rfi")], tmp_path / "one", tmp_path / "two")
    assert sorted(str(path) for path in raw.rglob("*")) == before
    manifest, problems = index_collection(
        tmp_path / "two", COLLECTIONS["train"], COMPETITION, workers=1
    )
    assert problems == [] and len(manifest) == 5


def test_people_who_agree_are_merged_and_the_last_note_is_kept(tmp_path):
    first = Verdict("a", "rfi", "early", "2026-01-01T00:00:00.000Z", "ann.csv")
    last = Verdict("a", "rfi", "late", "2026-01-02T00:00:00.000Z", "ben.csv")
    other = verdict("0", "candidate")
    assert merge([last, first, other], latest=False) == [other, last]


def test_verdicts_that_differ_are_refused_by_name_or_the_last_one_holds():
    early = verdict("a", "rfi", "2026-01-01T00:00:00.000Z", "ann.csv")
    late = verdict("a", "candidate", "2026-01-02T00:00:00.000Z", "ben.csv")
    with pytest.raises(
        BadVerdicts, match=r"a: rfi \(ann.csv, 2026-01-01\S+\), candidate \(ben.csv"
    ):
        merge([late, early], latest=False)
    assert merge([late, early], latest=True) == [late]
    with pytest.raises(BadVerdicts, match="a: rfi"):  # at the same time, there is no last one
        merge([early, verdict("a", "unsure", early.time, "ben.csv")], latest=True)


def test_nothing_is_written_where_people_differ(raw, tmp_path):
    ann = csv(tmp_path / "ann.csv", f"test,{TEST[0]},rfi,,2026-01-01T00:00:00.000Z")
    ben = csv(tmp_path / "ben.csv", f"test,{TEST[0]},candidate,,2026-01-02T00:00:00.000Z")
    options = ("--verdicts", ann, ben, "--raw", raw, "--new-raw", tmp_path / "new")
    done = run(*options)
    assert done.returncode == 1 and TEST[0] in done.stderr and "ben.csv" in done.stderr
    assert not (tmp_path / "new").exists()
    assert run(*options, "--latest").returncode == 0
    manifest, _ = index_collection(tmp_path / "new", COLLECTIONS["train"], COMPETITION, workers=1)
    assert {row["id"]: row["target"] for row in manifest.to_pylist()}[TEST[0]] == 1


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([f"train,{TEST[0]},rfi,,t"], "is of the collection 'train', must be test"),
        ([f"test,{TEST[0]},alien,,t"], "verdict 'alien'; allowed: candidate, rfi, unsure"),
        ([f"test,{TEST[0]},rfi,,t"] * 2, f"{TEST[0]} is in 2 rows"),
    ],
)
def test_a_csv_that_makes_no_sense_is_refused_with_its_name(tmp_path, rows, said):
    with pytest.raises(BadVerdicts, match=f"ann.csv: .*{said}"):
        read_verdicts(csv(tmp_path / "ann.csv", *rows))


def test_another_table_is_none_of_verdicts(tmp_path):
    (tmp_path / "ann.csv").write_text("id,target\na,1\n")
    with pytest.raises(BadTable, match="ann.csv has no column collection, verdict, note, time"):
        read_verdicts(tmp_path / "ann.csv")


def test_a_folder_is_made_of_known_cadences_without_a_label_alone(raw, tmp_path):
    for cadence_id, said in (("f" * 15, "are not in"), ([*TRAIN][0], "are not in")):
        with pytest.raises(BadVerdicts, match=said):
            write_raw_folder([verdict(cadence_id, "rfi")], raw, tmp_path / "new")
    (raw / COLLECTIONS["test"].cadence_path(TEST[0])).unlink()
    with pytest.raises(FileNotFoundError, match=TEST[0]):
        write_raw_folder([verdict(TEST[0], "rfi")], raw, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_holds_files_is_not_written_over(raw, tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new/mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="new holds files already"):
        write_raw_folder([verdict(TEST[0], "rfi")], raw, tmp_path / "new")


def test_what_was_wrong_in_the_old_folder_is_told_by_the_index_as_before(raw, tmp_path):
    (raw / COLLECTIONS["test"].cadence_path(TEST[4])).unlink()
    with open(raw / "train_labels.csv", "a") as file:
        file.write("../escape,1\n")
    write_raw_folder([verdict(TEST[0], "rfi")], raw, tmp_path / "new")
    for name, why in (("train", "malformed id"), ("test", "missing file")):
        _, (problem,) = index_collection(
            tmp_path / "new", COLLECTIONS[name], COMPETITION, workers=1
        )
        assert why in problem["why"]

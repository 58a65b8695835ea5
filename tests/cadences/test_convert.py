"""Your own cadences become a raw folder that the workflow accepts, or everything that is wrong is listed."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from abacad.cadences import convert
from abacad.cadences.cadence import BadCadence
from abacad.cadences.convert import BadCadences, cadence_id, competition_panels, convert_folder
from abacad.cadences.layout import COLLECTIONS, COMPETITION
from abacad.cadences.manifest import index_collection

SCRIPT = Path(__file__).parents[2] / "workflow_scripts" / "preprocess" / "convert_cadences.py"


def cadence(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(COMPETITION.of_cadence)


@pytest.fixture
def own(tmp_path):
    """A folder with four good cadences of different kinds, and with files that are no cadences; labels
    for two."""
    arrays = {
        "first light": (1e12 + 1e3 * cadence(1)).astype(">f8"),
        "night2/scan-07": np.asfortranarray(cadence(2).astype(np.float32)),
        "night2/scan-08": 1e-30 * cadence(3).astype(np.float64),
        "ünnamed": cadence(4).astype(np.float16),
    }
    for name, panels in arrays.items():
        path = tmp_path / "own" / f"{name}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, panels)
    (tmp_path / "own" / "._first light.npy").write_bytes(b"Mac OS X")
    (tmp_path / "own" / "notes.txt").write_text("cloudy")
    table = "name,target\nfirst light,1\nnight2/scan-07.npy,0\n"
    (tmp_path / "labels.csv").write_text(table)
    return tmp_path / "own"


def test_a_converted_folder_is_indexed_without_a_problem(own, tmp_path):
    converted, problems = convert_folder(own, tmp_path / "labels.csv", tmp_path / "raw", False, 2)
    assert (len(converted), problems) == (4, [])
    manifests = {}
    for name in ("train", "test"):
        manifest, problems = index_collection(
            tmp_path / "raw", COLLECTIONS[name], COMPETITION, workers=1
        )
        assert problems == []
        manifests[name] = dict(
            zip(manifest["id"].to_pylist(), manifest["target"].to_pylist(), strict=True)
        )
    assert manifests == {
        "train": {cadence_id("first light"): 1, cadence_id("night2/scan-07"): 0},
        "test": {cadence_id("night2/scan-08"): None, cadence_id("ünnamed"): None},
    }


def test_ids_are_told_by_name(own, tmp_path):
    convert_folder(own, None, tmp_path / "raw", False, 1)
    with open(tmp_path / "raw" / "names.tsv", newline="") as file:
        names = {row["id"]: row["name"] for row in csv.DictReader(file, delimiter="\t")}
    assert set(names.values()) == {"first light", "night2/scan-07", "night2/scan-08", "ünnamed"}
    for one, name in names.items():
        panels = np.load(tmp_path / "raw" / COLLECTIONS["test"].cadence_path(one))
        before = np.load(own / f"{name}.npy").astype(np.float64)
        for panel, original in zip(panels, before, strict=True):
            assert np.corrcoef(panel.ravel().astype(float), original.ravel())[0, 1] > 0.9999
            assert (abs(panel.mean(dtype=float)), panel.std(dtype=float)) == pytest.approx(
                (0, 1), abs=1e-3
            )


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1, 1e5, 1e300])
def test_panels_come_out_alike_however_they_were_scaled(scale):
    np.testing.assert_array_equal(competition_panels(scale * cadence()).dtype, "<f2")
    np.testing.assert_allclose(
        competition_panels(scale * cadence()), competition_panels(cadence()), atol=2e-3
    )


def test_the_brightest_value_possible_fits_into_float16():
    panels = 1e-6 * np.random.default_rng(0).standard_normal(COMPETITION.of_cadence)
    panels[:, 0, 0] = 1
    assert 264 < competition_panels(panels).max() < 265


def with_value(value: float, where: object) -> np.ndarray:
    panels = cadence()
    panels[where] = value
    return panels


BAD = {
    "five panels": (cadence()[:5], "shape (5, 273, 256), must be (panel=6, time, frequency)"),
    "whole numbers": (cadence().astype(np.int16), "dtype int16, must be of floating point"),
    "NaN": (with_value(np.nan, (2, 100, 50)), "NaN or infinity in 1 of 419328 values"),
    "infinity": (with_value(np.inf, (0, 0, slice(0, 2))), "NaN or infinity in 2 of 419328 values"),
    "constant": (with_value(0.1, [1, 3]), "constant panel 1, 3 (counted from 0)"),
    "zero": (with_value(0, [5]), "constant panel 5 (counted from 0)"),
    "blank": (
        with_value(0, (2, slice(5, None))),
        "panel 2 (counted from 0) is blank in all but 5 of its 273 time bins, must have 16",
    ),
}


@pytest.mark.parametrize(("panels", "why"), BAD.values(), ids=BAD)
def test_panels_that_cannot_be_converted_say_why(panels, why):
    with pytest.raises(BadCadence) as error:
        competition_panels(panels)
    assert why in str(error.value)


def write_bad(own: Path, tmp_path: Path) -> list[str]:
    """Add files that cannot be converted. Returns parts of the expected messages."""
    for name, (panels, _) in BAD.items():
        np.save(own / f"{name}.npy", panels)
    (own / "text.npy").write_text("not at all")
    np.savez(tmp_path / "archive.npz", cadence())
    (tmp_path / "archive.npz").rename(own / "archive.npy")
    with open(tmp_path / "labels.csv", "a") as table:
        table.write("gone,1\nnight2/scan-08,2\nünnamed,0\nünnamed.npy,1\n")
    return [
        *(f"{name}: {why}" for name, (_, why) in BAD.items()),
        "text: not a readable .npy file",
        "archive: not a readable .npy file",
        "gone: in ",
        "night2/scan-08: label '2' in ",
        "ünnamed: in 2 rows of ",
    ]


def test_all_that_is_wrong_is_told_in_one_pass_and_nothing_is_written(own, tmp_path):
    told = write_bad(own, tmp_path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(BadCadences) as error:
        convert_folder(own, tmp_path / "labels.csv", tmp_path / "raw", False, 1)
    lines = str(error.value).splitlines()
    assert all(any(line.startswith(part) for line in lines) for part in told)
    assert len(lines) == len(told)
    assert sorted(tmp_path.iterdir()) == before


def test_what_is_wrong_can_be_skipped_and_no_bad_label_becomes_a_test_cadence(own, tmp_path):
    told = write_bad(own, tmp_path)
    converted, problems = convert_folder(
        own, tmp_path / "labels.csv", tmp_path / "raw", skip_bad=True, workers=1
    )
    assert {one.name for one in converted} == {"first light", "night2/scan-07"}
    assert len(problems) == len(told)
    assert index_collection(tmp_path / "raw", COLLECTIONS["train"], COMPETITION, workers=1)[1] == []
    assert not (tmp_path / "raw" / "sample_submission.csv").exists()


def test_names_with_one_id_are_refused(own, tmp_path, monkeypatch):
    monkeypatch.setattr(convert, "cadence_id", lambda name: "0" * 15)
    with pytest.raises(BadCadences) as error:
        convert_folder(own, None, tmp_path / "raw", True, 1)
    assert str(error.value).count("another name has the same id; rename one of them") == 4


@pytest.mark.parametrize("held", ["train_labels.csv", ".DS_Store"])
def test_a_folder_that_holds_files_already_stays_as_it_is(own, tmp_path, held):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / held).write_text("mine")
    with pytest.raises(FileExistsError, match="holds files already"):
        convert_folder(own, None, tmp_path / "raw", False, 1)
    assert (tmp_path / "raw" / held).read_text() == "mine"
    assert len([*(tmp_path / "raw").iterdir()]) == 1


def test_a_folder_without_cadences_is_refused(tmp_path):
    (tmp_path / "own").mkdir()
    with pytest.raises(BadCadences, match=r"there is no \.npy file below"):
        convert_folder(tmp_path / "own", None, tmp_path / "raw", False, 1)


def test_the_command_line_converts_into_an_empty_folder_and_tells_what_it_left_out(own, tmp_path):
    np.save(own / "constant.npy", np.ones(COMPETITION.of_cadence))
    (tmp_path / "raw").mkdir()
    options = ["--input", own, "--labels", tmp_path / "labels.csv", "--raw", tmp_path / "raw"]
    command = [sys.executable, SCRIPT, *options]
    refused = subprocess.run(command, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "nothing is written:\nconstant: constant panel 0, 1, 2, 3, 4, 5" in refused.stderr
    done = subprocess.run([*command, "--skip-bad"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "left out: constant: constant panel" in done.stderr
    assert "2 cadences with a label (train), 2 without (test)" in done.stdout

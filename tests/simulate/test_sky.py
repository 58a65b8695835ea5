"""The simulator keeps to the competition's layout, and its truth about each cadence holds."""

import csv
import json
import sys
from dataclasses import fields, replace
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from abacad.cadences.layout import COLLECTIONS, COMPETITION, OFF_PANELS, OLD_COLLECTIONS, ON_PANELS
from abacad.needles.kinds import KINDS, KNOWN_KINDS
from abacad.needles.presence import Partial
from abacad.simulate import sky
from abacad.simulate.needles import needle
from abacad.simulate.settings import Simulation, Sky
from abacad.simulate.sky import NEEDLES, simulate_cadences
from abacad.simulate.stretches import plan_stretches
from simulate import simulate_cadences as script

SIMULATION = Simulation(
    counts={"train": 20, "test": 20, "train_old": 8, "test_old": 4},
    positive_rate=0.4,
    test_positive_rate=0.5,
    snr=(80, 200),
    seed=7,
)

WHOLE = np.isin(np.arange(6), ON_PANELS)[:, None].repeat(273, axis=1)  # in all of the ON panels


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with raw/ and truth.parquet."""
    folder = tmp_path_factory.mktemp("simulated")
    simulate_cadences(SIMULATION, folder / "raw", folder / "truth.parquet")
    return folder


def truth(folder: Path) -> list[dict]:
    return pq.read_table(folder / "truth.parquet").to_pylist()


def path_of(folder: Path, row: dict) -> Path:
    return folder / "raw" / COLLECTIONS[row["collection"]].cadence_path(row["id"])


def load(folder: Path, row: dict) -> np.ndarray:
    return np.load(path_of(folder, row)).astype(np.float64)


def labels(folder: Path, collection: str) -> list[tuple[str, str]]:
    with open(folder / "raw" / COLLECTIONS[collection].table, newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["id", "target"]
    return [tuple(row) for row in rows]


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


# Layout


def test_files_are_byte_compatible_with_the_competitions(simulated):
    for row in truth(simulated):
        data = path_of(simulated, row).read_bytes()
        assert len(data) == 838_784
        header = b"{'descr': '<f2', 'fortran_order': False, 'shape': (6, 273, 256), }"
        assert data[10:128].rstrip() == header


def test_every_collection_has_its_count_of_files_and_ids(simulated):
    for name, count in SIMULATION.counts.items():
        ids = [cadence_id for cadence_id, _ in labels(simulated, name)]
        files = (simulated / "raw" / COLLECTIONS[name].folder).rglob("*.npy")
        assert sorted(path.stem for path in files) == sorted(set(ids)) == ids
        assert len(ids) == count
        assert {len(cadence_id) for cadence_id in ids} == {12 if name in OLD_COLLECTIONS else 15}
        assert set("".join(ids)) <= set("0123456789abcdef")


def test_labels_match_the_truth_and_test_has_placeholders(simulated):
    for name in COLLECTIONS:
        rows = [row for row in truth(simulated) if row["collection"] == name]
        expected = [(row["id"], "0.5" if name == "test" else str(row["target"])) for row in rows]
        assert labels(simulated, name) == expected


# Truth


def test_truth_tells_kind_snr_and_drift_of_positives_and_nothing_of_negatives(simulated):
    for row in truth(simulated):
        names = ("kind", "snr", "drift_rate", "panels", "time_bins")
        needle_columns = tuple(row[name] for name in names)
        if row["target"]:
            assert None not in needle_columns
            assert 80 <= row["snr"] <= 200
            assert {*row["panels"]} <= {*ON_PANELS}
            assert row["time_bins"] == 273 or 90 <= row["time_bins"] <= 150
        else:
            assert {*needle_columns} == {None}


def test_positive_rates_are_exact(simulated):
    for name, count in SIMULATION.counts.items():
        rate = 0.5 if name == "test" else 0.4
        positives = sum(row["target"] for row in truth(simulated) if row["collection"] == name)
        assert positives == round(rate * count)


def test_only_test_shows_the_unseen_kind(simulated):
    kinds = {
        name: {row["kind"] for row in truth(simulated) if row["collection"] == name} - {None}
        for name in COLLECTIONS
    }
    assert kinds["test"] == {*KNOWN_KINDS, "s_shape"}
    assert kinds["train"] == set(KNOWN_KINDS)
    assert kinds["train_old"] | kinds["test_old"] <= set(KNOWN_KINDS)


def test_test_is_noisier_than_train(simulated):
    shares = {
        name: np.mean([r["noise_level"] > 1 for r in truth(simulated) if r["collection"] == name])
        for name in ("train", "test")
    }
    assert shares == {"train": 0.2, "test": 0.6}


def test_truth_tells_which_panels_hold_a_needle(tmp_path):
    for snr in (80, 160):
        folder = tmp_path / str(snr)
        partial = Partial(fewer_panels=0.7)
        simulation = replace(SIMULATION, snr=(snr, snr), partial=partial)
        simulate_cadences(simulation, folder / "raw", folder / "truth.parquet")
    held = set()
    for row in truth(folder):
        differ = (load(tmp_path / "80", row) != load(folder, row)).any(axis=(1, 2))
        assert np.flatnonzero(differ).tolist() == (row["panels"] or [])
        held.add(tuple(row["panels"] or []))
    assert len(held) > 4


# Values


def test_panels_are_z_scored_and_only_old_positives_leak(simulated, tmp_path):
    empty = Sky(**{setting.name: 0 for setting in fields(Sky)})
    simulate_cadences(replace(SIMULATION, sky=empty), tmp_path / "raw", tmp_path / "truth.parquet")
    for folder, row in [(f, row) for f in (simulated, tmp_path) for row in truth(f)]:
        panels = load(folder, row)
        mean, std = panels.mean(axis=(1, 2)), panels.std(axis=(1, 2))
        clean = [*range(6)]
        if row["target"] and row["collection"] in OLD_COLLECTIONS:
            clean = [*OFF_PANELS]
            if folder == tmp_path:  # beside RFI a needle hardly adds to the deviation
                assert mean[row["panels"]].mean() > 0.001
                assert std[row["panels"]].mean() > 1.001
        np.testing.assert_allclose(mean[clean], 0, atol=5e-4)
        np.testing.assert_allclose(std[clean], 1, atol=5e-4)


def test_off_panels_of_a_positive_are_its_background():
    rng = np.random.default_rng(0)
    panels = rng.normal(10, 1, (6, 273, 256))
    for kind, leak in product(KINDS, (False, True)):
        signal = needle(kind, 100, 1, 30, NEEDLES[kind], WHOLE, COMPETITION, rng)
        positive = sky.scaled_cadence(panels, signal, leak)
        negative = sky.scaled_cadence(panels, None, leak)
        for panel in range(6):
            untouched = np.array_equal(positive[panel], negative[panel])
            assert untouched == (panel in OFF_PANELS), (kind, panel)


def test_leak_adds_the_needle_to_the_finished_z_score():
    rng = np.random.default_rng(5)
    panels = rng.normal(10, 2, (6, 273, 256))
    signal = needle("straight", 100, 2, 30, NEEDLES["straight"], WHOLE, COMPETITION, rng)
    added = sky.scaled_cadence(panels, signal, True) - sky.scaled_cadence(panels, None, True)
    np.testing.assert_allclose(added, signal / 2, atol=0.02, rtol=0.01)


# Overlap


def test_train_and_test_share_columns_of_background(simulated):
    rows = truth(simulated)
    pairs = [
        (a, b)
        for a, b in product(rows, rows)
        if a["collection"] == "train"
        and b["collection"] == "test"
        and a["stretch"] == b["stretch"]
        and 0 <= b["offset"] - a["offset"] <= 128
    ]
    assert pairs
    for a, b in pairs:
        shift = b["offset"] - a["offset"]
        one = unit_columns(load(simulated, a))[:, :, shift:]
        other = unit_columns(load(simulated, b))[:, :, : 256 - shift]
        cosine = (one * other).sum(axis=1)[[*OFF_PANELS]]  # where no needle is
        assert cosine.min() > 0.9999
        # What a panel's columns share in time makes them alike; their differences have none of it.
        one, other = (unit_columns(np.diff(panels)) for panels in (one, other))
        wrong_shift = (one[:, :, 8:] * other[:, :, :-8]).sum(axis=1)[[*OFF_PANELS]]
        assert np.median(wrong_shift) < 0.9


def test_snippets_of_a_stretch_lose_the_same_packets(tmp_path):
    simulation = replace(
        SIMULATION, sky=Sky(dropping=1, dropped_bins=["uniform", 1, 4], bursts=0, band_bursts=0)
    )
    simulate_cadences(simulation, tmp_path / "raw", tmp_path / "truth.parquet")
    lost = {}
    for row in truth(tmp_path):
        panels = load(tmp_path, row)
        lost.setdefault(row["stretch"], []).append(panels.max(axis=2) < -3)  # (panel, time)
    for snippets in lost.values():
        assert 6 <= snippets[0].sum() <= 24
        for snippet in snippets:
            np.testing.assert_array_equal(snippet, snippets[0])


def unit_columns(panels: np.ndarray) -> np.ndarray:
    """Undo the z-score: each column of (panel, time, frequency) with mean 0 and norm 1."""
    panels = panels - panels.mean(axis=1, keepdims=True)
    return panels / np.linalg.norm(panels, axis=1, keepdims=True)


def test_coverage_is_the_mean_number_of_snippets_over_a_column():
    counts = {"train": 1200, "test": 800, "train_old": 400, "test_old": 200}
    for coverage in (2, 6):
        stretches = plan_stretches(Simulation(counts=counts, coverage=coverage))
        snippets = [len(stretch.snippets) for stretch in stretches]
        assert np.mean(snippets) * 256 / 1024 == pytest.approx(coverage, rel=0.05)
        assert max(snippets) - min(snippets) <= 2


# Running


def test_bytes_do_not_depend_on_the_number_of_workers(simulated, tmp_path):
    simulate_cadences(SIMULATION, tmp_path / "raw", tmp_path / "truth.parquet", workers=2)
    assert content(tmp_path) == content(simulated)


def test_seed_changes_ids():
    ids = [
        {snippet.id for stretch in plan_stretches(simulation) for snippet in stretch.snippets}
        for simulation in (SIMULATION, replace(SIMULATION, seed=8))
    ]
    assert not ids[0] & ids[1]


def test_interrupted_simulation_has_no_tables_and_a_rerun_starts_afresh(tmp_path, monkeypatch):
    small = replace(SIMULATION, counts={"train": 2, "test": 2, "train_old": 0, "test_old": 0})
    raw, truth_path = tmp_path / "raw", tmp_path / "truth.parquet"
    simulate_cadences(small, raw, truth_path)
    finished = content(tmp_path)

    def interrupt(*arguments):
        simulate_stretch(*arguments)
        raise KeyboardInterrupt

    simulate_stretch = sky.simulate_stretch
    with monkeypatch.context() as patch:
        patch.setattr(sky, "simulate_stretch", interrupt)
        with pytest.raises(KeyboardInterrupt):
            simulate_cadences(replace(small, seed=8), raw, truth_path)
    assert [*raw.rglob("*.npy")]
    assert not [*raw.rglob("*.csv")]
    assert not truth_path.exists()

    simulate_cadences(small, raw, truth_path)
    assert content(tmp_path) == finished


def test_files_that_were_not_simulated_are_never_removed(tmp_path):
    real = tmp_path / "train" / "a" / "abc.npy"
    real.parent.mkdir(parents=True)
    real.write_bytes(b"real data")
    with pytest.raises(FileExistsError, match=r"no simulated\.json"):
        simulate_cadences(SIMULATION, tmp_path, tmp_path.parent / "truth.parquet")
    assert real.read_bytes() == b"real data"


def test_truth_inside_the_raw_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="outside of the raw folder"):
        simulate_cadences(SIMULATION, tmp_path, tmp_path / "train" / "truth.parquet")


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("counts", {"train": 1}, "counts: needs exactly train, test, train_old, test_old"),
        ("counts", dict.fromkeys(COLLECTIONS, -1), "counts: train: must be a whole number"),
        ("counts", dict.fromkeys(COLLECTIONS, 0), "nothing to simulate"),
        ("positive_rate", 1.1, "positive_rate: must be a number from 0 to 1, not 1.1"),
        ("test_positive_rate", "half", "test_positive_rate: must be a number"),
        ("noisy_fraction", float("nan"), "noisy_fraction: must be a number from 0 to 1"),
        ("test_noisy_fraction", -0.1, "test_noisy_fraction: must be"),
        ("snr", (50, 20), "snr: highest: must be a number from 50"),
        ("snr", (0, 20), "snr: lowest: must be"),
        ("snr", (20,), "snr: needs the lowest and the highest"),
        ("coverage", 0.5, "coverage: must be"),
        ("stretch_width", 300, "stretch_width: must be a whole number from 512"),
        ("stretch_width", 1024.5, "stretch_width: must be a whole number"),
        ("seed", -1, "seed: must be"),
    ],
)
def test_settings_out_of_range_are_named(setting, value, message):
    with pytest.raises(ValueError, match=message):
        replace(SIMULATION, **{setting: value})


COUNTS = {"train": 3, "test": 2, "train_old": 1, "test_old": 0}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "counts: needs exactly train, test, train_old, test_old"),
        ({"counts": COUNTS, "snr": [9, 3]}, "snr: highest: must be"),
        ({"counts": COUNTS, "coverege": 3}, "unknown coverege; allowed: counts, positive_rate"),
        ({"counts": COUNTS, "sky": {"burst": 0}}, "sky: unknown burst; allowed: ripple,"),
        ({"counts": COUNTS, "sky": {"dropping": 2}}, "sky: dropping: must be a number from 0 to 1"),
    ],
)
def test_command_line_refuses_wrong_settings(settings, message, tmp_path, monkeypatch, capsys):
    output = ["--raw", str(tmp_path / "raw"), "--truth", str(tmp_path / "truth.parquet")]
    monkeypatch.setattr(sys, "argv", ["x", "--settings", json.dumps(settings), *output])
    with pytest.raises(SystemExit):
        script.main()
    assert message in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]


def test_command_line_passes_every_setting_on(monkeypatch):
    settings = {
        "counts": COUNTS,
        "positive_rate": 0.3,
        "test_positive_rate": 0.4,
        "snr": [40, 90],
        "coverage": 2,
        "stretch_width": 600,
        "noisy_fraction": 0.1,
        "test_noisy_fraction": 0.9,
        "sky": {"bursts": 0, "ripple": ["uniform", 0, 1]},
        "seed": 5,
    }
    line = ["--settings", json.dumps(settings), *["--workers", "3", "--raw", "raw", "--truth", "t"]]
    monkeypatch.setattr(sys, "argv", ["simulate_cadences.py", *line])
    calls = []
    monkeypatch.setattr(script, "simulate_cadences", lambda *arguments: calls.append(arguments))
    script.main()
    sky = Sky(bursts=0, ripple=["uniform", 0, 1])
    assert calls == [(Simulation(**settings | {"sky": sky}), Path("raw"), Path("t"), 3)]

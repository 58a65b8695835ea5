"""Injected cadences: a needle where the table says so, in backgrounds that hold none, and nothing else."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from abacad.cadences.arrangement import Arrangement
from abacad.cadences.cadence import read_cadence
from abacad.cadences.layout import COMPETITION, OFF_PANELS, ON_PANELS
from abacad.needles.kinds import KINDS
from abacad.simulate.inject import arrange, inject, inject_needles, plan_injections
from abacad.simulate.sky import NEEDLES
from abacad.tables.files import read_table, write_table
from simulate import inject_needles as script

SETTINGS = {
    "count": 20,
    "blank": 0.25,
    "off_panels": 0.5,
    "snr": ["log_uniform", 50, 200],
    "drift_rate": ["uniform", -150, 150],
    "partial": {"fewer_panels": 0.5, "shorter": 0.5, "time_bins": ["uniform", 90, 150]},
    "needles": NEEDLES,
    "shape": asdict(COMPETITION),
    "seed": 3,
}


@pytest.fixture
def manifests(tmp_path: Path) -> dict[str, pa.Table]:
    """Eight training cadences, the first half positive, one of those and one of these bad; four of
    test. All noise of their own."""
    rng = np.random.default_rng(0)
    tables = {}
    for collection, ids in (("train", "abcdefgh"), ("test", "wxyz")):
        for cadence_id in ids:
            panels = rng.standard_normal((6, 273, 256))
            np.save(tmp_path / f"{cadence_id}.npy", panels.astype(np.float16))
        tables[collection] = pa.table(
            {
                "id": list(ids),
                "path": [str(tmp_path / f"{cadence_id}.npy") for cadence_id in ids],
                "target": [1, 1, 1, 1, 0, 0, 0, 0] if collection == "train" else [None] * 4,
                "ok": [cadence_id not in "ae" for cadence_id in ids],
            }
        )
    return tables


def made(manifests: dict, folder: Path, workers: int = 1, **changed) -> list[dict]:
    return inject_needles(SETTINGS | changed, manifests, folder, workers).to_pylist()


def test_as_they_are_only_negatives_are_backgrounds_and_off_panels_of_any_good_cadence(manifests):
    plan = plan_injections(SETTINGS | {"count": 40}, manifests)
    used = {
        off: {one.background_id for one in plan if (one.made_of == "off_panels") == off}
        for off in (False, True)
    }
    assert used == {False: {*"fgh"}, True: {*"bcdfghwxyz"}}


def test_kinds_and_blanks_have_their_shares_and_backgrounds_are_used_evenly(manifests):
    plan = plan_injections(SETTINGS | {"count": 40}, manifests)
    assert Counter(one.kind for one in plan) == dict.fromkeys(KINDS, 6) | {None: 10}
    for off in (False, True):
        uses = Counter(
            one.background_id for one in plan if (one.made_of == "off_panels") == off
        ).values()
        assert max(uses) - min(uses) <= 1


def test_without_negatives_only_off_panels_can_be_injected_into(manifests):
    positives = manifests | {"train": manifests["train"].slice(0, 4)}
    with pytest.raises(ValueError, match="no negative training cadence .* off_panels: 1 takes"):
        plan_injections(SETTINGS, positives)
    assert len(plan_injections(SETTINGS | {"off_panels": 1}, positives)) == 20


def test_backgrounds_are_of_the_collections_given_alone(manifests):
    plan = plan_injections(SETTINGS | {"off_panels": 1}, {"test": manifests["test"]})
    assert {(one.collection, one.background_id) for one in plan} == {
        ("test", one) for one in "wxyz"
    }
    with pytest.raises(ValueError, match="no negative training cadence"):
        plan_injections(SETTINGS, {"test": manifests["test"]})


def test_where_on_and_off_panels_are_swapped_all_six_are_there_and_a_needle_of_its_own_is_in_off_ones(
    manifests, tmp_path
):
    plan = plan_injections(SETTINGS | {"off_panels": 1, "swapped": True}, manifests)
    (panels,) = {
        arrange(one.made_of, COMPETITION.time_bins, np.random.default_rng(0)).panels for one in plan
    }
    assert sorted(panels) == [0, 1, 2, 3, 4, 5]
    assert {panels[place] for place in ON_PANELS} == {*OFF_PANELS}


def test_off_panels_stay_as_they_are_and_on_panels_gain_a_needle_of_the_snr_asked_for():
    rng = np.random.default_rng(1)
    panels = rng.standard_normal((6, 273, 256)) * np.arange(1, 7)[:, None, None]
    whole = np.isin(np.arange(6), ON_PANELS)[:, None].repeat(273, axis=1)
    injected = inject(panels, "straight", 120, 30, NEEDLES["straight"], whole, COMPETITION, rng)
    added = injected - panels
    assert np.abs(added[[*OFF_PANELS]]).max() < 1e-5
    # In each panel's own noise it is as bright as in all others.
    collected = np.sqrt(np.sum((added / np.arange(1, 7)[:, None, None]) ** 2, axis=(1, 2)))
    np.testing.assert_allclose(collected[[*ON_PANELS]], 120 / np.sqrt(3), rtol=0.03)


def test_cadences_are_as_of_any_collection_and_the_table_tells_the_truth(manifests, tmp_path):
    rows = made(manifests, tmp_path / "injected")
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    for row in rows:
        status = Path(row["path"]).stat()
        assert (row["bytes"], row["modified"]) == (status.st_size, status.st_mtime_ns)
        panels = read_cadence(row["path"]).astype(float)
        np.testing.assert_allclose(panels.mean((1, 2)), 0, atol=1e-3)
        np.testing.assert_allclose(panels.std((1, 2)), 1, atol=1e-3)
        arrangement = Arrangement(row["background_panels"], row["background_rolls"])
        background = arrangement.of(np.load(tmp_path / f"{row['background_id']}.npy"))
        correlation = [
            np.corrcoef(one.ravel(), other.ravel())[0, 1]
            for one, other in zip(panels, background.astype(float), strict=True)
        ]
        assert min(correlation) > 0.5
        assert (row["target"] == 1) == (row["kind"] is not None) == (row["snr"] is not None)
        with_needle = row["target"] == 1
        assert (min(correlation) < 0.9999) == with_needle


def test_no_two_panels_are_alike_and_off_panels_are_where_they_were(manifests, tmp_path):
    for row in made(manifests, tmp_path / "injected", off_panels=1):
        panels = read_cadence(row["path"]).astype(float)
        likeness = np.corrcoef(panels.reshape(6, -1))[np.triu_indices(6, 1)]
        assert np.abs(likeness).max() < 0.1
        background = np.load(tmp_path / f"{row['background_id']}.npy").astype(float)
        for panel in OFF_PANELS:
            assert np.corrcoef(panels[panel].ravel(), background[panel].ravel())[0, 1] > 0.999
        assert {*row["background_panels"]} == {*OFF_PANELS}


def test_what_an_arrangement_is_made_of_does_not_tell_the_label(manifests, tmp_path):
    rows = made(manifests, tmp_path / "injected", count=40)
    for label in (0, 1):
        of_off_panels = [
            0 not in row["background_panels"] for row in rows if row["target"] == label
        ]
        assert 0.2 < np.mean(of_off_panels) < 0.8


def test_equal_seeds_give_equal_bytes_with_any_number_of_workers(manifests, tmp_path):
    def content(folder: Path) -> dict:
        return {path.name: path.read_bytes() for path in folder.rglob("*.npy")}

    made(manifests, tmp_path / "one")
    made(manifests, tmp_path / "two", workers=2)
    made(manifests, tmp_path / "other", seed=4)
    assert content(tmp_path / "one") == content(tmp_path / "two") != content(tmp_path / "other")


def test_the_command_line_removes_what_an_earlier_run_left(manifests, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, table in manifests.items():
        write_table(f"{name}.parquet", table)
    for count in (6, 3):
        settings = json.dumps(SETTINGS | {"count": count})
        options = "--manifests train.parquet test.parquet --folder made --injected out.parquet"
        monkeypatch.setattr("sys.argv", ["x", *options.split(), "--settings", settings])
        script.main()
    assert len([*(tmp_path / "made").rglob("*.npy")]) == read_table("out.parquet").num_rows == 3

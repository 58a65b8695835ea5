"""Needles in snippets of an observation: as many as asked for, all over the band, where the table says."""

import json
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from abacad.cadences.layout import COMPETITION, OFF_PANELS
from abacad.cadences.shard import Shard
from abacad.cadences.store import Store, write_store
from abacad.needles.kinds import KINDS
from abacad.observe.header import Header
from abacad.observe.observations import Observation, Scan, write_observation
from abacad.simulate.sky import NEEDLES
from abacad.simulate.snippets import inject_snippets, spread
from abacad.tables.files import read_table, write_table
from observe import inject_snippets as script

WIDTH = 0.0028
SETTINGS = {
    "snr": ["log_uniform", 100, 200],
    "drift_rate": ["uniform", -20, 20],
    "partial": {},
    "needles": NEEDLES,
    "shape": asdict(COMPETITION),
    "seed": 3,
}
SHARES = (["000000000", "000000128"], ["000000256", "000000384", "000000640"])
SNIPPETS = pa.table(
    {
        "id": ["000000000", "000000128", "000000256", "000000384", "000000512", "000000640"],
        "lowest": [1400 + WIDTH * 128 * number for number in range(6)],
        "ok": [True, True, True, True, False, True],
    }
)


@pytest.fixture
def raws(tmp_path: Path) -> list[Path]:
    """The raw stores of two shares; the snippet that is of no use is in none."""
    rng = np.random.default_rng(0)
    paths = []
    for number, ids in enumerate(SHARES):
        paths.append(tmp_path / f"raw{number}.arrow")
        noise = (rng.standard_normal((6, 273, 256)) for _ in ids)
        write_store(paths[-1], Shard("raw", "observed", 0, 1), ids, noise)
    return paths


def injected(raw: Path, count: int, **changed) -> tuple[list[dict], Store]:
    store = raw.with_suffix(".injected")
    settings = SETTINGS | changed
    table = inject_snippets(settings, count, SNIPPETS, raw, store, WIDTH, workers=1)
    return table.to_pylist(), Store([store])


def test_the_shares_together_have_each_needle_once_and_each_kind_as_often(raws):
    needles, ids = [], []
    for raw, own in zip(raws, SHARES, strict=True):
        rows, store = injected(raw, 5)
        assert {row["snippet"] for row in rows} == {*own}
        assert [row["id"] for row in rows] == store.ids
        needles += rows
        ids += store.ids
    assert ids == [f"{number:06d}" for number in range(5)]
    assert Counter(row["kind"] for row in needles) == dict.fromkeys(KINDS, 1)


def test_if_there_are_less_snippets_than_needles_each_gets_as_many_as_any_other(raws):
    rows = [row for raw in raws for row in injected(raw, 7)[0]]
    assert sorted(Counter(row["snippet"] for row in rows).values()) == [1, 1, 1, 2, 2]
    assert len({row["id"] for row in rows}) == 7


def test_a_share_that_gets_no_needle_has_an_empty_store(raws):
    shares = [injected(raw, 1) for raw in raws]
    assert sorted(len(store) for _, store in shares) == sorted(len(rows) for rows, _ in shares)
    assert sorted(len(store) for _, store in shares) == [0, 1]


def test_needles_are_spread_over_the_band_and_not_always_at_one_place_of_a_coarse_channel():
    places = spread(50, 400, np.random.default_rng(0))
    assert [place // 8 for place in places] == [*range(50)]
    assert {place % 8 for place in places} == {*range(8)}
    assert spread(5, 5, np.random.default_rng(0)) == [0, 1, 2, 3, 4]


def test_the_needle_is_at_the_frequency_that_is_told_and_in_no_off_panel(raws):
    background = Store([raws[0]])
    steady = {"drift_rate": 0, "needles": NEEDLES | {"squiggle": {"width": 1, "jitter": 0}}}
    rows, store = injected(raws[0], 5, **steady)
    assert {row["kind"] for row in rows} == {*KINDS[:2]}  # straight, squiggle
    for row, snippet in zip(rows, SHARES[0], strict=True):
        own = store.ids.index(row["id"])
        before = background[background.ids.index(snippet)].astype(float)
        after = store[own].astype(float)
        off = [*OFF_PANELS]
        np.testing.assert_allclose(after[off], before[off], atol=0.02)
        np.testing.assert_allclose(after.mean((1, 2)), 0, atol=1e-3)
        np.testing.assert_allclose(after.std((1, 2)), 1, atol=1e-3)
        brightest = (after - before)[row["panels"]].sum((0, 1)).argmax()
        lowest = dict(zip(*SNIPPETS.select(["id", "lowest"]).to_pydict().values(), strict=True))
        assert row["frequency"] == pytest.approx(lowest[snippet] + WIDTH * brightest, abs=WIDTH)


def test_equal_seeds_give_equal_needles_and_others_do_not(raws):
    first, store = injected(raws[0], 5)
    panels = store[0].copy()
    again, store = injected(raws[0], 5)
    assert first == again and np.array_equal(panels, store[0])
    assert injected(raws[0], 5, seed=4)[0] != first


def test_an_observation_without_a_good_snippet_is_refused(raws):
    bad = SNIPPETS.set_column(2, "ok", pa.array([False] * 6))
    with pytest.raises(ValueError, match="no snippet of the observation is of use"):
        inject_snippets(SETTINGS, 5, bad, raws[0], raws[0].with_suffix(".injected"), WIDTH, 1)


@pytest.fixture
def command(tmp_path, raws, monkeypatch) -> list[str]:
    """The command line of the script for the first share, in a folder of its own."""
    header = Header("0.h5", 1400, -WIDTH, 896, 1.07, 57803, 273, "HIP1", "GBT", None, None)
    scans = tuple(Scan(header, on) for on in (True, False) * 3)
    write_observation(tmp_path / "observation.json", Observation("HIP1", scans, COMPETITION))
    write_table(tmp_path / "first.parquet", SNIPPETS.slice(0, 2))
    write_table(tmp_path / "second.parquet", SNIPPETS.slice(2))
    monkeypatch.chdir(tmp_path)
    options = "--observation observation.json --snippets first.parquet second.parquet"
    options += f" --raw {raws[0]} --needles needles.parquet --store store.arrow --count 5"
    return ["x", *options.split(), "--settings", json.dumps(SETTINGS)]


def test_the_script_writes_the_store_and_the_truth_of_its_share(command, raws, monkeypatch):
    monkeypatch.setattr(sys, "argv", command)
    script.main()
    assert read_table("needles.parquet").to_pylist() == injected(raws[0], 5)[0]
    assert Store(["store.arrow"]).ids == ["000000", "000001"]


def test_the_script_refuses_to_inject_nothing(command, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [*command, "--count", "0"])
    with pytest.raises(SystemExit):
        script.main()
    assert "--count is 0; allowed: 1 or more" in capsys.readouterr().err
    assert not Path("store.arrow").exists()

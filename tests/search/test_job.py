"""A shard of a store becomes tables of hits and statistics, whatever else the folder holds."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from abacad.cadences.layout import COMPETITION
from abacad.cadences.shard import Shard
from abacad.cadences.store import write_store
from abacad.search.names import STATISTICS
from abacad.search.settings import Search
from conftest import line, of_snr
from search import search_drift

IDS = ["needle", "noise", "another", "faint", "last"]


@pytest.fixture
def shard(tmp_path, noise) -> str:
    """Five cadences of the store levelled, in bytes, of which two hold a needle."""
    path = tmp_path / "0-of-2.arrow"
    panels = [noise(seed) for seed in range(len(IDS))]
    panels[0] = panels[0] + of_snr(line(30, 90.5), 60)
    panels[2] = panels[2] + of_snr(line(-90, 128.5), 50)
    shard = Shard("levelled", "test", 0, 2, "all", "int8")
    write_store(path, shard, IDS, map(shard.kept, panels))
    return str(path)


@pytest.fixture
def search(tmp_path, monkeypatch):
    """A function: run the script, and read its two tables."""

    def run(store: str, *options: str) -> tuple:
        paths = [str(tmp_path / f"{name}.parquet") for name in ("hits", "statistics")]
        arguments = ["--store", store, "--hits", paths[0], "--statistics", paths[1], *options]
        monkeypatch.setattr("sys.argv", ["search_drift", *arguments])
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
        search_drift.main()
        return tuple(map(pq.read_table, paths))

    return run


def test_every_cadence_has_statistics_and_needles_have_hits(search, shard):
    hits, statistics = search(shard)
    assert statistics["id"].to_pylist() == IDS
    assert statistics["collection"].to_pylist() == ["test"] * len(IDS)
    assert statistics.column_names == ["collection", "id", *STATISTICS]
    assert np.argsort(statistics["least"].to_numpy())[-2:].tolist() == [2, 0]
    first, second = hits.to_pylist()
    assert (first["id"], second["id"]) == ("needle", "another")
    assert first["collection"] == "test"
    assert first["frequency"] / COMPETITION.frequency_bin == pytest.approx(90.5, abs=1)
    assert second["drift_rate"] == pytest.approx(-90, abs=3.3)
    assert len(first["panel_snr"]) == 6 and first["width"] in (1, 2)
    assert first["snr"] > second["snr"] > 8


def test_settings_are_followed_and_hits_are_written_as_turboseti_does_on_request(
    search, shard, tmp_path
):
    settings = {"store": "levelled", "largest": 40, "step": 5, "threshold": 20, "widths": [1]}
    dat = tmp_path / "hits.dat"
    hits, _ = search(shard, "--settings", json.dumps(settings), "--dat", str(dat))
    assert set(hits["id"].to_pylist()) == {"needle"}
    assert hits["drift_rate"].to_pylist() == [30]
    assert len(dat.read_text().splitlines()) == 9 + len(hits)


def test_a_shard_without_cadences_has_empty_tables(search, tmp_path):
    path = tmp_path / "1-of-2.arrow"
    write_store(path, Shard("levelled", "test", 1, 2), [], [])
    hits, statistics = search(str(path))
    assert len(hits) == len(statistics) == 0
    assert statistics.column_names == ["collection", "id", *STATISTICS]


def test_another_store_than_that_of_the_settings_is_refused(search, shard):
    with pytest.raises(ValueError, match="a file of the store levelled; flattened is searched"):
        search(shard, "--settings", '{"store": "flattened"}')


def test_a_store_without_its_off_panels_is_refused(search, tmp_path, noise):
    shard = Shard("levelled", "test", 0, 1, "on", "int8")
    write_store(tmp_path / "0-of-1.arrow", shard, ["a"], [shard.kept(noise(0))])
    with pytest.raises(ValueError, match="levelled of test holds its ON panels alone; all six are"):
        search(str(tmp_path / "0-of-1.arrow"))


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"larges": 3}, "search: unknown larges; allowed: store, largest, step, widths"),
        ({"step": 200}, "step must be above 0 and at most largest, not 200"),
        ({"widths": [0]}, "widths must be whole numbers of bins from 1"),
        ({"threshold": 0}, "threshold must be above 0, and hits 1 or more"),
    ],
)
def test_wrong_settings_are_named(search, shard, capsys, settings, fault):
    with pytest.raises(ValueError, match=fault):
        Search.of(settings)
    with pytest.raises(SystemExit):
        search(shard, "--settings", json.dumps(settings))
    assert fault in capsys.readouterr().err

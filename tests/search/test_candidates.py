"""Candidates are searched in their raw panels, and give the hits of the store levelled."""

import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from abacad.cadences.layout import CADENCE_DTYPE, COMPETITION
from abacad.preprocess.level import level
from abacad.search.job import hits_of, hits_table
from abacad.search.settings import Search
from conftest import CLIP, line, of_snr
from search import search_candidates

IDS = ["0000", "1111", "2222"]


@pytest.fixture
def raw(tmp_path, noise):
    """Three cadences as files, and their manifest: a needle, a carrier, noise; panels differ in gain."""
    gains = np.array([3.0, 0.5, 1, 2, 7, 1])[:, None, None]
    lines = [of_snr(line(19.6, 100), 60), of_snr(line(0, 200, panels=[1] * 6), 90), 0]
    rows = []
    for seed, (cadence_id, needle) in enumerate(zip(IDS, lines, strict=True)):
        path = tmp_path / f"{cadence_id}.npy"
        np.save(path, (gains * (20 + noise(seed) + needle)).astype(CADENCE_DTYPE))
        rows.append({"id": cadence_id, "path": str(path), "ok": cadence_id != "2222"})
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "manifest.parquet")
    return tmp_path


def search(raw, monkeypatch, ids: list[str]) -> list[dict]:
    chosen = pa.table({"collection": ["test"] * len(ids), "id": ids})
    pq.write_table(chosen, raw / "chosen.parquet")
    options = {"chosen": "chosen", "manifest": "manifest", "hits": "hits"}
    arguments = [f"--{name}={raw}/{file}.parquet" for name, file in options.items()]
    arguments += ["--clip", *map(str, CLIP)]
    monkeypatch.setattr(sys, "argv", ["search_candidates.py", *arguments])
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    search_candidates.main()
    return pq.read_table(raw / "hits.parquet").to_pylist()


def test_the_needle_is_found_whatever_the_gain_of_its_panels(raw, monkeypatch):
    carrier, needle = search(raw, monkeypatch, ["1111", "0000"])
    assert (carrier["id"], needle["id"]) == ("1111", "0000")
    assert needle["frequency"] / COMPETITION.frequency_bin == pytest.approx(100, abs=2)
    assert needle["drift_rate"] == pytest.approx(19.6, abs=3.3)
    assert min(needle["panel_snr"][::2]) > 10 > 4 > max(needle["panel_snr"][1::2])
    assert min(carrier["panel_snr"]) > 10


def test_the_hits_are_those_of_the_store(raw, monkeypatch):
    panels = [level(np.load(raw / f"{one}.npy"), CLIP).astype(np.float16) for one in IDS[:2]]
    expected = hits_table("test", IDS[:2], hits_of(panels, Search(), torch.device("cpu")))
    for found, hit in zip(search(raw, monkeypatch, IDS[:2]), expected.to_pylist(), strict=True):
        same = ("id", "width", "frequency", "drift_rate")
        assert {key: found[key] for key in same} == {key: hit[key] for key in same}
        assert found["panel_snr"] == pytest.approx(hit["panel_snr"], rel=0.02, abs=0.1)


def test_a_candidate_without_a_good_file_is_named(raw, monkeypatch, capsys):
    with pytest.raises(SystemExit):
        search(raw, monkeypatch, ["0000", "2222"])
    assert "manifest.parquet has no good row of 1 rows (2222)" in capsys.readouterr().err

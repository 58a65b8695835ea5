"""Promises of the page of events: each shows its own signal, cut anew from the files."""

from pathlib import Path

import numpy as np
import pytest
from made_files import CHANNEL, spectra, write_hdf5

from abacad.cadences.layout import COMPETITION
from abacad.observe.bands import parts, read_bands
from abacad.observe.observations import Observation, observation_of
from abacad.observe.showing import layers_of, page_rows, read_events
from abacad.observe.snippets import cut

STRIDE, CHANNELS = 128, 1024
SOURCES = ("HIP1", "HIP2", "HIP1", "HIP3", "HIP1", "HIP4")


@pytest.fixture(params=[1, -1])
def observation(tmp_path: Path, request) -> Observation:
    """Of a band that ascends or descends."""
    paths = []
    for number, source in enumerate(SOURCES):
        values = spectra(279, CHANNELS) * (1 + np.arange(CHANNELS) / CHANNELS)
        header = {"source_name": source, "tstart": 57803 + 0.004 * number}
        header["foff"] = request.param * abs(CHANNEL)
        paths.append(write_hdf5(tmp_path / f"{number}.h5", values.astype(np.float32), **header))
    return observation_of("c1", dict.fromkeys(map(str, paths)), COMPETITION, "ABACAD")


def event(name: str = "1400.10000", snippet: str = "000000128", **changed) -> dict:
    row = {
        "event": name,
        "rank": 1,
        "score": 0.9,
        "spread": 0.1,
        "false_positive_rate": 0.001,
        "by_chance": 0.2,
        "distance": 4.0,
        "member.wise": 0.8,
        "low": 1400.0,
        "high": 1400.2,
        "frequency": 1400.1,
        "drift_rate": -4.0,
        "snippet": snippet,
        "snippets": [snippet],
        "source": "HIP1",
        "telescope": "GBT",
        "mjd": 57803.0,
        "ra": 17.21,
        "dec": None,
    }
    return row | {f"file_{number}": f"{number}.h5" for number in range(1, 7)} | changed


def hit(kilohertz: float, *panel_snr: float) -> dict:
    own = {"id": "000000128", "frequency": 1000 * kilohertz, "drift_rate": 1.0, "snr": 9.0}
    return own | {"width": 2, "panel_snr": [*panel_snr]}


def test_its_own_line_comes_first_and_then_those_like_a_needle():
    edge = 1400 + CHANNEL / 2
    carrier, needle = hit(300, *[50] * 6), hit(200, 8, 0, 8, 0, 8, 0)
    own = hit(100 + 1000 * (1400 - edge), 5, 0, 5, 0, 5, 0)
    first = edge - abs(CHANNEL) / 2 + own["frequency"] / 1e6
    (row,) = page_rows(
        [event(frequency=first)], [carrier, needle, own], {"000000128": edge}, abs(CHANNEL)
    )
    assert [one["panel_snr"][0] for one in row["hits"]] == [5, 8, 50]
    assert row["hits"][0]["mhz"] == pytest.approx(first)


def test_what_is_not_known_is_not_told():
    (row,) = page_rows([event(drift_rate=None, frequency=None)], [], {}, abs(CHANNEL))
    told = {name: value for name, value, _ in row["facts"]}
    assert told["band"] == "1400.00000 to 1400.20000" and told["file 6"] == "6.h5"
    assert "declination" not in told and "drift rate" not in told and row["hits"] == []


def test_the_best_snippet_of_each_event_is_cut_as_it_was(observation):
    (band,) = read_bands(observation, parts(observation, STRIDE))
    before = {one.id: one.panels for one in cut(band, COMPETITION.frequency_bins, STRIDE)}
    events = [event("a", "000000256"), event("b", "000000128"), event("c", "000000128")]
    functions = {"levelled": lambda panels: panels + 1}
    views = {name: of for name, of, _ in read_events(observation, events, STRIDE, functions)}
    assert [*views] == ["b", "c", "a"]
    np.testing.assert_array_equal(views["a"]["raw"], before["000000256"])
    np.testing.assert_array_equal(views["c"]["levelled"], before["000000128"] + 1)


def test_layers_are_the_stores_of_the_bundle_and_raw():
    assert [*layers_of(["levelled", "flattened"])] == ["flattened", "levelled", "raw"]

"""Promises of the list of events: it says where and when, and nothing that is excluded is lost."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from abacad.cadences.layout import COMPETITION
from abacad.observe.events import Event, Line, Scored
from abacad.observe.header import Header
from abacad.observe.listing import BadObservation
from abacad.observe.observations import Observation, ReadyCadences, Scan
from abacad.observe.ranking import (
    ExcludedBand,
    catalogue_table,
    events_table,
    read_excluded,
    snippets_table,
)

CHANNEL = 0.00286102294921875


@pytest.fixture
def observation() -> Observation:
    def scan(number: int) -> Scan:
        place = {"fch1": 1500.0, "foff": -CHANNEL, "nchans": 4096, "tsamp": 1.0737, "spectra": 279}
        when = {"tstart": 57803 + 0.004 * number, "ra": 17.21, "dec": 12.4}
        source = "HIP1" if number % 2 == 0 else "HIP2"
        header = Header(f"{number}.h5", source=source, telescope="GBT", **place, **when)
        return Scan(header, number % 2 == 0)

    return Observation("c1", tuple(map(scan, range(6))), COMPETITION)


def event(low: float, line: bool = True, score: float = 0.9) -> Event:
    best = Scored("000000128", low, score, 0.004, {"a": 0.9, "b": 0.7}, 5.0)
    found = Line(low + 0.1, -4.0, 2, (9, 1, 8, 0, 7, 1)) if line else None
    return Event([best], found, low, low + 0.2)


def test_a_row_says_what_where_and_when(observation):
    (row,) = events_table([event(1400)], observation, ["a", "b"], [], 250).to_pylist()
    assert row["rank"] == 1 and row["cadence"] == "c1" and row["source"] == "HIP1"
    assert row["by_chance"] == pytest.approx(1.0) and row["spread"] == pytest.approx(0.2)
    assert row["frequency"] == pytest.approx(1400.1) and row["drift_rate"] == -4
    assert row["width"] == pytest.approx(2 * CHANNEL * 1e6)
    assert [row[f"snr_{number}"] for number in range(1, 7)] == [9, 1, 8, 0, 7, 1]
    assert (row["mjd"], row["ra"], row["dec"], row["telescope"]) == (57803, 17.21, 12.4, "GBT")
    assert [row[f"file_{n}"] for n in range(1, 7)] == [f"{n}.h5" for n in range(6)]


def test_an_event_without_a_line_has_no_drift_rate(observation):
    (row,) = events_table([event(1400, line=False)], observation, ["a", "b"], [], 250).to_pylist()
    assert row["drift_rate"] is None and row["snr_1"] is None and row["low"] == 1400


def test_excluded_events_come_last_without_a_rank(observation):
    bands = [ExcludedBand(1400.15, 1410, "GPS")]
    found = [event(1400), event(1399.9), event(1399.99), event(1500)]
    rows = events_table(found, observation, ["a", "b"], bands, 250).to_pylist()
    assert [(row["rank"], row["low"], row["excluded"]) for row in rows] == [
        (1, 1399.9, None),
        (2, 1500, None),
        (None, 1400, "GPS"),
        (None, 1399.99, "GPS"),
    ]


def test_no_events_are_an_empty_table_with_all_columns(observation):
    table = events_table([], observation, ["a"], [], 250)
    assert len(table) == 0 and "member.a" in table.column_names


def test_the_record_has_every_snippet_whatever_became_of_it(observation):
    ids = ["000000128", "000000256", "000000384"]
    cut = pa.table({"id": ids, "ok": [True, True, False], "why": ["", "", "blank"]})
    low = Scored(ids[1], 1401, 0.2, 0.4, {"a": 0.2, "b": 0.2}, 1.0)
    events = events_table([event(1400)], observation, ["a", "b"], [], 2)
    record = snippets_table(cut, [event(1400).best, low], events, ["a", "b"]).to_pylist()
    assert [(row["id"], row["score"], row["rank"]) for row in record] == [
        (ids[0], 0.9, 1),
        (ids[1], 0.2, None),
        (ids[2], None, None),
    ]
    assert record[2]["why"] == "blank" and record[0]["member.b"] == 0.7


def test_bands_are_read(tmp_path):
    path = tmp_path / "rfi.tsv"
    path.write_text("low\thigh\twhy\n1525\t1559\tsatellites\n1575.42\t1576\t\n")
    assert read_excluded(path) == [
        ExcludedBand(1525, 1559, "satellites"),
        ExcludedBand(1575.42, 1576, "excluded"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("from\tto\n1\t2\n", "columns low, high"),
        ("low\thigh\n1559\t1525\n", "line 2 is from 1559 to 1525; allowed: two frequencies"),
        ("low\thigh\n1400\tinf\n", "line 2 is from 1400 to inf"),
        ("low\thigh\n1\t2\nL band\n", "line 3 is from L band to None"),
    ],
)
def test_a_table_that_names_no_bands_is_refused(tmp_path: Path, text, told):
    (tmp_path / "rfi.tsv").write_text(text)
    with pytest.raises(BadObservation, match=f"rfi.tsv: .*{told}"):
        read_excluded(tmp_path / "rfi.tsv")


def test_a_catalogue_lists_all_events_but_excluded_ones_in_the_order_of_review(observation):
    bands = [ExcludedBand(1500, 1510, "GPS")]
    one = events_table(
        [event(1400, score=0.9), event(1500, score=0.8)], observation, "ab", bands, 250
    )
    other = replace(observation, name="c2")
    two = events_table([event(1400, score=0.95), event(1450, score=0.5)], other, "ab", bands, 250)
    listed = catalogue_table([one, two])
    assert "excluded" not in listed.column_names
    names = ("rank", "cadence", "score", "rank_in_cadence")
    assert [tuple(row[name] for name in names) for row in listed.to_pylist()] == [
        (1, "c2", 0.95, 1),
        (2, "c1", 0.9, 1),
        (3, "c2", 0.5, 2),
    ]
    assert len(catalogue_table([one.slice(0, 0)])) == 0


def test_a_cadence_that_was_cut_already_is_called_by_its_name():
    ready = ReadyCadences("night", {"000000128": "raw/000000128.npy"}, COMPETITION)
    (row,) = events_table([event(0.1)], ready, ["a", "b"], [], 250).to_pylist()
    assert row["event"] == row["snippet"] == "000000128"
    assert row["file_1"] == "raw/000000128.npy" and row["file_2"] is None
    assert row["mjd"] is None and row["telescope"] is None

"""Promises of the list of events: it says where and when, and nothing that is excluded is lost."""

from pathlib import Path

import pyarrow as pa
import pytest

from abacad.observe.events import Event, Line, Scored
from abacad.observe.header import Header
from abacad.observe.listing import BadObservation
from abacad.observe.observations import Observation, Scan
from abacad.observe.ranking import ExcludedBand, events_table, read_excluded, snippets_table

CHANNEL = 0.00286102294921875


@pytest.fixture
def observation() -> Observation:
    def scan(number: int) -> Scan:
        place = {"fch1": 1500.0, "foff": -CHANNEL, "nchans": 4096, "tsamp": 1.0737, "spectra": 279}
        when = {"tstart": 57803 + 0.004 * number, "ra": 17.21, "dec": 12.4}
        source = "HIP1" if number % 2 == 0 else "HIP2"
        header = Header(f"{number}.h5", source=source, telescope="GBT", **place, **when)
        return Scan(header, number % 2 == 0)

    return Observation("c1", tuple(map(scan, range(6))))


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

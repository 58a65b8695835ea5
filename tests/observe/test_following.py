"""A frequency is followed through every stage, whatever became of it."""

from pathlib import Path

import pyarrow as pa
import pytest

from abacad.cadences.layout import COMPETITION
from abacad.observe.following import follow_frequency, follow_snippet
from abacad.observe.header import Header
from abacad.observe.observations import (
    Observation,
    ReadyCadences,
    Scan,
    write_observation,
)
from abacad.tables.files import write_table

CHANNEL, WIDTH = 0.00286102294921875, 256 * 0.00286102294921875
LOWEST = 1400.0


@pytest.fixture
def results(tmp_path) -> Path:
    """Three snippets one after another: one is an event, one is not, and one is blank."""
    place = {"fch1": LOWEST, "foff": CHANNEL, "nchans": 768, "tsamp": 1.0737, "spectra": 279}
    scans = [
        Scan(
            Header(
                f"{n}.h5", tstart=57803 + n, source="s", telescope="GBT", ra=None, dec=None, **place
            ),
            True,
        )
        for n in range(6)
    ]
    write_observation(tmp_path / "observation.json", Observation("c1", tuple(scans), COMPETITION))
    ids = ["000000000", "000000256", "000000512"]
    record = {
        "id": ids,
        "lowest": [LOWEST + n * WIDTH for n in range(3)],
        "masked": [0, 5, 0],
        "why": ["", "", "a panel is blank"],
        "score": [0.9, 0.2, None],
        "false_positive_rate": [0.001, 0.4, None],
        "member.wise": [0.8, 0.1, None],
        "rank": [1, None, None],
    }
    write_table(tmp_path / "snippets.parquet", pa.table(record))
    hit = {"id": ids[0], "frequency": 100 * CHANNEL * 1e6, "drift_rate": 1.5, "width": 2}
    hit["panel_snr"] = [9.0, 0.0, 8.0, 0.0, 7.0, 0.0]
    (tmp_path / "pointed/hits").mkdir(parents=True)
    write_table(tmp_path / "pointed/hits/0-of-1.parquet", pa.Table.from_pylist([hit]))
    low = LOWEST + 99 * CHANNEL
    events = {"rank": [1], "low": [low], "high": [low + 2 * CHANNEL], "excluded": [None]}
    events["snippets"] = [ids[:1]]
    write_table(tmp_path / "events.parquet", pa.table(events))
    return tmp_path


def told(results: Path, channel: float) -> str:
    return "\n".join(follow_frequency(results, LOWEST + channel * CHANNEL))


def test_an_event_is_told_with_its_line_and_scores(results):
    text = told(results, 99.5)
    assert "in the band of c1" in text and "snippet 000000000" in text
    assert "1.50 Hz/s; SNR 9.0, 0.0, 8.0, 0.0, 7.0, 0.0" in text and "wise 0.800" in text
    assert "it is in event 1" in text and "event from" in text and "rank 1" in text


def test_what_does_not_pass_is_told_with_its_rate(results):
    text = told(results, 300)
    assert "5 of its channels were filled" in text and "no line is there" in text
    assert "rate of false positives 0.4: it is in no event" in text and "no event is there" in text


def test_what_was_never_scored_is_told_with_the_reason(results):
    text = told(results, 600)
    assert "it is of no use: a panel is blank" in text and "models" not in text


def test_what_is_outside_the_band_is_told_so(results):
    text = told(results, 2000)
    assert "outside the band of c1" in text and "it is in no snippet" in text


def test_a_snippet_is_told_with_all_its_lines(results):
    text = "\n".join(follow_snippet(results, "000000000"))
    assert "1.50 Hz/s; SNR 9.0" in text and "it is in event 1" in text and "rank 1" in text
    text = "\n".join(follow_snippet(results, "000000256"))
    assert "no line is there" in text and "no event is there" in text


def test_what_cannot_be_followed_is_told_with_what_can(results):
    with pytest.raises(
        ValueError, match="c1 has no snippet 'x'; allowed: 3 ids of .* as 000000000"
    ):
        [*follow_snippet(results, "x")]
    write_observation(
        results / "observation.json", ReadyCadences("night", {"a": "a.npy"}, COMPETITION)
    )
    with pytest.raises(
        ValueError, match="place in the band is unknown; allowed: one of them, as a"
    ):
        [*follow_frequency(results, 1400.0)]

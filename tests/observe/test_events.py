"""Promises of events: each signal once, however many snippets show it, and no two signals as one."""

from dataclasses import replace

import numpy as np
import pytest

from abacad.observe.events import Event, Line, Scored, events_of

CHANNEL, BINS, STEP, SECONDS = 0.002861, 256, 3.3, 1760.0
BRIGHT = (20, 0, 20, 0, 20, 0)


def line(frequency: float, drift: float = 0.0, snr=BRIGHT, width: float = 2) -> Line:
    return Line(frequency, drift, width, snr)


def snippet(
    lowest: float,
    *lines: Line,
    score: float = 0.9,
    rate: float = 0.001,
    distance: float = 0.0,
    spread: float = 0.1,
) -> Scored:
    members = {"a": score, "b": score - spread}
    return Scored(f"{lowest}", lowest, score, rate, members, distance, lines)


def events(*snippets: Scored, rate: float = 0.01) -> list[Event]:
    return events_of(snippets, rate, CHANNEL, BINS, STEP, SECONDS)


def test_a_line_in_overlapping_snippets_is_one_event_with_the_best_first():
    half = 128 * CHANNEL
    found = events(
        snippet(1400, line(1400.5), score=0.8),
        snippet(1400 + half, line(1400.5 + CHANNEL), score=0.95),
    )
    (event,) = found
    assert [one.score for one in event.snippets] == [0.95, 0.8]
    assert event.low <= 1400.5 < event.high and event.high - event.low < 3 * CHANNEL


def test_two_lines_at_two_places_or_of_two_drift_rates_are_two_events():
    assert len(events(snippet(1400, line(1400.2)), snippet(1400.3, line(1400.5)))) == 2
    crossing = (snippet(1400, line(1400.5, 0)), snippet(1400.1, line(1400.5, 10)))
    assert len(events(*crossing)) == 2


def test_neighbouring_drift_rates_of_the_search_are_one_signal():
    assert len(events(snippet(1400, line(1400.5, 3.3)), snippet(1400.1, line(1400.5, 6.6)))) == 1


def test_a_snippet_without_a_line_belongs_to_the_event_whose_line_goes_through_it():
    (event,) = events(snippet(1400), snippet(1400.3, line(1400.5), score=0.5))
    assert event.line.frequency == 1400.5 and len(event.snippets) == 2
    assert len(events(snippet(1400), snippet(1500, line(1500.5)))) == 2


def test_overlapping_snippets_without_a_line_are_one_event_over_their_band():
    (event,) = events(snippet(1400), snippet(1400.3), snippet(1400.6))
    assert event.line is None
    assert (event.low, event.high) == pytest.approx((1400, 1400.6 + 256 * CHANNEL))


def test_a_line_that_off_panels_show_is_not_the_events():
    carrier = line(1400.2, snr=(50, 50, 50, 50, 50, 50))
    (event,) = events(snippet(1400, carrier, line(1400.5)))
    assert event.line.frequency == 1400.5
    (event,) = events(snippet(1400, carrier))
    assert event.line is None


def test_what_does_not_pass_is_no_event():
    assert events(snippet(1400, line(1400.5), rate=0.02)) == []
    assert len(events(snippet(1400, line(1400.5), rate=0.02), rate=0.05)) == 1


def test_the_range_of_a_drifting_line_is_where_it_goes():
    (event,) = events(snippet(1400, line(1400.5, drift=100.0)))
    assert event.high - event.low == pytest.approx(100 * SECONDS / 1e6 + 2 * CHANNEL)


def test_events_are_in_the_order_of_their_scores_whatever_the_order_of_snippets():
    some = [snippet(1400 + n, line(1400.5 + n), score=score) for n, score in enumerate((3, 1, 2))]
    for order in (some, some[::-1], [some[1], some[2], some[0]]):
        assert [event.best.score for event in events(*order)] == [3, 2, 1]


def test_of_equal_scores_the_farthest_is_first_and_then_that_on_which_members_differ():
    found = events(
        snippet(1400, line(1400.5), distance=1, spread=0.1),
        snippet(1500, line(1500.5), distance=1, spread=0.3),
        snippet(1600, line(1600.5), distance=2),
    )
    assert [event.best.lowest for event in found] == [1600, 1500, 1400]


def test_a_fainter_line_beside_a_bright_one_is_an_event_too():
    bright, faint = line(1400.5, snr=(90, 0, 90, 0, 90, 0)), line(1400.2)
    found = events(snippet(1400, faint, bright))
    assert [event.line.frequency for event in found] == [1400.5, 1400.2]


def test_cadences_of_nobody_knows_where_show_no_signal_together():
    some = [replace(snippet(0, line(0.3)), id=name) for name in "ab"] + [snippet(0), snippet(0)]
    found = events_of(some, 0.01, CHANNEL, BINS, STEP, SECONDS, one_band=False)
    assert len(found) == 4 and all(len(event.snippets) == 1 for event in found)


def test_every_passing_snippet_is_in_an_event():
    random = np.random.default_rng(0)
    some = [
        snippet(1400 + 0.36 * n, *(line(1400 + 0.36 * n + random.random() * 0.7) for _ in range(k)))
        for n, k in enumerate(random.integers(0, 3, 60))
    ]
    seen = {one.id for event in events(*some) for one in event.snippets}
    assert seen == {one.id for one in some}

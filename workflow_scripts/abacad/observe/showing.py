"""Ranked events and the tables behind them in, what the page of candidates shows of each out."""

from collections.abc import Iterator, Mapping, Sequence
from math import isnan
from typing import Any

from abacad.cadences.known_stores import STORES
from abacad.candidates.album import RAW, Candidate
from abacad.candidates.page import EVENT
from abacad.observe.observations import Observation, ReadyCadences
from abacad.observe.ranking import PANEL_NUMBERS
from abacad.observe.snippets import cut_again
from abacad.preprocess.shards import PanelFunction
from abacad.search.veto import contrast

MOST_HITS = 5  # of a snippet that are told

Row = dict[str, Any]


def page_rows(
    events: Sequence[Row], hits: Sequence[Row], lowest: Mapping[str, float], channel: float
) -> list[Row]:
    """A row of the page for each event, in their order.

    events   rows of `abacad.observe.ranking.events_table`
    hits     rows of search_drift.py
    lowest   middle of the first channel of each snippet, MHz
    channel  MHz
    """
    hits_of: dict[str, list[Row]] = {}
    for hit in hits:
        edge = lowest[hit["id"]] - channel / 2
        hits_of.setdefault(hit["id"], []).append(hit | {"mhz": edge + hit["frequency"] / 1e6})
    return [_row(event, hits_of.get(event["snippet"], [])) for event in events]


def _row(event: Row, hits: Sequence[Row]) -> Row:
    members = {
        key.removeprefix("member."): event[key] for key in event if key.startswith("member.")
    }
    return {
        "id": event["event"],
        "rank": event["rank"],
        "reason": EVENT,
        "score": event["score"],
        "spread": event["spread"],
        "false_positive_rate": event["false_positive_rate"],
        "members": [{"name": name, "score": score} for name, score in members.items()],
        "hits": [_told(hit) for hit in sorted(hits, key=_order(event["frequency"]))[:MOST_HITS]],
        "facts": [fact for fact in _facts(event) if fact[1] is not None],
    }


def _order(frequency: float | None):
    """The event's own line first, then those that are most like a needle."""

    def key(hit: Row) -> tuple[float, float]:
        own = frequency is not None and abs(hit["mhz"] - frequency) * 1e6 < 1
        return (not own, -contrast(hit["panel_snr"]))

    return key


def _told(hit: Row) -> Row:
    names = ("drift_rate", "frequency", "snr", "width", "panel_snr", "mhz")
    return {name: hit[name] for name in names}


def _facts(event: Row) -> Iterator[tuple[str, str | None, str]]:
    """Where and when it was: name, value, unit."""

    def number(name: str, form: str) -> str | None:
        value = event[name]
        return None if value is None or isnan(value) else format(value, form)

    where = "MHz" if event["telescope"] else "MHz from the lower edge"
    yield "band", f"{event['low']:.5f} to {event['high']:.5f}", where
    yield "drift rate", number("drift_rate", ".2f"), "Hz/s"
    yield "seen in", str(len(event["snippets"])), "snippets"
    yield "by chance", number("by_chance", ".2g"), "snippets of this cadence score as high"
    yield "distance", number("distance", ".1f"), "deviations from the rest"
    yield "source", event["source"] or None, event["telescope"] or ""
    yield "start", number("mjd", ".5f"), "MJD"
    yield "right ascension", number("ra", ".5f"), "hours"
    yield "declination", number("dec", ".5f"), "degrees"
    for panel in PANEL_NUMBERS:
        yield f"file {panel}", event[f"file_{panel}"], ""


def layers_of(stores: Sequence[str]) -> dict[str, str]:
    """The layers that a page shows, by name: the title of each. The raw one is the last."""
    return {name: title for name, title in STORES.items() if name in stores} | {RAW: "raw"}


def read_events(
    observation: Observation | ReadyCadences,
    events: Sequence[Row],
    stride: int,
    functions: Mapping[str, PanelFunction],
) -> Iterator[Candidate]:
    """The best snippet of each event, cut anew, in each store that `functions` make; by frequency.

    stride  with which they were cut. BadObservation: a file has become unreadable.
    """
    of_snippet: dict[str, list[str]] = {}
    for event in events:
        of_snippet.setdefault(event["snippet"], []).append(event["event"])
    for snippet in cut_again(observation, stride, of_snippet):
        views = {name: function(snippet.panels) for name, function in functions.items()}
        for one in of_snippet[snippet.id]:
            yield one, views | {RAW: snippet.panels}, None

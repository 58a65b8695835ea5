"""Scored snippets of a cadence and the lines in them in, events out: each signal once, the best first.

Snippets overlap, and a line goes through several of them. Snippets that pass are joined if they show the same
line, or, where no line is found in them, if they overlap.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from abacad.search.veto import contrast

SAME_DRIFT = 1.5  # steps of the search, up to which two drift rates are the same
SAME_PLACE = 2  # channels, beside half of both widths, up to which two lines are at the same place


@dataclass(frozen=True)
class Line:
    """A hit of the search, at its place in the band.

    frequency   MHz, amid the cadence in time
    drift_rate  Hz/s
    width       channels
    panel_snr   (panel,)
    """

    frequency: float
    drift_rate: float
    width: float
    panel_snr: Sequence[float]

    @property
    def contrast(self) -> float:
        """How much it is like a needle; a line of 0 or less is in OFF panels as well."""
        return contrast(self.panel_snr)


@dataclass(frozen=True)
class Scored:
    """A snippet that was scored.

    lowest    middle of its first channel, MHz
    members   each member's score
    distance  how far it lies from the other snippets, see `abacad.observe.survey.distances`
    lines     that the search found in it
    """

    id: str
    lowest: float
    score: float
    false_positive_rate: float
    members: dict[str, float]
    distance: float = 0.0
    lines: Sequence[Line] = ()

    @property
    def spread(self) -> float:
        """How far apart the members' scores are."""
        values = [*self.members.values()]
        return max(values) - min(values) if values else 0.0


@dataclass
class Event:
    """A signal: the snippets that show it, the best first, and its line, if the search has found one.

    low, high  MHz: where the line is in the cadence, or the snippets' band
    """

    snippets: list[Scored]
    line: Line | None
    low: float = field(default=np.nan)
    high: float = field(default=np.nan)

    @property
    def best(self) -> Scored:
        return self.snippets[0]

    @property
    def frequency(self) -> float:
        """Of its line, MHz amid the cadence, or the middle of its band."""
        return self.line.frequency if self.line else (self.low + self.high) / 2


def events_of(
    snippets: Sequence[Scored],
    rate: float,
    channel: float,
    bins: int,
    step: float,
    seconds: float,
    one_band: bool = True,
) -> list[Event]:
    """The events of a cadence, in the order of review: by the score, the distance and the members' spread of
    the best snippet; of one snippet's events, that with the fainter OFF panels first.

    snippets  all of them, in any order
    rate      of false positives, up to which a snippet passes
    channel   MHz
    bins      channels of a snippet
    step      of the search's drift rates, Hz/s
    seconds   from the first spectrum of the cadence to the last one
    one_band  whether snippets are of one band; else no two of them show the same signal
    """
    band = bins * channel
    passing = [snippet for snippet in snippets if snippet.false_positive_rate <= rate]
    passing.sort(key=lambda snippet: (-snippet.score, snippet.lowest))
    events: list[Event] = []
    for snippet in passing:
        # What OFF panels show as well is no needle. A fainter needle beside a bright one is one.
        lines = [line for line in snippet.lines if line.contrast > 0] or [None]
        for line in sorted(lines, key=lambda line: -line.contrast if line else 0):
            near = events if one_band else [e for e in events if e.best is snippet]
            same = (e for e in near if _same(e, snippet, line, channel, band, step))
            known = next(same, None)
            if known is None:
                events.append(Event([snippet], line))
                continue
            if snippet not in known.snippets:
                known.snippets.append(snippet)
            known.line = known.line or line
    for event in events:
        event.low, event.high = _range(event, channel, band, seconds)
    return sorted(
        events,
        key=lambda event: (
            *(-event.best.score, -event.best.distance, -event.best.spread),
            *(-(event.line.contrast if event.line else 0), event.low),
        ),
    )


def _same(
    event: Event, snippet: Scored, line: Line | None, channel: float, band: float, step: float
) -> bool:
    """Whether a snippet, `band` MHz wide, shows an event that is known already."""
    if event.line is not None and line is not None:
        near = (event.line.width + line.width) / 2 + SAME_PLACE
        apart = abs(event.line.frequency - line.frequency) / channel
        return apart <= near and abs(event.line.drift_rate - line.drift_rate) <= SAME_DRIFT * step
    if event.line is None and line is None:
        return any(abs(own.lowest - snippet.lowest) < band for own in event.snippets)
    seen, other = (event.line, snippet) if line is None else (line, event.best)
    return other.lowest <= seen.frequency <= other.lowest + band


def _range(event: Event, channel: float, band: float, seconds: float) -> tuple[float, float]:
    if event.line is None:
        lows = [snippet.lowest for snippet in event.snippets]
        return min(lows), max(lows) + band
    reach = abs(event.line.drift_rate) * seconds / 2 / 1e6 + event.line.width * channel / 2
    return event.line.frequency - reach, event.line.frequency + reach

"""Events and their observation in, the ranked table of what is known of each out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from abacad.cadences.layout import PANELS
from abacad.observe.events import Event, Scored
from abacad.observe.listing import BadObservation
from abacad.observe.observations import Observation, ReadyCadences
from abacad.tables.files import read_tsv

PANEL_NUMBERS = range(1, PANELS + 1)


@dataclass(frozen=True)
class ExcludedBand:
    """Frequencies whose events nobody wants to see, MHz, and why."""

    low: float
    high: float
    why: str


def read_excluded(path: str | Path) -> list[ExcludedBand]:
    """The bands of a TSV with the columns low and high (MHz), and why if you like.

    BadObservation: a column is missing, or a line is no band.
    """
    try:
        rows = read_tsv(path, ["low", "high"])
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise BadObservation(
            f"{path}: must be a table with the columns low, high (MHz) and why, with tabs between: {error}"
        ) from error
    bands = []
    for number, row in enumerate(rows, start=2):
        try:
            low, high = float(row["low"]), float(row["high"])
            if not (isfinite(low) and isfinite(high) and low < high):
                raise ValueError
        except (TypeError, ValueError):
            raise BadObservation(
                f"{path}: line {number} is from {row['low']} to {row['high']}; allowed: two frequencies in "
                "MHz, low < high"
            ) from None
        bands.append(ExcludedBand(low, high, row.get("why") or "excluded"))
    return bands


def events_table(
    events: Sequence[Event],
    observation: Observation | ReadyCadences,
    members: Sequence[str],
    excluded: Sequence[ExcludedBand],
    scored: int,
) -> pa.Table:
    """A row an event, those in no excluded band first, in the order of `events`.

    scored  how many snippets of the observation have a score

    Columns: rank (null: excluded); event, what it is called: its frequency, MHz, or the id of a cadence that
    was cut already; cadence, source; of the best
    snippet score, false_positive_rate, each member's score under member.<name>, distance and spread;
    by_chance (how many snippets of the observation score as high by chance); low, high (MHz), frequency
    (MHz, amid the cadence), drift_rate (Hz/s), width (Hz), snr_1 to snr_6, null where no line was found;
    snippet, snippets (ids); mjd, ra (h), dec (deg), telescope; excluded (why, or null); file_1 to file_6.
    """
    rows, last = [], []
    names: Counter[str] = Counter()
    for event in events:
        why = next((b.why for b in excluded if event.low < b.high and event.high > b.low), None)
        row = _row(event, observation, scored) | {"excluded": why}
        name = f"{event.frequency:.5f}" if observation.one_band else event.best.id
        names[name] += 1
        row["event"] = name if names[name] == 1 else f"{name}-{names[name]}"
        row["rank"] = None if why else len(rows) + 1
        (last if why else rows).append(row)
    return pa.Table.from_pylist(rows + last, _schema(members))


def catalogue_table(tables: Sequence[pa.Table]) -> pa.Table:
    """The ranked events of several observations, in the order of review.

    tables  of `events_table`, by the same bundle
    Columns: those of `events_table` but excluded. rank counts over all; rank_in_cadence is the former one.
    """
    ranked = pa.concat_tables(table.filter(pc.is_valid(table["rank"])) for table in tables)
    order = [(name, "descending") for name in ("score", "distance", "spread")]
    ranked = ranked.sort_by([*order, ("cadence", "ascending"), ("rank", "ascending")])
    ranked = ranked.append_column("rank_in_cadence", ranked["rank"]).drop_columns("excluded")
    return ranked.set_column(0, "rank", pa.array(range(1, len(ranked) + 1), pa.int32()))


def csv_rows(table: pa.Table) -> list[dict[str, Any]]:
    """The rows of a table of events for a CSV."""
    return [row | {"snippets": " ".join(row["snippets"])} for row in table.to_pylist()]


def snippets_table(
    cut: pa.Table, scored: Sequence[Scored], events: pa.Table, members: Sequence[str]
) -> pa.Table:
    """A row a snippet, also those that could not be scored: the complete record.

    cut     of cut_snippets.py
    events  of `events_table`

    Columns: those of `cut`; score, false_positive_rate, member.<name>, distance, spread, null where `why` is
    not empty; rank of the first event that shows it, or null.
    """
    of_snippet = {one.id: one for one in scored}
    rank_of: dict[str, int] = {}
    for row in events.select(["rank", "snippets"]).to_pylist():
        for one in row["snippets"] if row["rank"] else ():
            rank_of.setdefault(one, row["rank"])
    rows = []
    for row in cut.to_pylist():
        if one := of_snippet.get(row["id"]):
            row |= _said_of(one) | {"rank": rank_of.get(one.id)}
        rows.append(row)
    floats = dict.fromkeys(_said_names(members), pa.float64())
    return pa.Table.from_pylist(
        rows, pa.schema([*cut.schema, *floats.items(), ("rank", pa.int32())])
    )


def _said_of(snippet: Scored) -> dict[str, float]:
    """What models and search say of a snippet."""
    members = {f"member.{name}": score for name, score in snippet.members.items()}
    return members | {
        "score": snippet.score,
        "false_positive_rate": snippet.false_positive_rate,
        "distance": snippet.distance,
        "spread": snippet.spread,
    }


def _said_names(members: Sequence[str]) -> list[str]:
    return [
        *("score", "false_positive_rate"),
        *(f"member.{name}" for name in members),
        *("distance", "spread"),
    ]


def _row(event: Event, observation: Observation | ReadyCadences, scored: int) -> dict[str, Any]:
    best, line = event.best, event.line
    row: dict[str, Any] = {
        "cadence": observation.name,
        **observation.facts(best.id),
        **_said_of(best),
        "by_chance": best.false_positive_rate * scored,
        "low": event.low,
        "high": event.high,
        "snippet": best.id,
        "snippets": [snippet.id for snippet in event.snippets],
    }
    if line is not None:
        row |= {"frequency": line.frequency, "drift_rate": line.drift_rate}
        row["width"] = line.width * observation.channel * 1e6
        row |= {f"snr_{n}": snr for n, snr in zip(PANEL_NUMBERS, line.panel_snr, strict=True)}
    return row


def _schema(members: Sequence[str]) -> pa.Schema:
    floats, text = pa.float64(), pa.string()
    return pa.schema(
        {
            "rank": pa.int32(),
            "event": text,
            "cadence": text,
            "source": text,
            **dict.fromkeys((*_said_names(members), "by_chance", "low", "high"), floats),
            **dict.fromkeys(("frequency", "drift_rate", "width"), floats),
            **{f"snr_{number}": floats for number in PANEL_NUMBERS},
            "snippet": text,
            "snippets": pa.list_(text),
            **dict.fromkeys(("mjd", "ra", "dec"), floats),
            **dict.fromkeys(("telescope", "excluded"), text),
            **{f"file_{number}": text for number in PANEL_NUMBERS},
        }
    )

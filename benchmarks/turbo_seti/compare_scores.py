"""Tables of scores in, what the searches find of the same cadences out, as Markdown.

Twice: at the threshold that a search comes with, and at the one that lets 1 % of the blank cadences of a sky
pass, whatever the scale of its scores. Needles are straight lines where nothing else is said. Drifts are
those of `abacad.report.recovery`.

    make benchmark-turbo-seti
    PYTHONPATH=workflow_scripts python benchmarks/turbo_seti/compare_scores.py \\
        --truth truth.parquet --scores turbo_seti.parquet another_search.parquet
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from abacad.cadences.layout import COMPETITION
from abacad.report.recovery import (
    ALL,
    DRIFT_EDGES,
    NEEDLE_COLUMNS,
    Scored,
    recovery_rows,
    wilson_interval,
)
from abacad.tables.files import read_table
from abacad.tables.ids import some

COMMAND = "make benchmark-turbo-seti"
STRAIGHT = "straight"
Searches = dict[str, dict[str, dict[str, Any]]]  # rows of scores by search and id
SCORE_COLUMNS = ["id", "search", "score"]
OPTIONAL_COLUMNS = ("found", "at_needle", "seconds", "seconds_in_all")


def read_scores(path: str, ids: Sequence[str]) -> Searches:
    """Rows by search and id of one table of scores; optional columns that it lacks are None.

    KeyError: another column is missing. ValueError: a search has no score of one of `ids`, or two.
    """
    read_table(path, SCORE_COLUMNS)  # that it has them
    searches: Searches = {}
    for row in read_table(path).to_pylist():
        rows = searches.setdefault(row["search"], {})
        if row["id"] in rows:
            raise ValueError(f"{path}: {row['search']} scores {row['id']} twice")
        rows[row["id"]] = dict.fromkeys(OPTIONAL_COLUMNS) | row
    for search, rows in searches.items():
        missing = [one for one in ids if one not in rows or rows[one]["score"] is None]
        if missing:
            raise ValueError(f"{path}: {search} has no score of {some(missing)}")
    return searches


def share(values: Iterable[bool]) -> str:
    """How many of the values are true, with two digits; empty of none."""
    values = [*values]
    return f"{np.mean(values):.2f}" if values else ""


def at_own_threshold(truth: Sequence[dict[str, Any]], searches: Searches) -> Iterator[list[str]]:
    """Rows of a sky and a search: false positives, lines found, at the needle, needles of each other kind."""
    for sky, cadences in by_sky(truth):
        for search, rows in searches.items():
            if any(rows[cadence["id"]]["found"] is None for cadence in cadences):
                continue
            found = {
                kind: [
                    rows[cadence["id"]]["found"] for cadence in cadences if cadence["kind"] == kind
                ]
                for kind in (None, *kinds_of(truth))
            }
            at_needle = share(
                rows[cadence["id"]]["at_needle"]
                for cadence in cadences
                if cadence["kind"] == STRAIGHT
            )
            shares = {kind: share(values) for kind, values in found.items()}
            yield [sky, search, shares.pop(None), shares.pop(STRAIGHT), at_needle, *shares.values()]


def at_one_percent(truth: Sequence[dict[str, Any]], searches: Searches) -> Iterator[list[str]]:
    """Rows of a sky and a search: recall of lines, its interval, by drift; of each other kind."""
    drifts = [*zip(DRIFT_EDGES[:-1], DRIFT_EDGES[1:], strict=True)]
    for sky, cadences in by_sky(truth):
        needles = pa.Table.from_pylist([{**row, "collection": sky} for row in cadences])
        needles = needles.select(NEEDLE_COLUMNS)
        ids = needles["id"].to_pylist()
        edges = np.quantile(needles["snr"].drop_null().to_numpy(), [0, 1])
        for search, rows in searches.items():
            scores = np.array([rows[cadence_id]["score"] for cadence_id in ids], float)
            scored = Scored(search, None, sky, ALL, ids, scores, np.zeros(len(ids)))
            recovered = {
                (row["kind"], row["drift_low"]): row
                for row in recovery_rows(
                    scored, needles, edges, COMPETITION.unit_drift, trials=1
                )  # bounds are not shown
                if row["snr_low"] is None
            }
            cells = [sky, search, *recall_of(recovered.get((STRAIGHT, None)))]
            cells += [recall_of(recovered.get((STRAIGHT, low)))[0] for low, _ in drifts]
            others = [kind for kind in kinds_of(truth) if kind != STRAIGHT]
            yield cells + [recall_of(recovered.get((kind, None)))[0] for kind in others]


def seconds(searches: Searches) -> Iterator[list[str]]:
    """Rows of a search: seconds a cadence, and with what precedes it; empty where they are not told."""
    for search, rows in searches.items():
        cells = []
        for name in ("seconds", "seconds_in_all"):
            told = [row[name] for row in rows.values() if row[name] is not None]
            cells.append(f"{np.median(told):.2f}" if told else "")
        yield [search, *cells]


def recall_of(row: dict[str, Any] | None) -> tuple[str, str]:
    """The recall of a row of recovery, and its interval."""
    if row is None:
        return "", ""
    return f"{row['recall']:.2f}", f"{row['recall_low']:.2f} to {row['recall_high']:.2f}"


def by_sky(truth: Sequence[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The cadences of each sky, in the order in which the skies come."""
    for sky in dict.fromkeys(row["sky"] for row in truth):
        yield sky, [row for row in truth if row["sky"] == sky]


def kinds_of(truth: Sequence[dict[str, Any]]) -> list[str]:
    """The kinds of needles, straight ones first."""
    kinds = dict.fromkeys(row["kind"] for row in truth if row["kind"] is not None)
    return sorted(kinds, key=lambda kind: kind != STRAIGHT)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 2) -> None:
    """A Markdown table, of which the first `texts` columns are text, and the others numbers."""
    print(f"\n| {' | '.join(columns)} |")
    print(f"| {' | '.join(['---'] * texts + ['---:'] * (len(columns) - texts))} |")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def main() -> None:
    """Read the command line, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--truth", required=True, help="Parquet, of make_cadences.py")
    add("--scores", nargs="+", required=True, help="Parquet, as of search_cadences.py")
    arguments = parser.parse_args()

    table = read_table(arguments.truth)
    truth = table.to_pylist()
    ids = table["id"].to_pylist()
    searches = {}
    for path in arguments.scores:
        searches |= read_scores(path, ids)
    others = [kind for kind in kinds_of(truth) if kind != STRAIGHT]

    lows = DRIFT_EDGES[:-1]
    drifts = [f"{low} to {high}" for low, high in zip(lows, DRIFT_EDGES[1:], strict=True)]
    per_sky = {sky: len(cadences) for sky, cadences in by_sky(truth)}
    snr = pc.min_max(table["snr"]).as_py()
    blank = sum(row["kind"] is None for row in truth) // len(per_sky)
    lines = sum(row["kind"] == STRAIGHT for row in truth) // len(per_sky)
    each = sum(row["kind"] in others for row in truth) // len(per_sky) // max(1, len(others))
    low, high = wilson_interval(lines // 2, lines)
    print(
        f"`{COMMAND}`: of each sky, {blank} blank cadences, {lines} with a straight line, {each} with each "
        f"other kind of needle.\nSNR {snr['min']:.0f} to {snr['max']:.0f}. The 95 % interval of a share of "
        f"{lines} lines is {low:.2f} to {high:.2f} at the widest."
    )
    print("\nAt the search's own threshold: share of cadences that hold an event.")
    print_table(
        ("sky", "search", "blank", STRAIGHT, "at the needle", *others),
        at_own_threshold(truth, searches),
    )
    print("\nRecall at 1 % false positives; of straight lines also by drift, in bins a panel.")
    print_table(
        ("sky", "search", STRAIGHT, "95 %", *drifts, *others), at_one_percent(truth, searches)
    )
    print("\nSeconds of one core a cadence, median.")
    print_table(("search", "search alone", "in all"), seconds(searches), texts=1)


if __name__ == "__main__":
    main()

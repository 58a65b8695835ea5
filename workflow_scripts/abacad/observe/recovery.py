"""What a bundle says of an observation with and without injected needles in, which of them are found out.

A needle is found if its snippet passes: if its rate of false positives is at most that up to which a snippet
becomes an event. Some snippets pass without a needle as well, by chance, or because they hold interference or
a signal of their own. So what is found counts only where it exceeds the share of those.
"""

from typing import Any

import pyarrow as pa

from abacad.bundle.calibration import Calibration
from abacad.cadences.layout import OBSERVED
from abacad.observe.scored import scores_and_rates
from abacad.report.recovery import ALL, COLUMNS, bounds, recall_rows, snr_edges
from abacad.tables.ids import some

MODEL = "ensemble"
OBSERVED_COLUMNS = (*COLUMNS, "already", "false_positive_rate")


def judged_needles(
    needles: pa.Table,
    predictions: pa.Table,
    pointed: pa.Table,
    null: pa.Table | None,
    calibration: Calibration,
    rate: float,
) -> pa.Table:
    """The needles with score, false_positive_rate, found and already of each: whether its snippet passes, and
    whether it does without the needle.

    needles      of inject_snippets.py
    predictions  of predict_bundle.py, for the snippets with needles
    pointed      and for all snippets without
    null         as for `abacad.observe.scored.scored_snippets`
    rate         of false positives, up to which a snippet passes
    ValueError: a snippet has no predictions.
    """
    ids, snippets = needles["id"].to_pylist(), needles["snippet"].to_pylist()
    scores, rates = scores_and_rates(_of(predictions, ids), null, calibration)
    _, before = scores_and_rates(_of(pointed, snippets), null, calibration)
    added = {"score": scores, "false_positive_rate": rates}
    added |= {"found": rates <= rate, "already": before <= rate}
    for name, values in added.items():
        needles = needles.append_column(name, pa.array(values))
    return needles


def _of(predictions: pa.Table, ids: list[str]) -> pa.Table:
    place_of = {one: place for place, one in enumerate(predictions["id"].to_pylist())}
    if unknown := [one for one in ids if one not in place_of]:
        raise ValueError(f"there are no predictions of {some(unknown)}")
    return predictions.take([place_of[one] for one in ids])


def observed_rows(
    needles: pa.Table, negatives: int, rate: float, unit_drift: float, trials: int
) -> list[dict[str, Any]]:
    """Recall of each kind in each bin of SNR and of drift, with the keys `OBSERVED_COLUMNS`.

    As `abacad.report.recovery.recovery_rows`, but the bounds are at `rate`. already: the share of the same
    snippets that pass without a needle.

    needles     of `judged_needles`
    negatives   how many cadences tell the rates of false positives
    unit_drift  as of `recall_rows`
    trials      of `abacad.report.recovery.search_bound`
    """
    found, already = (needles[name].to_numpy() for name in ("found", "already"))
    means = bounds(needles["snr"].to_numpy().astype(float), trials, rate) | {"already": already}
    of_all: dict[str, Any] = {"model": MODEL, "left_out": None, "rows": OBSERVED, "folds": ALL}
    of_all |= {"negatives": negatives, "false_positive_rate": rate}
    edges = snr_edges(needles)
    return [of_all | row for row in recall_rows(needles, found, edges, unit_drift, means)]


def rows_table(rows: list[dict[str, Any]]) -> pa.Table:
    """The rows of `observed_rows`; a limit or a kind that is any is null."""
    texts = ("model", "left_out", "rows", "folds", "kind")
    kinds = {name: pa.float64() for name in OBSERVED_COLUMNS}
    kinds |= dict.fromkeys(texts, pa.string()) | dict.fromkeys(("needles", "negatives"), pa.int64())
    return pa.Table.from_pylist(rows, pa.schema(kinds))

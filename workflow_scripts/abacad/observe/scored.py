"""The tables of an observation's shares in, its snippets with their scores and lines out."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from abacad.bundle.calibration import Calibration
from abacad.observe.events import Line, Scored
from abacad.tables.files import read_table

OF_SNIPPET = ("collection", "id")  # other columns are statistics of the search


def read_shares(paths: Sequence[str | Path]) -> pa.Table:
    """One table of the shares', in their order."""
    return pa.concat_tables([read_table(path) for path in paths])


def scored_snippets(
    snippets: pa.Table,
    predictions: pa.Table,
    hits: pa.Table,
    statistics: pa.Table,
    null: pa.Table | None,
    calibration: Calibration,
    channel: float,
) -> list[Scored]:
    """Every snippet that models were asked for, in the order of `predictions`.

    snippets     of cut_snippets.py
    predictions  of predict_bundle.py
    hits, statistics  of search_drift.py
    null         predictions for snippets whose ON and OFF panels have changed places: the rate of false
                 positives is the share of these that score as high. None: it is that of the bundle
    calibration  of the bundle
    channel      MHz
    ValueError: the tables are not of the same snippets.
    """
    lowest = dict(zip(*(snippets[name].to_pylist() for name in ("id", "lowest")), strict=True))
    ids = predictions["id"].to_pylist()
    if unknown := [one for one in ids if one not in lowest]:
        raise ValueError(f"predictions for {unknown[0]}, which was not cut")
    if statistics["id"].to_pylist() != ids:
        raise ValueError(
            "predictions and statistics are not of the same snippets in the same order"
        )
    if not ids:
        return []
    said = _of_members(predictions, calibration)
    scores, rates = _judged(said, null, calibration)
    of_members = {name: values.mean(axis=0) for name, values in said.items()}
    lines = _lines(hits, lowest, channel)
    apart = distances(statistics)
    return [
        Scored(
            id=one,
            lowest=lowest[one],
            score=float(scores[row]),
            false_positive_rate=float(rates[row]),
            members={name: float(values[row]) for name, values in of_members.items()},
            distance=float(apart[row]),
            lines=lines.get(one, ()),
        )
        for row, one in enumerate(ids)
    ]


def scores_and_rates(
    predictions: pa.Table, null: pa.Table | None, calibration: Calibration
) -> tuple[np.ndarray, np.ndarray]:
    """The ensemble's scores and their rates of false positives, both (row,); see `scored_snippets`."""
    return _judged(_of_members(predictions, calibration), null, calibration)


def _judged(
    said: dict[str, np.ndarray], null: pa.Table | None, calibration: Calibration
) -> tuple[np.ndarray, np.ndarray]:
    scores = calibration.scores(said)
    if null is None:
        return scores, calibration.false_positive_rates(said)
    return scores, share_as_high(scores, calibration.scores(_of_members(null, calibration)))


def _of_members(predictions: pa.Table, calibration: Calibration) -> dict[str, np.ndarray]:
    """What each fold's model of each member says, (fold, row)."""
    return {
        member: np.stack(
            [predictions[f"{member}.fold{fold}"].to_numpy() for fold in range(calibration.folds)]
        )
        for member in calibration.probabilities
    }


def _lines(hits: pa.Table, lowest: dict[str, float], channel: float) -> dict[str, list[Line]]:
    """The lines of each snippet, at their places in the band."""
    lines: dict[str, list[Line]] = {}
    for hit in hits.to_pylist():
        frequency = lowest[hit["id"]] - channel / 2 + hit["frequency"] / 1e6
        line = Line(frequency, hit["drift_rate"], hit["width"], hit["panel_snr"])
        lines.setdefault(hit["id"], []).append(line)
    return lines


def share_as_high(values: np.ndarray, null: np.ndarray) -> np.ndarray:
    """The share of `null` that is as high as each value, (row,). ValueError: `null` is empty."""
    if not len(null):
        raise ValueError("no snippet with OFF panels first has a score; calibrate on training rows")
    return 1 - np.searchsorted(np.sort(null), values, side="left") / len(null)


def distances(statistics: pa.Table) -> np.ndarray:
    """How far each snippet lies from the rest of the observation, (row,), in deviations.

    The root mean square, over the statistics of the search, of how far its asinh is from the median of all
    snippets, in their spread by the median absolute deviation.
    """
    names = [name for name in statistics.column_names if name not in OF_SNIPPET]
    values = np.arcsinh(np.stack([statistics[name].to_numpy() for name in names]))
    if not values.size:
        return np.zeros(values.shape[1])
    off = values - np.median(values, axis=1, keepdims=True)
    spread = 1.4826 * np.median(np.abs(off), axis=1, keepdims=True)
    return np.sqrt(np.mean((off / np.maximum(spread, 1e-6)) ** 2, axis=0))

"""Scores and the simulator's truth in, what was found of which needles out: the recovery curve.

Recall is at 1 % false positives, of rows ranked within their folds, as in `abacad.score.scores`: all
kinds together have the recall of the table of scores. Signal-to-noise ratios (SNR) are those that a
matched filter would collect in the noise of the needle's own background.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from abacad.score.scores import found
from abacad.tables.files import read_table
from abacad.tables.ids import some
from abacad.tables.predictions import (
    mean_ranks,
    mean_ranks_within,
    read_out_of_fold,
    read_test,
)

SNR_BINS = 4
ENSEMBLE = "ensemble, rank mean"  # as in the table of scores; no experiment can be called so

COLUMNS = ("model", "left_out", "rows", "kind", "snr_low", "snr_high", "needles", "recall")


@dataclass(frozen=True)
class Scored:
    """What one model says of some cadences of one collection.

    model       its name
    left_out    the kind of needle whose training rows it never saw, or None
    collection  train (out of fold) or test
    ids         (row,)
    scores      (row,), higher is more like a needle; compared within a group only
    groups      (row,), such as the fold whose model it was
    """

    model: str
    left_out: str | None
    collection: str
    ids: Sequence[str]
    scores: np.ndarray
    groups: np.ndarray


def scored_run(
    model: str, left_out: str | None, paths: Sequence[str | Path], folds: pa.Table
) -> list[Scored]:
    """What a model says out of fold and of test, from its folds' prediction files, in order.

    `folds` has the columns id, fold.
    """
    ids, probabilities = read_test(paths)
    out_of_fold = read_out_of_fold(folds, paths), folds["fold"].to_numpy()
    return [
        Scored(model, left_out, "train", folds["id"].to_pylist(), *out_of_fold),
        Scored(model, left_out, "test", ids, mean_ranks(probabilities), np.zeros(len(ids))),
    ]


def scored_ensemble(out_of_fold: str | Path, test: str | Path) -> list[Scored]:
    """What the ensemble's rank mean says out of fold and of test, from the tables of rank_average.py."""
    columns = ["id", "rank_mean"]
    train, test = read_table(out_of_fold, [*columns, "fold"]), read_table(test, columns)
    tables = (("train", train, train["fold"].to_numpy()), ("test", test, np.zeros(len(test))))
    return [
        Scored(ENSEMBLE, None, side, table["id"].to_pylist(), table["rank_mean"].to_numpy(), groups)
        for side, table, groups in tables
    ]


def snr_edges(truth: pa.Table) -> np.ndarray:
    """Edges of `SNR_BINS` bins, (edge,), that hold about as many needles each."""
    snr = _snr(truth)
    return np.quantile(snr[np.isfinite(snr)], np.linspace(0, 1, SNR_BINS + 1))


def recovery_rows(scored: Scored, truth: pa.Table, edges: np.ndarray) -> list[dict[str, Any]]:
    """Recall of each kind in each bin of SNR, with the keys `COLUMNS`; and, without limits, at any SNR.

    `truth` is the table of simulate_cadences.py. Bins without a needle are left out. ValueError:
    cadences that the truth does not know.
    """
    place_of = {
        cadence: place
        for place, cadence in enumerate(
            zip(truth["collection"].to_pylist(), truth["id"].to_pylist(), strict=True)
        )
    }
    unknown = [one for one in scored.ids if (scored.collection, one) not in place_of]
    if unknown:
        raise ValueError(f"{some(unknown)} of {scored.collection} are not in the truth")
    places = [place_of[scored.collection, cadence_id] for cadence_id in scored.ids]
    kinds = np.array(truth["kind"].to_pylist(), object)[places]
    snr = _snr(truth)[places]
    positive = np.array([kind is not None for kind in kinds])
    above = found(positive, mean_ranks_within(scored.groups, scored.scores[np.newaxis]))
    bins = np.searchsorted(edges[1:-1], snr, side="right")
    model = {"model": scored.model, "left_out": scored.left_out, "rows": scored.collection}
    rows = []
    for kind in sorted({*kinds} - {None}):
        for index in (None, *range(len(edges) - 1)):
            chosen = (kinds == kind) & (True if index is None else bins == index)
            if chosen.any():
                limits = (None, None) if index is None else edges[index : index + 2]
                rows.append(
                    model
                    | {"kind": kind, "snr_low": limits[0], "snr_high": limits[1]}
                    | {"needles": int(chosen.sum()), "recall": float(above[chosen].mean())}
                )
    return rows


def tsv_rows(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with as many digits as their numbers of needles bear."""
    digits = {"snr_low": ".1f", "snr_high": ".1f", "recall": ".3f"}
    return [
        row | {key: format(row[key], form) for key, form in digits.items() if row[key] is not None}
        for row in rows
    ]


def _snr(truth: pa.Table) -> np.ndarray:
    """SNR in the noise of the needle's own background, (row,); NaN without a needle."""
    snr = truth["snr"].to_numpy(zero_copy_only=False).astype(float)
    return snr / truth["noise_level"].to_numpy()

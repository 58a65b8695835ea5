"""Scores and the truth about needles in, what was found of which needles out: the recovery table.

Recall is at 1 % false positives, of rows ranked within their folds, as in `abacad.score.scores`: all
needles together have the recall of the table of scores. Signal-to-noise ratios (SNR) are those that a
matched filter would collect in the noise of the needle's own background. Drift counts without its sign.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import norm

from abacad.ensemble.names import shown
from abacad.score.scores import NEGATIVES_PER_FALSE_POSITIVE, found
from abacad.score.shares import wilson_interval
from abacad.tables.files import read_table
from abacad.tables.ids import some
from abacad.tables.predictions import (
    mean_ranks,
    mean_ranks_within,
    read_out_of_fold,
    read_test,
)

RATE = 1 / NEGATIVES_PER_FALSE_POSITIVE  # of false positives
NEEDLES_A_BIN = 30  # of SNR, about, of each kind
SNR_BINS = (2, 6)  # least, most
DRIFT_EDGES = (0, 1, 4, 8, 16, np.inf)  # bins a panel
HELD_OUT, ALL = "held out", "all"  # folds, see `Scored`

NEEDLE_COLUMNS = ("collection", "id", "kind", "snr", "drift_rate")
COLUMNS = (
    *("model", "left_out", "rows", "folds", "kind", "snr_low", "snr_high"),
    *("drift_low", "drift_high", "drift_rate_low", "drift_rate_high"),
    *("needles", "negatives", "recall", "recall_low", "recall_high"),
    *("bound", "search_bound"),
)


@dataclass(frozen=True)
class Scored:
    """What one model says of some cadences of one collection.

    model       its name
    left_out    the kind of needle whose training rows it never saw, or None
    collection  train, test, or completeness (injected into test)
    folds       whose models: held out (those that never saw the cadence), or all (the mean of their ranks)
    ids         (row,)
    scores      (row,), higher is more like a needle; compared within a group only
    groups      (row,), such as the fold whose model it was
    """

    model: str
    left_out: str | None
    collection: str
    folds: str
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
        Scored(model, left_out, "train", HELD_OUT, folds["id"].to_pylist(), *out_of_fold),
        Scored(model, left_out, "test", ALL, ids, mean_ranks(probabilities), np.zeros(len(ids))),
    ]


def scored_ensemble(out_of_fold: str | Path, test: str | Path, method: str) -> list[Scored]:
    """What the ensemble says by a method, out of fold and of test, from the tables of rank_average.py."""
    columns = ["id", method]
    train, test = read_table(out_of_fold, [*columns, "fold"]), read_table(test, columns)
    sides = (
        ("train", HELD_OUT, train, train["fold"].to_numpy()),
        ("test", ALL, test, np.zeros(len(test))),
    )
    return [
        Scored(
            shown(method), None, side, by, table["id"].to_pylist(), table[method].to_numpy(), groups
        )
        for side, by, table, groups in sides
    ]


def simulated_needles(truth: pa.Table) -> pa.Table:
    """`NEEDLE_COLUMNS` of train and test from the table of simulate_cadences.py.

    There, SNR is in quiet noise; here, in that of the needle's own background.
    """
    truth = truth.filter(pc.is_in(truth["collection"], pa.array(["train", "test"])))
    snr = pc.divide(truth["snr"], truth["noise_level"])
    return truth.set_column(truth.column_names.index("snr"), "snr", snr).select(NEEDLE_COLUMNS)


def snr_edges(needles: pa.Table) -> np.ndarray:
    """Edges of bins of SNR, (edge,), that hold about as many needles each: `NEEDLES_A_BIN` of each kind.

    `needles` has the columns kind and snr. However many there are, the bins are as many as `SNR_BINS`.
    """
    snr = needles["snr"].drop_null().to_numpy()
    kinds = len(needles["kind"].drop_null().unique())
    count = np.clip(len(snr) // (NEEDLES_A_BIN * max(1, kinds)), *SNR_BINS)
    return np.quantile(snr, np.linspace(0, 1, count + 1))


def recovery_rows(
    scored: Scored, needles: pa.Table, edges: np.ndarray, unit_drift: float, trials: int
) -> list[dict[str, Any]]:
    """Recall of each kind in each bin of SNR and of drift, with the keys `COLUMNS`.

    `needles` has `NEEDLE_COLUMNS`, a row a cadence: SNR in its own noise, drift in Hz/s, null without a
    needle. Of each, kind, SNR and drift, there are rows for each value and, with None, for any: so each
    needle counts in eight rows. Rows without a needle are left out. drift_low and drift_high are in bins a
    panel, of which `unit_drift` is one; drift_rate_low and drift_rate_high are the same in Hz/s. The
    interval, of 95 %, is that of the needles alone: an error of the threshold, which the `negatives` set,
    moves all rows of a model together. For `bound` and `search_bound` see `bounds`. ValueError: cadences that
    `needles` does not know.
    """
    cadences = zip(needles["collection"].to_pylist(), needles["id"].to_pylist(), strict=True)
    place_of = {cadence: place for place, cadence in enumerate(cadences)}
    unknown = [one for one in scored.ids if (scored.collection, one) not in place_of]
    if unknown:
        raise ValueError(f"{some(unknown)} of {scored.collection} are not in the truth")
    known = needles.take([place_of[scored.collection, cadence_id] for cadence_id in scored.ids])
    held = known["kind"].is_valid()
    positive = held.to_numpy()
    above = found(positive, mean_ranks_within(scored.groups, scored.scores[np.newaxis]))
    model = {"model": scored.model, "left_out": scored.left_out, "rows": scored.collection}
    model |= {"folds": scored.folds, "negatives": int((~positive).sum())}
    needles = known.filter(held)
    means = bounds(needles["snr"].to_numpy().astype(float), trials)
    found_here = above[positive]
    return [model | row for row in recall_rows(needles, found_here, edges, unit_drift, means)]


def recall_rows(
    needles: pa.Table,
    above: np.ndarray,
    edges: np.ndarray,
    unit_drift: float,
    means: Mapping[str, np.ndarray],
) -> list[dict[str, Any]]:
    """Recall of each kind in each bin of SNR and of drift, and of any, see `recovery_rows`.

    needles     kind, snr, drift_rate (Hz/s), a row a needle
    above       whether it is found, (row,) bool
    edges       of the bins of SNR, (edge,)
    unit_drift  Hz/s: one frequency bin in the time of a panel
    means       by column: numbers of the needles, (row,), whose mean is told
    """
    kinds = np.array(needles["kind"].to_pylist(), object)
    snr, drift_rate = (needles[name].to_numpy().astype(float) for name in ("snr", "drift_rate"))
    snr_bins = np.searchsorted(edges[1:-1], snr, side="right")
    drift_bins = np.searchsorted(DRIFT_EDGES[1:-1], np.abs(drift_rate) / unit_drift, side="right")
    any_and_each = (
        (None, *sorted({*kinds})),
        (None, *range(len(edges) - 1)),
        (None, *range(len(DRIFT_EDGES) - 1)),
    )
    rows = []
    for kind, snr_bin, drift_bin in product(*any_and_each):
        chosen = np.ones(len(kinds), bool) if kind is None else kinds == kind
        chosen &= (snr_bin is None) | (snr_bins == snr_bin)
        chosen &= (drift_bin is None) | (drift_bins == drift_bin)
        if not chosen.any():
            continue
        hits, count = int(above[chosen].sum()), int(chosen.sum())
        recall_low, recall_high = wilson_interval(hits, count)
        rows.append(
            {"kind": kind}
            | _limits("snr", edges, snr_bin)
            | _limits("drift", DRIFT_EDGES, drift_bin)
            | _limits("drift_rate", np.multiply(DRIFT_EDGES, unit_drift), drift_bin)
            | {"needles": count, "recall": hits / count}
            | {"recall_low": float(recall_low), "recall_high": float(recall_high)}
            | {name: float(values[chosen].mean()) for name, values in means.items()}
        )
    return rows


def bounds(snr: np.ndarray, trials: int, rate: float = RATE) -> dict[str, np.ndarray]:
    """Of needles of these SNRs, (row,): bound (`matched_filter_bound`) and search_bound (`search_bound`)."""
    return {
        "bound": matched_filter_bound(snr, rate),
        "search_bound": search_bound(snr, trials, rate),
    }


def matched_filter_bound(snr: np.ndarray, rate: float = RATE) -> np.ndarray:
    """The recall at this rate of false positives that nothing exceeds, of needles of these SNRs, any shape.

    It is that of a filter which knows the needle s, its path and all, in Gaussian, white noise of a known
    deviation sigma. The filter sums the data x along the path: T = s.x / (sigma |s|), which is normal of
    deviation 1, with mean 0 without the needle and |s| / sigma with it; that is the SNR. The path is known,
    so there is one T a cadence, and no search, whose many tries would raise the threshold: at 1 %, as many of
    the cadences without a needle exceed T = Phi^-1(0.99) = 2.33, and Phi(SNR - 2.33) of those with one do. No
    test of this size has more power, for T tells the ratio of likelihoods (Neyman and Pearson 1933).
    Source: Kay 1998, Fundamentals of statistical signal processing II, detection theory, chapter 4.
    """
    return norm.cdf(snr - norm.isf(rate))


def search_bound(snr: np.ndarray, trials: int, rate: float = RATE) -> np.ndarray:
    """The recall at this rate of false positives of an ideal search, which does not know the needle's path.

    It tries so many paths, `trials`, the needle's among them, in noise as of `matched_filter_bound`, and
    asks whether the largest of their sums T exceeds a threshold t. Without a needle, Phi(t)^trials is 1 minus
    the rate. With one, its own path stays below t with the chance Phi(t - SNR), and the others as without
    it, so the recall is 1 - Phi(t)^(trials - 1) Phi(t - SNR): about Phi(SNR - t), and the rate at an SNR of
    0. With one trial it is `matched_filter_bound`. ValueError: fewer trials than 1.

    Trials count as independent, though paths that are close share bins. That hardly matters so far out in
    the tail. Of 12,000 cadences of white noise, we took the largest sum over the ON panels in the 97 drifts
    and 256 frequencies of `abacad.images.drift`. Its 99 % quantile is 4.92 (95 % interval: 4.90 to 4.94), and
    t is 4.93. So these 24,832 trials are worth 23,100 independent ones (20,800 to 26,200).

    It is a bound for searches that favour no path. The most powerful of them takes the mean of the ratios
    of likelihoods over all paths, not the largest sum. It finds no more, as far as 20,000 draws can tell (to
    0.004, SNR of 3 to 6). A model that knows which drifts are likely may find more: of a tenth of the paths,
    t is 4.46. No model exceeds `matched_filter_bound`.
    """
    if trials < 1:
        raise ValueError(f"trials: must be 1 or more paths, not {trials}")
    log_below = np.log1p(-rate) / trials  # of one path without a needle
    threshold = norm.isf(-np.expm1(log_below))
    return 1 - np.exp((trials - 1) * log_below) * norm.sf(snr - threshold)


def tsv_rows(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with as many digits as their numbers of needles bear; empty limits are any."""
    shares = ("recall", "recall_low", "recall_high", "bound", "search_bound", "already")
    digits = dict.fromkeys(shares, ".3f")
    digits |= dict.fromkeys(("snr_low", "snr_high", "drift_rate_low", "drift_rate_high"), ".1f")
    return [
        row
        | {key: format(row[key], form) for key, form in digits.items() if row.get(key) is not None}
        for row in rows
    ]


def _limits(name: str, edges: Sequence[float], index: int | None) -> dict[str, Any]:
    low, high = (None, None) if index is None else edges[index : index + 2]
    return {f"{name}_low": low, f"{name}_high": high}

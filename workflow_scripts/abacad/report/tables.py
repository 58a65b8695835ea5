"""From scores, test predictions and, where it is known, the truth to small tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.metrics import roc_auc_score

from abacad.ensemble.names import METHODS
from abacad.tables.predictions import some

OUT_OF_FOLD = ("auc", "auc_low", "auc_high")
TEST = ("test_auc", "test_auc_known", "test_auc_unseen")
COLUMNS = ("model", "round", *OUT_OF_FOLD, *TEST)

SHIFT_COLUMNS = ("store", "auc", "auc_low", "auc_high", "rows", "why")
SHIFT_NOTE = """Domain shift: AUC, out of fold, of a small model that is asked which side a cadence is
from; 0.5 where it cannot know"""

NOTE = "AUC: out of fold with its 95 % bootstrap interval"
TRUTH_NOTE = """; on test, against the simulator's truth,
with all needles, with the kinds that train shows too, and with those that it never shows"""


def score_rows(
    experiments: Sequence[Mapping[str, Any]],
    ensemble: Mapping[str, Any],
    tested: Mapping[str, Mapping[str, float]],
) -> list[dict[str, Any]]:
    """Rows of the table of scores, with the keys of `COLUMNS` that they have.

    experiments  scores of score_oof.py: experiment, round, auc, auc_low, auc_high
    ensemble     scores of rank_average.py: means, members
    tested       as of `aucs_on_test`, of each run (see `run_name`) and of the means; empty where
                 the truth is not known
    The mean of members is of their final rounds.
    """
    rows, final = [], {}
    for score in experiments:
        name, round_ = score["experiment"], score["round"]
        row = {"model": name, "round": round_, **_pick(score, OUT_OF_FOLD)}
        rows.append(row | tested.get(run_name(name, round_), {}))
        if name not in final or final[name]["round"] < round_:
            final[name] = rows[-1]
    members = [final[name] for name in ensemble["members"]]
    keys = [key for key in ("auc", *TEST) if all(key in row for row in members)]
    means = {key: np.mean([row[key] for row in members]) for key in keys}
    rows.append({"model": "mean of members", **means})
    for method in METHODS:
        row = {"model": f"ensemble, {method.replace('_', ' ')}"}
        rows.append(row | _pick(ensemble["means"][method], OUT_OF_FOLD) | tested.get(method, {}))
    return rows


def run_name(experiment: str, round_: int) -> str:
    """The name of an experiment's round among those of which test AUCs are known."""
    return f"{experiment} round{round_}"


def aucs_on_test(test: pa.Table, truth: pa.Table) -> dict[str, dict[str, float]]:
    """AUCs of each column of `test` but id: test_auc, test_auc_known, test_auc_unseen.

    `truth` has the columns collection, id, target and kind (of needle; null in negatives). Known
    kinds occur in its train rows, unseen ones do not; the positives of either are set against all
    negatives. An AUC without positives or without negatives is left out. ValueError: a test row
    that the truth does not know.
    """
    rows = truth.select(["collection", "id", "target", "kind"]).to_pylist()
    known_kinds = {row["kind"] for row in rows if row["collection"] == "train"} - {None}
    truth_of = {row["id"]: row for row in rows if row["collection"] == "test"}
    ids = test["id"].to_pylist()
    unknown = [cadence_id for cadence_id in ids if cadence_id not in truth_of]
    if unknown:
        raise ValueError(f"{some(unknown)} of test are not in the truth")
    positive = np.array([truth_of[cadence_id]["target"] == 1 for cadence_id in ids])  # (row,)
    known = np.array([truth_of[cadence_id]["kind"] in known_kinds for cadence_id in ids])
    chosen = {
        "test_auc": np.ones_like(positive),
        "test_auc_known": ~positive | known,
        "test_auc_unseen": ~positive | ~known,
    }
    return {
        name: {
            key: float(roc_auc_score(positive[rows], test[name].to_numpy()[rows]))
            for key, rows in chosen.items()
            if len(np.unique(positive[rows])) == 2
        }
        for name in test.column_names
        if name != "id"
    }


def best_needle(out_of_fold: pa.Table) -> str:
    """The id of the training positive that the ensemble ranks highest out of fold.

    `out_of_fold` has the columns id, target, rank_mean; the first id of equal ranks is taken.
    """
    positives = out_of_fold.filter(pc.equal(out_of_fold["target"], 1))
    return positives["id"][int(np.argmax(positives["rank_mean"].to_numpy()))].as_py()


def tsv_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows with AUCs of six digits, more than their intervals allow."""
    return [
        {
            key: f"{value:.6f}" if "auc" in key and value is not None else value
            for key, value in row.items()
        }
        for row in rows
    ]


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as a Markdown table, aligned as plain text too; without truth, no test columns."""
    header = ["model", "round", "out of fold", "95 % interval"]
    with_truth = any("test_auc" in row for row in rows)
    if with_truth:
        header += ["test", "known kinds", "unseen kinds"]
    lines = [header]
    for row in rows:
        interval = f"{row['auc_low']:.4f} to {row['auc_high']:.4f}" if "auc_low" in row else ""
        cells = [row["model"], str(row.get("round", "")), f"{row['auc']:.4f}", interval]
        if with_truth:
            cells += [f"{row[key]:.4f}" if key in row else "" for key in TEST]
        lines.append(cells)
    return f"{_aligned(lines)}\n{NOTE}{TRUTH_NOTE if with_truth else ''}.\n"


def shift_rows(shifts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Scores of validate_adversarially.py with the keys `SHIFT_COLUMNS`; without an AUC, why."""
    rows = [{key: shift[key] for key in SHIFT_COLUMNS if key in shift} for shift in shifts]
    return tsv_rows(rows)


def shift_markdown(shifts: Sequence[Mapping[str, Any]]) -> str:
    """The same as a Markdown table, aligned as plain text too."""
    lines = [["store", "train or test?", "95 % interval"]]
    for shift in shifts:
        interval = auc = "unknown"
        if shift["auc"] is not None:
            auc = f"{shift['auc']:.4f}"
            interval = f"{shift['auc_low']:.4f} to {shift['auc_high']:.4f}"
        lines.append([shift["store"], auc, interval])
    return f"{_aligned(lines)}\n{SHIFT_NOTE}.\n"


def _aligned(lines: list[list[str]]) -> str:
    """A Markdown table whose first line is its header: names to the left, numbers to the right."""
    widths = [max(len(cells[column]) for cells in lines) for column in range(len(lines[0]))]
    ruler = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "".join(
        "| "
        + " | ".join(
            [cells[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
        )
        + " |\n"
        for cells in (lines[0], ruler, *lines[1:])
    )


def _pick(row: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: row[key] for key in keys}

"""From scores, out of fold and, where the truth is known, on test, to small tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from abacad.ensemble.names import METHODS
from abacad.report.on_test import TEST

OUT_OF_FOLD = ("auc", "auc_low", "auc_high", "recall", "recall_low", "recall_high")
COLUMNS = ("model", "round", *OUT_OF_FOLD, *TEST)

SHIFT_COLUMNS = ("store", "auc", "auc_low", "auc_high", "rows", "why")

NOTE = """Out of fold, with 95 % bootstrap intervals. Recall: the share of needles that are found where 1 % of
the others are taken for needles."""
TRUTH_NOTE = """On test, against the simulator's truth. AUC: with all needles, with the kinds that train shows
too, and with those that it never shows."""
SHIFT_NOTE = """Domain shift: AUC, out of fold, of a small model that is asked which side a cadence is from;
0.5 where it cannot know."""


def score_rows(
    experiments: Sequence[Mapping[str, Any]],
    ensemble: Mapping[str, Any],
    tested: Mapping[str, Mapping[str, float]],
) -> list[dict[str, Any]]:
    """Rows of the table of scores, with the keys of `COLUMNS` that they have.

    experiments  scores of score_oof.py: experiment, round and the keys `OUT_OF_FOLD`
    ensemble     scores of rank_average.py: means, members
    tested       as of `abacad.report.on_test.score_on_test`, of each run (see `run_name`) and of the
                 means; empty where the truth is not known
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
    keys = [key for key in ("auc", "recall", *TEST) if all(key in row for row in members)]
    means = {key: np.mean([row[key] for row in members]) for key in keys}
    rows.append({"model": "mean of members", **means})
    for method in METHODS:
        row = {"model": f"ensemble, {method.replace('_', ' ')}"}
        rows.append(row | _pick(ensemble["means"][method], OUT_OF_FOLD) | tested.get(method, {}))
    return rows


def run_name(experiment: str, round_: int) -> str:
    """The name of an experiment's round among those that are scored on test."""
    return f"{experiment} round{round_}"


def tsv_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows with scores of six digits, more than their intervals allow."""
    return [
        {key: f"{value:.6f}" if isinstance(value, float) else value for key, value in row.items()}
        for row in rows
    ]


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as Markdown tables, aligned as plain text too: out of fold and, with truth, on test.

    Two, so that they fit a terminal of 120 columns with names of 50 characters.
    """
    lines = [["model", "round", "AUC", "95 % interval", "recall", "95 % interval"]]
    for row in rows:
        scores = [text(row, name) for name in ("auc", "recall") for text in (_number, _interval)]
        lines.append([row["model"], str(row.get("round", "")), *scores])
    tables = f"{NOTE}\n\n{_aligned(lines)}"
    if any("test_auc" in row for row in rows):
        lines = [["model", "round", "AUC", "known kinds", "unseen kinds", "recall"]]
        for row in rows:
            scores = [_number(row, name) for name in TEST]
            lines.append([row["model"], str(row.get("round", "")), *scores])
        tables += f"\n{TRUTH_NOTE}\n\n{_aligned(lines)}"
    return tables


def shift_rows(shifts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Scores of validate_adversarially.py with the keys `SHIFT_COLUMNS`; without an AUC, why."""
    rows = [{key: shift[key] for key in SHIFT_COLUMNS if key in shift} for shift in shifts]
    return tsv_rows(rows)


def shift_markdown(shifts: Sequence[Mapping[str, Any]]) -> str:
    """The same as a Markdown table, aligned as plain text too."""
    lines = [["store", "train or test?", "95 % interval"]]
    for shift in shifts:
        known = shift["auc"] is not None
        scores = [_number(shift, "auc"), _interval(shift, "auc")] if known else ["unknown"] * 2
        lines.append([shift["store"], *scores])
    return f"{SHIFT_NOTE}\n\n{_aligned(lines)}"


def _number(row: Mapping[str, Any], name: str) -> str:
    return f"{row[name]:.4f}" if name in row else ""


def _interval(row: Mapping[str, Any], name: str) -> str:
    low, high = f"{name}_low", f"{name}_high"
    return f"{row[low]:.4f} to {row[high]:.4f}" if low in row else ""


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

"""From scores, out of fold and, where the truth is known, on test, to small tables."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from abacad.ensemble.names import METHODS, shown
from abacad.report.differences import DIFFERENCES, differences_from_best
from abacad.report.on_test import TEST
from abacad.score.resamples import SCORES

OUT_OF_FOLD = tuple(f"{score}{end}" for score in SCORES for end in ("", "_low", "_high"))
COLUMNS = ("model", "round", *OUT_OF_FOLD, *DIFFERENCES, *TEST)

SHIFT_COLUMNS = ("store", "auc", "auc_low", "auc_high", "rows", "why")

HEADER = ["model", "round", "AUC", "recall", "partial AUC"]
NOTE = """Out of fold. Recall: the share of needles that are found where 1 % of the others are taken for
needles. Partial AUC: of the ROC curve up to there, 0.5 by chance and 1 at best."""
INTERVAL_NOTE = "The same, 95 % intervals, of a bootstrap over overlap groups."
DIFFERENCE_NOTE = """Difference from the model with the highest AUC, paired 95 % intervals. Where one holds 0,
the two may be equally good."""
TRUTH_NOTE = "On test, against the simulator's truth."
KINDS_NOTE = "On test, of the kinds of needles that train shows too / of those that it never shows."
SHIFT_NOTE = """Domain shift: AUC, out of fold, of a small model that is asked which side a cadence is from;
0.5 where it cannot know."""

Row = Mapping[str, Any]


def score_rows(
    experiments: Sequence[Row],
    ensemble: Row,
    tested: Mapping[str, Mapping[str, float]],
    resampled: Mapping[str, pa.Table],
) -> list[dict[str, Any]]:
    """Rows of the table of scores, with the keys of `COLUMNS` that they have.

    experiments  scores of score_oof.py: experiment, round and the keys `OUT_OF_FOLD`
    ensemble     scores of rank_average.py: means, members
    tested       as of `abacad.report.on_test.score_on_test`, of each run (see `run_name`) and of the
                 means; empty where the truth is not known
    resampled    their out-of-fold scores in each resample, by the same names
    The mean of members is of their final rounds.
    """
    runs = {run_name(one["experiment"], one["round"]): one for one in experiments}
    differences = differences_from_best(runs | ensemble["means"], resampled)
    rows, final = [], {}
    for run, score in runs.items():
        name, round_ = score["experiment"], score["round"]
        row = {"model": name, "round": round_, **_pick(score, OUT_OF_FOLD)}
        rows.append(row | differences[run] | tested.get(run, {}))
        if name not in final or final[name]["round"] < round_:
            final[name] = rows[-1]
    members = [final[name] for name in ensemble["members"]]
    keys = [key for key in (*SCORES, *TEST) if all(key in row for row in members)]
    means = {key: np.mean([row[key] for row in members]) for key in keys}
    rows.append({"model": "mean of members", **means})
    for method in METHODS:
        row = {"model": shown(method)}
        row |= _pick(ensemble["means"][method], OUT_OF_FOLD) | differences[method]
        rows.append(row | tested.get(method, {}))
    return rows


def run_name(experiment: str, round_: int) -> str:
    """The name of an experiment's round among those that are scored on test."""
    return f"{experiment} round{round_}"


def tsv_rows(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows with scores of six digits, more than their intervals allow."""
    return [
        {key: f"{value:.6f}" if isinstance(value, float) else value for key, value in row.items()}
        for row in rows
    ]


def markdown(rows: Sequence[Row]) -> str:
    """The rows as Markdown tables, aligned as plain text too: out of fold and, with truth, on test.

    Several of the same columns, so that they fit a terminal of 120 columns with names of 50 characters.
    """
    tables = [
        _table(NOTE, rows, _number),
        _table(INTERVAL_NOTE, rows, _interval),
        _table(DIFFERENCE_NOTE, rows, _difference),
    ]
    if any("test_auc" in row for row in rows):
        tables.append(_table(TRUTH_NOTE, rows, lambda row, score: _number(row, f"test_{score}")))
        tables.append(_table(KINDS_NOTE, rows, _by_kinds))
    return "\n".join(tables)


def shift_rows(shifts: Sequence[Row]) -> list[dict[str, Any]]:
    """Scores of validate_adversarially.py with the keys `SHIFT_COLUMNS`; without an AUC, why."""
    rows = [{key: shift[key] for key in SHIFT_COLUMNS if key in shift} for shift in shifts]
    return tsv_rows(rows)


def shift_markdown(shifts: Sequence[Row]) -> str:
    """The same as a Markdown table, aligned as plain text too."""
    lines = [["store", "train or test?", "95 % interval"]]
    for shift in shifts:
        known = shift["auc"] is not None
        scores = [_number(shift, "auc"), _interval(shift, "auc")] if known else ["unknown"] * 2
        lines.append([shift["store"], *scores])
    return f"{SHIFT_NOTE}\n\n{_aligned(lines)}"


def _number(row: Row, name: str) -> str:
    return f"{row[name]:.4f}" if name in row else ""


def _interval(row: Row, name: str) -> str:
    low, high = f"{name}_low", f"{name}_high"
    return f"{row[low]:.4f} to {row[high]:.4f}" if low in row else ""


def _difference(row: Row, name: str) -> str:
    low, high = f"{name}_difference_low", f"{name}_difference_high"
    return f"{row[low]:+.3f} to {row[high]:+.3f}" if low in row else ""


def _by_kinds(row: Row, name: str) -> str:
    known, unseen = (_number(row, f"test_{name}_{needles}") for needles in ("known", "unseen"))
    return f"{known} / {unseen}" if known or unseen else ""


def _table(note: str, rows: Sequence[Row], cell: Callable[[Row, str], str]) -> str:
    """A note, and under it a cell for each of `SCORES` of each row."""
    lines = [HEADER]
    for row in rows:
        lines.append(
            [row["model"], str(row.get("round", "")), *(cell(row, score) for score in SCORES)]
        )
    return f"{note}\n\n{_aligned(lines)}"


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


def _pick(row: Row, keys: Sequence[str]) -> dict[str, Any]:
    return {key: row[key] for key in keys}

"""Rows of the current config's runs and of all runs before in, both out: what was tried is not forgotten.

Snakemake deletes an output before it is made anew, and a run's folder holds its last settings alone. The
ledger is a file that is no output: a JSON object a line, with the run's row and its complete settings.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from abacad.report.differences import DIFFERENCES
from abacad.report.experiments import (
    COLUMNS,
    RunFolder,
    changed,
    run_differences,
    run_row,
    stage_number,
)
from abacad.tables.files import whole_file

Row = dict[str, Any]

KEY = ("experiment", "stage", "settings")  # rows of one key are of the same run
TEXTS = (*KEY, "changed", "finished")  # what every row of the ledger has, beside complete_settings
REMEMBERED = ("note", "public_score")  # what the config says of a run, and may say no longer


def current_rows(
    runs: Sequence[RunFolder],
    defaults: Mapping[str, Mapping[str, Any]],
    notes: Mapping[str, Mapping[str, Any]],
) -> list[Row]:
    """A row a run, experiment by experiment and stage by stage, with its complete settings.

    `defaults` are complete settings without any of an experiment's own, by stage, and of a search, by
    "search". `notes` holds, by experiment, note (of all its stages) and public_score (of its last one);
    None or missing where there is nothing to say. ValueError: a stage without defaults, or notes of an
    experiment without a run.
    """
    experiments = list(dict.fromkeys(run.settings["experiment"] for run in runs))
    if unknown := [name for name in notes if name not in experiments]:
        raise ValueError(f"notes of {', '.join(unknown)}: no run of that name is listed")

    def place(run: RunFolder) -> tuple[int, int]:
        return experiments.index(run.settings["experiment"]), stage_number(run.settings["stage"])

    rows = []
    runs = sorted(runs, key=place)
    for run, from_best in zip(runs, run_differences(runs), strict=True):
        experiment, stage = run.settings["experiment"], run.settings["stage"]
        if _compared_with(run.settings) not in defaults:
            raise ValueError(f"{experiment}: no defaults of its stage {stage}, to compare it with")
        rows.append(
            run_row(run)
            | from_best
            | {"changed": changed(run.settings, defaults[_compared_with(run.settings)])}
            | {"note": notes.get(experiment, {}).get("note"), "complete_settings": run.settings}
        )
    last_of = {row["experiment"]: row for row in rows}
    for experiment, told in notes.items():
        last_of[experiment]["public_score"] = told.get("public_score")
    return rows


def merge(rows: Sequence[Row], ledger: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The current rows, with what the ledger remembers of them, and the ledger's other rows, newest first."""
    remembered = {_key(row): row for row in sorted(ledger, key=_age)}  # of equal keys the newest
    current = []
    for row in rows:
        before = remembered.pop(_key(row), {})
        kept = {name: before.get(name) for name in REMEMBERED if row.get(name) is None}
        current.append(row | kept)
    return current, sorted(remembered.values(), key=_age, reverse=True)


def table_rows(
    current: Sequence[Row], former: Sequence[Row], defaults: Mapping[str, Mapping[str, Any]]
) -> list[Row]:
    """All rows, with the keys `COLUMNS` that they have, the current ones first.

    What former runs changed is told against the `defaults` of now, as what current runs do, where their
    stage is still among them. Their difference from the best of their day is not told: it may be gone.
    """
    rows = []
    of_former = [name for name in COLUMNS if name not in DIFFERENCES]
    for mark, group, names in (("yes", current, COLUMNS), ("no", former, of_former)):
        for row in group:
            shown = {name: row[name] for name in names if name in row} | {"current": mark}
            settings = row["complete_settings"]
            if (base := _compared_with(settings | {"stage": row["stage"]})) in defaults:
                shown["changed"] = changed(settings, defaults[base])
            if row.get("note"):
                shown["note"] = " ".join(row["note"].split())  # a row of a TSV is one line
            rows.append(shown)
    return rows


def read_ledger(path: str | Path) -> list[Row]:
    """The ledger's rows; none where there is no ledger yet.

    ValueError: a line that is no row of a run, with the file, its number and how to go on.
    """
    if not Path(path).exists():
        return []
    rows = []
    for number, line in enumerate(Path(path).read_text().splitlines(), start=1):
        try:
            row = json.loads(line)
        except ValueError as error:
            mistake = str(error)
        else:
            mistake = _mistake(row)
        if mistake:
            raise ValueError(
                f"{path}, line {number}: not the row of a run ({mistake}). Mend the line, or delete it "
                "to forget that run, and start again; nothing was written"
            )
        rows.append(row)
    return rows


def write_ledger(path: str | Path, rows: Sequence[Row]) -> None:
    """Write all rows, a JSON object a line, with sorted keys: equal rows are equal bytes."""
    with whole_file(path) as temporary:
        temporary.write_text("".join(json.dumps(row, sort_keys=True) + "\n" for row in rows))


def _mistake(row: Any) -> str:
    """What keeps a line of JSON from being a row; empty where nothing does."""
    if not isinstance(row, dict):
        return "no JSON object"
    wrong = [name for name in TEXTS if not isinstance(row.get(name), str)]
    if not isinstance(row.get("complete_settings"), dict):
        wrong.append("complete_settings")
    return f"no {', '.join(wrong)}" if wrong else ""


def _compared_with(settings: Mapping[str, Any]) -> str:
    """Which of the defaults a run's settings are compared with: those of its stage, or of a search."""
    return "search" if settings.get("kind") == "search" else settings["stage"]


def _key(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in KEY)


def _age(row: Row) -> tuple[str, ...]:
    """What rows are sorted by, the oldest first."""
    return row["finished"], *_key(row)

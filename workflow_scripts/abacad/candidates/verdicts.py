"""What people say of candidates (CSV of the page) in, a raw folder with their labels out, to train on.

The raw folder holds links to the cadences of another one. What was called a candidate is a training cadence
with the label 1 there, RFI one with the label 0. They leave the test side: no cadence is on both.
"""

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from abacad.cadences.layout import COLLECTIONS, OLD_COLLECTIONS, Collection
from abacad.tables.files import write_tsv
from abacad.tables.ids import read_id_table, some, write_id_table

COLUMNS = ("collection", "id", "verdict", "note", "time")
LABELS = {"candidate": 1, "rfi": 0, "unsure": None}  # None: the cadence stays on the test side
TRAIN, TEST = COLLECTIONS["train"], COLLECTIONS["test"]


class BadVerdicts(ValueError):
    """What is wrong with the verdicts, a line each."""


@dataclass(frozen=True)
class Verdict:
    """What was said of one test cadence, when (ISO 8601, UTC), and in which file."""

    id: str
    verdict: str
    note: str
    time: str
    file: str


def read_verdicts(path: str | Path) -> list[Verdict]:
    """The verdicts of one CSV with the `COLUMNS`; rows that hold a note alone are none.

    BadTable: it cannot be read. BadVerdicts names ids of other collections or with other verdicts than those
    of `LABELS`, and ids that are in it twice.
    """
    rows = read_id_table(path, COLUMNS)
    faults = [
        f"{path}: {row['id']} is of the collection {row['collection']!r}, must be test"
        for row in rows
        if row["collection"] != TEST.name
    ]
    faults += [
        f"{path}: {row['id']} has the verdict {row['verdict']!r}; allowed: {', '.join(LABELS)}"
        for row in rows
        if row["verdict"] and row["verdict"] not in LABELS
    ]
    times = Counter(row["id"] for row in rows)
    faults += [f"{path}: {one} is in {many} rows" for one, many in times.items() if many > 1]
    if faults:
        raise BadVerdicts("\n".join(faults))
    return [
        Verdict(row["id"], row["verdict"], row["note"], row["time"], str(path))
        for row in rows
        if row["verdict"]
    ]


def merge(verdicts: Iterable[Verdict], latest: bool) -> list[Verdict]:
    """One verdict for each id, sorted by id. Of those who say the same, the last one's note is kept.

    latest  where verdicts of an id differ, take the one that was given last. BadVerdicts without it, or
            where they were given at the same time: the ids, with what each file says.
    """
    of_id: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        of_id.setdefault(verdict.id, []).append(verdict)
    faults, merged = [], []
    for cadence_id, said in sorted(of_id.items()):
        said.sort(key=lambda one: one.time)
        last = [one for one in said if one.time == said[-1].time]
        if len({one.verdict for one in (last if latest else said)}) > 1:
            told = ", ".join(f"{one.verdict} ({one.file}, {one.time})" for one in said)
            faults.append(f"{cadence_id}: {told}")
        merged.append(said[-1])
    if faults:
        raise BadVerdicts("verdicts differ:\n" + "\n".join(faults))
    return merged


def write_raw_folder(verdicts: Sequence[Verdict], raw: str | Path, new: str | Path) -> None:
    """Make the raw folder `new`, of links to the cadences of `raw`; it appears whole or not at all.

    Its tables have the labels of `raw` and those of the verdicts; verdicts.tsv keeps what was said.
    BadVerdicts: an id that is none of the test rows, or has a label already. FileExistsError: `new` holds
    files already. FileNotFoundError, BadTable: a table of `raw`, or a cadence that gets a label, is not
    there, or a table cannot be read.
    """
    raw, new = Path(raw).absolute(), Path(new).absolute()
    if new.exists() and (not new.is_dir() or any(new.iterdir())):
        raise FileExistsError(f"{new} holds files already; name a new or an empty folder")
    train = read_id_table(raw / TRAIN.table, ("id", "target"))
    test = read_id_table(raw / TEST.table, ("id", "target"))
    known = {row["id"] for row in test}
    if unknown := [one.id for one in verdicts if one.id not in known]:
        raise BadVerdicts(f"{some(unknown)} are not in {raw / TEST.table}")
    if labelled := sorted({one.id for one in verdicts} & {row["id"] for row in train}):
        raise BadVerdicts(f"{some(labelled)} have a label in {raw / TRAIN.table} already")
    labels = {one.id: LABELS[one.verdict] for one in verdicts if LABELS[one.verdict] is not None}
    links = dict.fromkeys((row["id"] for row in train), (TRAIN, TRAIN))
    links |= {one: (TEST, TRAIN if one in labels else TEST) for one in known}
    if missing := [one for one in labels if not (raw / TEST.cadence_path(one)).exists()]:
        raise FileNotFoundError(f"{raw / TEST.folder} lacks the files of {some(missing)}")
    temporary = new.with_name(f".{new.name}.{os.getpid()}.tmp")
    try:
        for cadence_id, (source, place) in links.items():
            _link(cadence_id, raw, source, temporary, place)
        rows = [(row["id"], row["target"]) for row in train] + sorted(labels.items())
        write_id_table(temporary / TRAIN.table, rows)
        left = [(row["id"], None) for row in test if row["id"] not in labels]
        write_id_table(temporary / TEST.table, left)
        for name in OLD_COLLECTIONS:
            top = Path(COLLECTIONS[name].folder).parts[0]
            if (raw / top).is_dir() and not (temporary / top).exists():
                (temporary / top).symlink_to(raw / top)
        write_tsv(
            temporary / "verdicts.tsv", [vars(one) for one in verdicts], [*Verdict.__annotations__]
        )
        os.replace(temporary, new)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _link(cadence_id: str, raw: Path, source: Collection, folder: Path, place: Collection) -> None:
    """Link a cadence. One that is not there, or of a malformed id, is left for the index to tell of."""
    if not re.fullmatch(rf"[0-9a-f]{{{source.id_digits}}}", cadence_id):
        return
    path = raw / source.cadence_path(cadence_id)
    if path.exists():
        link = folder / place.cadence_path(cadence_id)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(path)

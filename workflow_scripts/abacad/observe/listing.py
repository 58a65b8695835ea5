"""A table of files, or a folder, in; the files of each cadence out.

No file but the table is opened, and nothing beyond the standard library is imported, so that the workflow
can plan its jobs by this.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".h5", ".hdf5", ".fil", ".npy")
READY = ".npy"  # a cadence that somebody else has cut
SIDES = ("on", "off")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")  # of a cadence: a folder is called by it

Files = dict[str, str | None]  # the side of each file, or None where nobody tells it


class BadObservation(ValueError):
    """A file or a set of files that cannot be read as an observation. The message names the file, what it
    has, and what is allowed."""


def list_observations(source: str | Path) -> dict[str, Files]:
    """The files of each cadence, sorted by cadence.

    source   TSV with the columns cadence and file, and side (on or off) if you like; files are relative to
             its folder. Or a folder with a folder of files for each cadence
    BadObservation: with a line for each mistake.
    """
    source = Path(source)
    if not source.exists():
        raise BadObservation(f"{source}: there is no such table or folder")
    found, mistakes = _of_folder(source) if source.is_dir() else _of_table(source)
    mistakes += [*_mistakes(source, found)]
    if mistakes:
        raise BadObservation("\n".join(mistakes))
    return dict(sorted(found.items()))


def is_ready(files: Files) -> bool:
    """Whether the files are cadences that somebody has cut already. `list_observations` refuses a mixture."""
    return all(Path(path).suffix == READY for path in files)


def _of_folder(source: Path) -> tuple[dict[str, Files], list[str]]:
    found: dict[str, Files] = {}
    for path in sorted(source.glob("*/*")):
        if path.suffix in SUFFIXES:
            found.setdefault(path.parent.name, {})[str(path)] = None
    return found, []


def _of_table(source: Path) -> tuple[dict[str, Files], list[str]]:
    """What a table lists, and a line for each of its mistakes."""
    found: dict[str, Files] = {}
    mistakes = []
    try:
        with open(source, newline="", encoding="utf-8-sig") as file:
            rows = [*csv.DictReader(file, delimiter="\t")]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadObservation(f"{source}: cannot be read as TSV in UTF-8: {error}") from error
    for line, row in enumerate(rows, start=2):
        name, file = ((row.get(key) or "").strip() for key in ("cadence", "file"))
        side = (row.get("side") or "").strip() or None
        if not name or not file:
            mistakes.append(
                f"{source}: line {line} needs the columns cadence and file, with tabs between"
            )
            continue
        files = found.setdefault(name, {})
        path = str(source.parent / file)
        if side not in (*SIDES, None):
            mistakes.append(f"{source}: side of {file} is {side!r}; allowed: {', '.join(SIDES)}")
        if path in files:
            mistakes.append(f"{source}: {file} is twice in cadence {name}")
        files[path] = side
    return found, mistakes


def _mistakes(source: Path, found: dict[str, Files]) -> Iterator[str]:
    if not found:
        yield f"{source}: no observations; allowed: files <cadence>/*, or a table with cadence and file"
    for name, files in found.items():
        if not NAME.fullmatch(name):
            yield (
                f"{source}: a cadence is called {name!r}; allowed: letters, digits and . _ + -, the first "
                "one a letter or digit"
            )
        ready = [path for path in files if Path(path).suffix == READY]
        if 0 < len(ready) < len(files):
            yield f"{source}: cadence {name} has {READY} and other files; allowed: all or none"
        for path in ready:
            if files[path]:
                yield f"{path}: has a side; allowed: none, for a {READY} file has all six panels"
        for path in files:
            if Path(path).suffix not in SUFFIXES:
                yield f"{path}: ends with {Path(path).suffix!r}; allowed: {', '.join(SUFFIXES)}"
            elif not Path(path).is_file():
                yield f"{path}: there is no such file"

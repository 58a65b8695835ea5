"""A bundle's folder in, what it says of itself out, if every file is the one that was packed.

Nothing beyond the standard library is imported, so that the workflow can plan its jobs by this.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from abacad.cadences.layout import PanelShape

FORMAT = 1
DESCRIPTION, CHECKSUMS = "bundle.json", "SHA256SUMS"


class BadBundle(ValueError):
    """A folder that cannot be used as a bundle. The message names the file and what is allowed."""


def write_checksums(folder: Path) -> None:
    """Write the digests of all files of a folder, for `check_folder`."""
    sums = (f"{_digest(folder / path)}  {path}\n" for path in sorted(packed_files(folder)))
    (folder / CHECKSUMS).write_text("".join(sums))


def check_folder(folder: Path) -> dict[str, Any]:
    """Check every file, and read the description. BadBundle: a file is missing, damaged or not its own."""
    listed = _checksums(folder)
    for path in sorted(listed.keys() ^ packed_files(folder)):
        fault = "is missing" if path in listed else f"is not in {CHECKSUMS}"
        if path != CHECKSUMS:
            raise BadBundle(f"{folder / path}: {fault}; copy the whole bundle again")
    for path, digest in listed.items():
        if (folder / path).is_symlink() or _digest(folder / path) != digest:
            raise BadBundle(f"{folder / path}: not the file that was packed; copy the bundle again")
    return read_description(folder)


def read_description(folder: Path) -> dict[str, Any]:
    """What `bundle.json` says, without its format. BadBundle: there is none, or of another format."""
    path = folder / DESCRIPTION
    try:
        described = json.loads(path.read_text())
        form = described.pop("format", None)
    except (OSError, UnicodeDecodeError, ValueError, AttributeError, TypeError) as error:
        raise BadBundle(f"{path}: cannot be read: this is no bundle") from error
    if form != FORMAT:
        raise BadBundle(f"{path}: format {form!r}, must be {FORMAT}")
    return described


def seen_shape(described: Mapping[str, Any]) -> dict[str, Any]:
    """The data.shape that a bundle was trained on, by its description. KeyError: it does not tell it."""
    return {field.name: described["cadences"][field.name] for field in fields(PanelShape)}


def packed_files(folder: Path) -> set[str]:
    """Every file of a folder, by its path below it. Hidden ones, as Snakemake leaves, are not of it."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
    return {path.as_posix() for path in paths if not path.name.startswith(".")}


def _checksums(folder: Path) -> dict[str, str]:
    """The digest of each file, by its path below the folder."""
    try:
        lines = (folder / CHECKSUMS).read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadBundle(f"{folder / CHECKSUMS}: cannot be read: this is no bundle") from error
    listed = {}
    for line in lines:
        digest, _, path = line.partition("  ")
        if not path:
            raise BadBundle(f"{folder / CHECKSUMS}: {line!r}, must be a digest and a path")
        listed[path] = digest
    return listed


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""The parts of a trained ensemble in, a folder with all of them out, and back from nothing but its path.

Nothing in the folder can be executed: weights are safetensors, tables Parquet, everything else is JSON or
text.

    bundle.json          what it is: members, settings, preprocessing, versions; see `Bundle`
    members/<name>/fold<k>.safetensors
    calibration.parquet  target, fold and each member's probability of every training row, out of fold
    MODEL_CARD.md        the same for people: data, recipe, scores, limits, licence
    SHA256SUMS           of all other files, for `sha256sum --check SHA256SUMS`
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from abacad.bundle.calibration import Calibration, read_calibration, write_calibration
from abacad.tables.files import file_digest, read_json, whole_file, write_json

FORMAT = 1
DESCRIPTION, CALIBRATION = "bundle.json", "calibration.parquet"
CARD, CHECKSUMS = "MODEL_CARD.md", "SHA256SUMS"


class BadBundle(ValueError):
    """A folder that cannot be used as a bundle. The message names the file and what is allowed."""


@dataclass(frozen=True)
class Member:
    """An experiment of the ensemble.

    settings  complete, as of resolve_run.py; those of a search have the key search
    weights   of each fold's model, below the bundle's folder; a search has none
    choices   what a search was chosen by in each fold; a model has none
    """

    name: str
    settings: Mapping[str, Any]
    weights: Sequence[str] = ()
    choices: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Bundle:
    """What scores new sky.

    cadences    pointings, time_bins, frequency_bins, time_bin (s), frequency_bin (Hz) of what it has seen
    preprocess  the settings that its stores were made with
    search      the settings of its de-Doppler search
    ensemble    method, power, weights by member
    data        what it has learnt from: name and root of the run, simulated (bool), rows, needles
    versions    of the packages that it was trained with
    """

    name: str
    members: Sequence[Member]
    cadences: Mapping[str, Any]
    preprocess: Mapping[str, Any]
    search: Mapping[str, Any]
    ensemble: Mapping[str, Any]
    data: Mapping[str, Any]
    versions: Mapping[str, str]


def weights_path(member: str, fold: int) -> str:
    """Where the weights of a model are in the folder."""
    return f"members/{member}/fold{fold}.safetensors"


def write_bundle(
    folder: str | Path,
    bundle: Bundle,
    weights: Mapping[str, Sequence[str | Path]],
    calibration: Calibration,
    card: str,
) -> None:
    """Write the folder, whole or not at all. What was there before is replaced.

    weights  the files of each member, in the order of the folds, to be copied
    """
    folder = Path(folder)
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    try:
        for name, paths in weights.items():
            for fold, path in enumerate(paths):
                copy = temporary / weights_path(name, fold)
                copy.parent.mkdir(parents=True, exist_ok=True)
                with whole_file(copy) as file:
                    shutil.copyfile(path, file)
        write_json(temporary / DESCRIPTION, {"format": FORMAT} | asdict(bundle))
        write_calibration(temporary / CALIBRATION, calibration)
        (temporary / CARD).write_text(card)
        sums = "".join(
            f"{file_digest(temporary / path)}  {path}\n" for path in sorted(_files(temporary))
        )
        (temporary / CHECKSUMS).write_text(sums)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def read_bundle(folder: str | Path) -> tuple[Bundle, Calibration]:
    """Check every file, and read what the bundle is. BadBundle: a file is missing, damaged or not its own."""
    folder = Path(folder)
    listed = _checksums(folder)
    found = _files(folder)
    for path in sorted(listed.keys() ^ found):
        fault = "is missing" if path in listed else f"is not in {CHECKSUMS}"
        if path != CHECKSUMS:
            raise BadBundle(f"{folder / path}: {fault}; copy the whole bundle again")
    for path, digest in listed.items():
        if (folder / path).is_symlink() or file_digest(folder / path) != digest:
            raise BadBundle(f"{folder / path}: not the file that was packed; copy the bundle again")
    for path in (DESCRIPTION, CALIBRATION):
        if path not in listed:
            raise BadBundle(f"{folder / path}: is missing; this is no bundle")
    try:
        described = read_json(folder / DESCRIPTION)
        form = described.pop("format", None)
        if form == FORMAT:
            described["members"] = tuple(Member(**member) for member in described["members"])
            bundle = Bundle(**described)
            own = bundle.ensemble["weights"]
            ensemble = {"weights": {member.name: own[member.name] for member in bundle.members}}
            calibration = read_calibration(folder / CALIBRATION, **bundle.ensemble | ensemble)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadBundle(f"{folder}: not as a bundle is written: {error}") from error
    if form != FORMAT:
        raise BadBundle(f"{folder / DESCRIPTION}: format {form!r}, must be {FORMAT}")
    for path in (path for member in bundle.members for path in member.weights):
        if path not in listed:
            raise BadBundle(f"{folder / DESCRIPTION}: weights {path!r} are not in {CHECKSUMS}")
    return bundle, calibration


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


def _files(folder: Path) -> set[str]:
    """Every file of a folder, by its path below it. Hidden ones, as Snakemake leaves, are not of it."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
    return {path.as_posix() for path in paths if not path.name.startswith(".")}

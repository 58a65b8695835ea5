"""A folder of your own cadences in, a raw folder in the competition's layout out.

Cadences with a label become the collection train, all others test. A file's id is made from its name.
"""

import hashlib
import os
import shutil
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from abacad.cadences.cadence import BadCadence, cadence_files, panel_statistics
from abacad.cadences.layout import CADENCE_DTYPE, COLLECTIONS, PANELS, Collection
from abacad.cadences.manifest import TARGETS
from abacad.devices.parallel import ordered_map
from abacad.devices.progress import progress
from abacad.tables.files import write_tsv
from abacad.tables.ids import read_id_table, write_id_table

TRAIN, TEST = COLLECTIONS["train"], COLLECTIONS["test"]


class BadCadences(ValueError):
    """What is wrong with each of the cadences that cannot be converted."""


@dataclass(frozen=True)
class Conversion:
    """One file to convert: `name` is its path below the source folder, without .npy."""

    name: str
    path: str
    id: str
    target: int | None  # None: it has no label

    @property
    def collection(self) -> Collection:
        return TEST if self.target is None else TRAIN


def convert_folder(
    source: str | Path, labels: str | Path | None, raw: str | Path, skip_bad: bool, workers: int
) -> tuple[list[Conversion], list[str]]:
    """Convert the .npy files below `source` to the raw folder `raw`, which appears whole or not at all.

    labels    CSV with the columns name and target (0 or 1), for some or all files; or None
    skip_bad  continue without what cannot be converted
    Besides the competition's files, `raw` gets names.tsv: id, name.

    Returns what was converted, and for everything else a line "name: why". BadCadences: the same lines,
    if there are any and `skip_bad` is false, or if nothing could be converted. FileExistsError: `raw`
    is not empty. BadTable: the labels cannot be read.
    """
    raw = Path(raw).absolute()
    if raw.exists() and (not raw.is_dir() or any(raw.iterdir())):
        raise FileExistsError(f"{raw} holds files already; name a new or an empty folder")
    conversions, problems = plan_conversions(source, labels)
    converted = []
    temporary = raw.with_name(f".{raw.name}.{os.getpid()}.tmp")
    try:
        faults = ordered_map(partial(_convert, temporary), conversions, workers)
        faults = progress(faults, f"Converting {source}", len(conversions), "cadences")
        for conversion, fault in zip(conversions, faults, strict=True):
            if fault:
                problems.append(f"{conversion.name}: {fault}")
            else:
                converted.append(conversion)
        if (problems and not skip_bad) or not converted:
            found = "\n".join(problems) or f"there is no .npy file below {source}"
            raise BadCadences(found)
        for collection in (TRAIN, TEST):
            rows = [(one.id, one.target) for one in converted if one.collection is collection]
            if rows:
                write_id_table(temporary / collection.table, rows)
        rows = [{"id": one.id, "name": one.name} for one in converted]
        write_tsv(temporary / "names.tsv", rows, ["id", "name"])
        os.replace(temporary, raw)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return converted, problems


def plan_conversions(
    source: str | Path, labels: str | Path | None
) -> tuple[list[Conversion], list[str]]:
    """Every file below `source`, in the order of the ids, with its id and target; and what is wrong."""
    paths = {
        Path(path).relative_to(source).with_suffix("").as_posix(): path
        for path in cadence_files(source)
    }
    targets: dict[str, list[str]] = {name: [] for name in paths}
    problems = []
    for row in read_id_table(labels, ["name", "target"]) if labels else []:
        name = row["name"].removesuffix(".npy")
        if name in targets:
            targets[name].append(row["target"])
        else:
            problems.append(f"{row['name']}: in {labels}, but there is no such file below {source}")
    times = Counter(map(cadence_id, paths))
    conversions = []
    for name, path in paths.items():
        wrong = sorted({*targets[name]} - {*TARGETS})
        if len(targets[name]) > 1:
            problems.append(f"{name}: in {len(targets[name])} rows of {labels}")
        elif wrong:
            problems.append(f"{name}: label {wrong[0]!r} in {labels}, must be 0 or 1")
        elif times[cadence_id(name)] > 1:
            problems.append(f"{name}: another name has the same id; rename one of them")
        else:
            target = TARGETS[targets[name][0]] if targets[name] else None
            conversions.append(Conversion(name, path, cadence_id(name), target))
    return sorted(conversions, key=lambda one: one.id), problems


def cadence_id(name: str) -> str:
    """An id of hexadecimal digits, like the competition's, that depends only on the name."""
    return hashlib.sha256(name.encode()).hexdigest()[: TRAIN.id_digits]


def competition_panels(panels: np.ndarray) -> np.ndarray:
    """A cadence (panel=6, time, frequency) like the competition's: each panel z-scored, in float16.

    `panels` has any floating-point dtype and order. A z-score is at most the root of the number of values,
    so it fits into float16, and nothing later depends on how a panel was scaled. BadCadence: the dtype or
    shape is wrong, a value is not finite, or a panel is constant.
    """
    if panels.dtype.kind != "f":
        raise BadCadence(f"dtype {panels.dtype}, must be of floating point")
    if panels.ndim != 3 or len(panels) != PANELS or 0 in panels.shape:
        expected = "(panel=6, time, frequency), the panels A B A C A D"
        raise BadCadence(f"shape {panels.shape}, must be {expected}")
    panels = panels.astype(np.float64, order="C")
    if unknown := np.count_nonzero(~np.isfinite(panels)):
        raise BadCadence(f"NaN or infinity in {unknown} of {panels.size} values")
    # Statistics are computed in float32, where a large mean would leave nothing of the rest.
    largest = np.abs(panels).max((1, 2), keepdims=True)
    panels /= np.where(largest > 0, largest, 1)
    panels -= panels.mean((1, 2), keepdims=True)
    means, deviations = panel_statistics(panels)
    return ((panels - means[:, None, None]) / deviations[:, None, None]).astype(CADENCE_DTYPE)


def _convert(folder: Path, conversion: Conversion) -> str:
    """Write one cadence below the raw `folder`. Returns what is wrong with it, or an empty text."""
    try:
        with open(conversion.path, "rb") as file:
            panels = competition_panels(np.lib.format.read_array(file, allow_pickle=False))
    except BadCadence as error:
        return str(error)
    except (OSError, ValueError, EOFError) as error:
        return f"not a readable .npy file: {error}"
    path = folder / conversion.collection.cadence_path(conversion.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, panels)
    return ""

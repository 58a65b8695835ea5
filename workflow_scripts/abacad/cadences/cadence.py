"""A raw cadence file in, its checked panels out: (panel=6, time, frequency), float16."""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tokenize import TokenError
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy

from abacad.cadences.layout import CADENCE_DTYPE, PANELS, PanelShape

LEAST_LIVE_BINS = 16  # time bins of a panel; from fewer, no spread can be measured

READ_HEADER = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


class BadCadence(ValueError):
    """What is wrong with a cadence."""


def cadence_files(folder: str | Path) -> Iterator[str]:
    """Paths of the .npy files below a folder, sorted by folder and name.

    Hidden files are skipped: some systems leave them beside the data, such as `._<name>` on macOS.
    """
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(".npy") and not name.startswith("."):
                yield os.path.join(parent, name)


def read_cadence(path: str | Path) -> np.ndarray:
    """Read one `.npy`: (panel=6, time, frequency), float16, read-only.

    BadCadence says what is wrong with the file: it is missing, its header cannot be read, its dtype or
    order is not the expected one, it has not six panels, or it is longer or shorter than these.
    """
    with _telling_faults():
        content = Path(path).read_bytes()
    shape, offset = _parsed(BytesIO(content), len(content))
    return np.frombuffer(content, CADENCE_DTYPE, offset=offset).reshape(shape)


def shape_of_file(path: str | Path) -> tuple[int, int, int]:
    """Panel, time and frequency of one `.npy`, by its header and its length, without its values.

    BadCadence: as in `read_cadence`.
    """
    with _telling_faults(), open(path, "rb") as file:
        return _parsed(file, os.fstat(file.fileno()).st_size)[0]


def check_shape(shape: tuple[int, ...], expected: PanelShape) -> None:
    """BadCadence: a cadence is of another shape than `data.shape` says."""
    if shape != expected.of_cadence:
        raise BadCadence(
            f"shape {shape}, must be {expected.of_cadence}: six panels of data.shape's time_bins and "
            "frequency_bins"
        )


@contextmanager
def _telling_faults() -> Iterator[None]:
    """BadCadence: a file cannot be read."""
    try:
        yield
    except FileNotFoundError:
        raise BadCadence("missing file") from None
    except OSError as error:
        raise BadCadence(f"unreadable file: {error.strerror}") from None


def _parsed(file: BinaryIO, length: int) -> tuple[tuple[int, int, int], int]:
    """The shape of a file of so many bytes, and where its panels begin. BadCadence: they are not those of a
    cadence."""
    try:
        shape, in_fortran_order, dtype = READ_HEADER[npy.read_magic(file)](file)
    except (ValueError, KeyError, TokenError) as error:
        raise BadCadence(f"unreadable .npy header: {error}") from None
    if dtype != np.dtype(CADENCE_DTYPE):
        raise BadCadence(f"dtype {dtype.str}, must be {CADENCE_DTYPE}")
    if len(shape) != 3 or shape[0] != PANELS or 0 in shape:
        raise BadCadence(f"shape {shape}, must be ({PANELS}, time, frequency)")
    if in_fortran_order:
        raise BadCadence("Fortran order, must be C order")
    size = file.tell() + math.prod(shape) * np.dtype(CADENCE_DTYPE).itemsize
    if length != size:
        fault = "truncated" if length < size else "too long"
        raise BadCadence(f"{fault}: {length} bytes, must be {size}")
    return shape, file.tell()


def panel_statistics(panels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each panel: two arrays (panel,), float64.

    `panels`: (panel, time, frequency). BadCadence: a value is not finite, a panel is constant, or nearly
    all of its time bins are blank.
    """
    panels = widened(panels)
    with np.errstate(invalid="ignore"):
        means = panels.mean((1, 2), dtype=np.float64)
    if not np.isfinite(means).all():  # one bad value spoils its panel's mean: no second pass
        raise BadCadence(
            f"NaN or infinity in {np.sum(~np.isfinite(panels))} of {panels.size} values"
        )
    constant = np.flatnonzero(panels.min((1, 2)) == panels.max((1, 2)))
    if constant.size:
        raise BadCadence(f"constant panel {', '.join(map(str, constant))} (counted from 0)")
    live = (~blank_bins(panels)).sum(axis=1)
    if (live < min(LEAST_LIVE_BINS, panels.shape[1])).any():
        panel = live.argmin()
        raise BadCadence(
            f"panel {panel} (counted from 0) is blank in all but {live[panel]} of its {panels.shape[1]} "
            f"time bins, must have {LEAST_LIVE_BINS}"
        )
    deviations = centred(panels, means)
    squares = np.einsum("ptf, ptf -> pt", deviations, deviations).sum(axis=1, dtype=np.float64)
    return means, np.sqrt(squares / math.prod(panels.shape[1:]))


def widened(panels: np.ndarray) -> np.ndarray:
    """Panels in float32, and those in float64 as they are: NumPy takes up to 50 times as long in float16."""
    return panels.astype(np.result_type(panels, np.float32), copy=False)


def centred(panels: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Panels of `widened` without their means, which are float64: (panel, time, frequency).

    A mean that is much larger than the spread is rounded too coarsely in float32. So its rounding is
    subtracted after it; the first difference is exact where values are between half and twice the mean.
    """
    rounded = means.astype(panels.dtype)
    rest = (means - rounded).astype(panels.dtype)
    deviations = panels - rounded[:, None, None]
    deviations -= rest[:, None, None]
    return deviations


def blank_bins(panels: np.ndarray) -> np.ndarray:
    """Which time bins of (..., time, frequency) are blank, for example after dropped packets: (..., time).

    In a blank bin, nine tenths of the neighbouring values are equal. Not all need be, because a needle
    may have been added later.
    """
    same = panels[..., 1:] == panels[..., :-1]
    return np.count_nonzero(same, axis=-1) > 0.9 * same.shape[-1]

"""A SIGPROC filterbank file (.fil) in, its header and its spectra out.

Source: Lorimer, SIGPROC-v4.3, user guide: keys between HEADER_START and HEADER_END, each a string with its
length before it and a value of its own type after it; then the spectra, one after the other.
"""

import os
import struct
from typing import Any, BinaryIO

import numpy as np

from abacad.observe.header import Header, parse_header
from abacad.observe.listing import BadObservation

INTEGERS = (
    *("machine_id", "telescope_id", "data_type", "barycentric", "pulsarcentric", "nbits"),
    *("nsamples", "nchans", "nifs", "nbeams", "ibeam"),
)
DOUBLES = (
    *("az_start", "za_start", "src_raj", "src_dej", "tstart", "tsamp", "fch1", "foff"),
    *("refdm", "period"),
)
STRINGS = ("rawdatafile", "source_name")
LONGEST = 80  # characters of a string
MOST_KEYS = 100  # a longer header is none

DTYPES = {8: "<u1", 16: "<u2", 32: "<f4"}  # by nbits


def read_sigproc(path: str) -> tuple[Header, np.ndarray]:
    """The header, and the spectra (time, channel), which are read from the disk when they are looked at.

    BadObservation: it is no such file, is cut off within its header, or its values are not allowed.
    """
    with open(path, "rb") as file:
        values = _read_keys(path, file)
        start = file.tell()
    bits = values.get("nbits")
    if bits not in DTYPES:
        raise BadObservation(f"{path}: nbits is {bits}; allowed: {', '.join(map(str, DTYPES))}")
    if not isinstance(values.get("nchans"), int) or values["nchans"] < 1:
        raise BadObservation(f"{path}: nchans is {values.get('nchans')}; allowed: at least 1")
    for key in ("src_raj", "src_dej"):
        if key in values:
            values[key] = _sexagesimal(values[key])
    size = values["nchans"] * bits // 8
    spectra, rest = divmod(os.path.getsize(path) - start, size)
    if rest:
        raise BadObservation(
            f"{path}: cut off: its last spectrum has {rest} of {size} bytes; copy the file again"
        )
    header = parse_header(path, values, spectra)
    shape = (spectra, header.nchans)
    if not spectra:
        return header, np.empty(shape, DTYPES[bits])
    return header, np.memmap(path, DTYPES[bits], "r", start, shape)


def _read_keys(path: str, file: BinaryIO) -> dict[str, Any]:
    if _read_string(path, file) != "HEADER_START":
        raise BadObservation(f"{path}: no SIGPROC file: it does not begin with HEADER_START")
    values: dict[str, Any] = {}
    for _ in range(MOST_KEYS):
        key = _read_string(path, file)
        if key == "HEADER_END":
            return values
        if key in INTEGERS:
            (values[key],) = struct.unpack("<i", _read(path, file, 4))
        elif key in DOUBLES:
            (values[key],) = struct.unpack("<d", _read(path, file, 8))
        elif key in STRINGS:
            values[key] = _read_string(path, file)
        else:
            raise BadObservation(f"{path}: unknown key {key!r} in its header")
    raise BadObservation(f"{path}: no HEADER_END within {MOST_KEYS} keys")


def _read_string(path: str, file: BinaryIO) -> str:
    (length,) = struct.unpack("<i", _read(path, file, 4))
    if not 0 < length <= LONGEST:
        raise BadObservation(f"{path}: no SIGPROC header: a string of {length} characters")
    return _read(path, file, length).decode("ascii", "replace")


def _read(path: str, file: BinaryIO, count: int) -> bytes:
    read = file.read(count)
    if len(read) < count:
        raise BadObservation(f"{path}: cut off within its header")
    return read


def _sexagesimal(value: float) -> float:
    """hhmmss.s or ddmmss.s as hours or degrees."""
    sign, value = (-1 if value < 0 else 1), abs(value)
    whole, rest = divmod(value, 10000)
    minutes, seconds = divmod(rest, 100)
    return sign * (whole + minutes / 60 + seconds / 3600)

"""The path of a telescope's file in, its header and its spectra out, whatever its format."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from abacad.observe.hdf5 import open_hdf5
from abacad.observe.header import Header
from abacad.observe.listing import BadObservation
from abacad.observe.sigproc import read_sigproc


@contextmanager
def _open_sigproc(path: str) -> Iterator[tuple[Header, Any]]:
    yield read_sigproc(path)


FORMATS: dict[str, Callable[[str], AbstractContextManager[tuple[Header, Any]]]] = {
    ".h5": open_hdf5,
    ".hdf5": open_hdf5,
    ".fil": _open_sigproc,
}


@contextmanager
def open_filterbank(path: str | Path) -> Iterator[tuple[Header, Any]]:
    """The header, and the spectra: slices of (time, channel) are read from the disk when they are asked for.

    BadObservation: the file cannot be read; the message names it, what it has, and what is allowed.
    """
    path = str(path)
    suffix = Path(path).suffix
    if suffix not in FORMATS:
        raise BadObservation(f"{path}: ends with {suffix!r}; allowed: {', '.join(FORMATS)}")
    try:
        with FORMATS[suffix](path) as opened:
            yield opened
    except OSError as error:
        raise BadObservation(f"{path}: {error.strerror or error}") from error


def read_header(path: str | Path) -> Header:
    """The header alone. BadObservation: see `open_filterbank`."""
    with open_filterbank(path) as (header, _):
        return header

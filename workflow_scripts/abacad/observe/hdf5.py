"""A filterbank file as HDF5 (.h5, blimpy's layout) in, its header and its spectra out.

Source: Price et al. 2019, JOSS 4, 1554 (blimpy): a dataset `data`, (time, feed, frequency), whose attributes
are the header; it is compressed by Bitshuffle with LZ4, which hdf5plugin provides.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import h5py
import hdf5plugin  # noqa: F401  it registers the compression
import numpy as np

from abacad.observe.header import Header, parse_header
from abacad.observe.listing import BadObservation

DATA = "data"
DAMAGE = (
    OSError,
    RuntimeError,
    KeyError,
    TypeError,
    ValueError,
)  # what h5py raises where bytes are wrong


@contextmanager
def open_hdf5(path: str) -> Iterator[tuple[Header, "Spectra"]]:
    """The header, and the spectra (time, channel), which are read from the disk when they are sliced.

    BadObservation: it is no such file, is damaged, or its values are not allowed.
    """
    try:
        file = h5py.File(path, "r")
    except DAMAGE as error:
        raise BadObservation(f"{path}: no HDF5 file, or cut off: {error}") from error
    with file:
        try:
            data = file.get(DATA)
            if not isinstance(data, h5py.Dataset) or data.ndim != 3:
                raise BadObservation(f"{path}: no dataset {DATA} of (time, feed, frequency)")
            kind, shape, values = data.dtype, data.shape, dict(data.attrs)
        except BadObservation:
            raise
        except DAMAGE as error:
            raise BadObservation(f"{path}: damaged: {error}") from error
        if kind.kind not in "fu":
            raise BadObservation(f"{path}: {DATA} holds {kind}; allowed: numbers")
        header = parse_header(path, values, shape[0])
        for key, said, found in (("nifs", 1, shape[1]), ("nchans", header.nchans, shape[2])):
            if said != found:
                raise BadObservation(f"{path}: {key} is {said}, but {DATA} has {found}")
        yield header, Spectra(path, data)


class Spectra:
    """The dataset of a file as (time, channel)."""

    def __init__(self, path: str, data: h5py.Dataset):
        self._path, self._data = path, data
        self.shape = (data.shape[0], data.shape[2])

    def __getitem__(self, index: tuple[slice, slice]) -> np.ndarray:
        """BadObservation: this part of the file is damaged."""
        time, channel = index
        try:
            return self._data[time, 0, channel]
        except DAMAGE as error:
            raise BadObservation(f"{self._path}: cannot be read to the end: {error}") from error

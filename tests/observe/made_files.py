"""Small files as telescopes write them, right or with one thing wrong."""

import struct
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np

CHANNEL, SPECTRUM = -2861.02294921875e-6, 1.073741824  # MHz, s

HEADER = {
    "machine_id": 20,
    "telescope_id": 6,
    "src_raj": 17.21,
    "src_dej": 12.4,
    "az_start": 0.0,
    "za_start": 0.0,
    "data_type": 1,
    "fch1": 1500.0,
    "foff": CHANNEL,
    "nchans": 512,
    "nbeams": 1,
    "ibeam": -1,
    "nbits": 32,
    "tstart": 57803.0,
    "tsamp": SPECTRUM,
    "nifs": 1,
    "source_name": "Voyager1",
    "rawdatafile": "guppi.raw",
}


def spectra(count: int = 279, channels: int = 512, seed: int = 0) -> np.ndarray:
    """(time, channel), float32: a receiver's noise under a band."""
    random = np.random.default_rng(seed)
    band = 1e9 * (1 + 0.1 * np.sin(np.arange(channels) / 40))
    return (band * random.chisquare(6000, (count, channels)) / 6000).astype(np.float32)


def write_hdf5(path: Path, values: np.ndarray, as_bytes: bool = False, **changed: Any) -> Path:
    """blimpy's layout. A key that is None is left out."""
    header = HEADER | {"nchans": values.shape[1]} | changed
    with h5py.File(path, "w") as file:
        file.attrs["CLASS"], file.attrs["VERSION"] = "FILTERBANK", "1.0"
        data = file.create_dataset(
            "data",
            data=values[:, np.newaxis],
            chunks=(10, 1, min(65536, values.shape[1])),
            **hdf5plugin.Bitshuffle(nelems=0, cname="lz4"),
        )
        for key, value in header.items():
            if value is not None:
                data.attrs[key] = value.encode() if as_bytes and isinstance(value, str) else value
    return path


def write_sigproc(path: Path, values: np.ndarray, **changed: Any) -> Path:
    """SIGPROC. A key that is None is left out."""
    header = (
        HEADER | {"nchans": values.shape[1], "src_raj": 171236.0, "src_dej": 122400.0} | changed
    )
    with open(path, "wb") as file:
        for key, value in ({"HEADER_START": None} | header | {"HEADER_END": None}).items():
            if key in HEADER and value is None:
                continue
            file.write(struct.pack("<i", len(key)) + key.encode())
            if isinstance(value, str):
                file.write(struct.pack("<i", len(value)) + value.encode())
            elif value is not None:
                file.write(struct.pack("<d" if isinstance(value, float) else "<i", value))
        file.write(
            values.astype({8: "<u1", 16: "<u2", 32: "<f4"}.get(header["nbits"], "<f4")).tobytes()
        )
    return path

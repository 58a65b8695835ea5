"""What a telescope's file says of itself in, a checked header out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np

from abacad.observe.listing import BadObservation

TELESCOPES = {1: "Arecibo", 4: "Parkes", 6: "GBT", 7: "GMRT", 8: "Effelsberg", 64: "MeerKAT"}

# The keys that are read, and the type of each. Others do not matter here.
NEEDED = {"fch1": float, "foff": float, "nchans": int, "tsamp": float, "tstart": float}
OPTIONAL = {
    "nifs": (int, 1),
    "nbeams": (int, 1),
    "nbits": (int, 32),
    "telescope_id": (int, 0),
    "source_name": (str, ""),
    "src_raj": (float, None),
    "src_dej": (float, None),
}


@dataclass(frozen=True)
class Header:
    """One filterbank file, as its header has it, or with some of its channels and spectra taken together.

    fch1     middle of channel 0, MHz
    foff     from one channel to the next, MHz; if it is negative, channel 0 is the highest
    tsamp    s; tstart: MJD of the first spectrum
    spectra  number of spectra that the file holds
    ra, dec  of the source, hours and degrees; None: the file does not say
    channels_in_one, spectra_in_one  how many of the file's are one here
    """

    path: str
    fch1: float
    foff: float
    nchans: int
    tsamp: float
    tstart: float
    spectra: int
    source: str
    telescope: str
    ra: float | None
    dec: float | None
    channels_in_one: int = 1
    spectra_in_one: int = 1

    def scrunched(self, channels: int, spectra: int) -> "Header":
        """The header of the file's means over so many channels and spectra. What is over at the ends goes."""
        return replace(
            self,
            fch1=self.fch1 + (channels - 1) / 2 * self.foff,
            foff=self.foff * channels,
            nchans=self.nchans // channels,
            tsamp=self.tsamp * spectra,
            spectra=self.spectra // spectra,
            channels_in_one=channels,
            spectra_in_one=spectra,
        )

    @property
    def lowest(self) -> float:
        """The lower edge of the band, MHz."""
        return min(self.fch1, self.fch1 + (self.nchans - 1) * self.foff) - abs(self.foff) / 2


def parse_header(path: str, values: Mapping[str, Any], spectra: int) -> Header:
    """The header of a file from the keys of blimpy and SIGPROC; RA and Dec in hours and degrees.

    BadObservation: a key is missing, is of another type, or has a value that is not allowed.
    """
    for key in NEEDED:
        if key not in values:
            raise BadObservation(f"{path}: its header has no {key}")
    read = {key: _as(path, key, values[key], kind) for key, kind in NEEDED.items()}
    for key, (kind, default) in OPTIONAL.items():
        read[key] = _as(path, key, values[key], kind) if key in values else default
    for key, allowed, holds in (
        ("nchans", "at least 1", read["nchans"] >= 1),
        ("tsamp", "above 0 seconds", read["tsamp"] > 0),
        ("foff", "other than 0 MHz", read["foff"] != 0),
        ("fch1", "above 0 MHz", read["fch1"] > 0),
        ("nifs", "1, the total power of one beam", read["nifs"] == 1),
        ("nbeams", "1", read["nbeams"] <= 1),
    ):
        if not holds:
            raise BadObservation(f"{path}: {key} is {read[key]}; allowed: {allowed}")
    telescope = read["telescope_id"]
    return Header(
        path=path,
        **{key: read[key] for key in NEEDED},
        spectra=spectra,
        source=read["source_name"],
        telescope=TELESCOPES.get(telescope, f"telescope {telescope}"),
        ra=read["src_raj"],
        dec=read["src_dej"],
    )


def _as(path: str, key: str, value: Any, kind: type) -> Any:
    """A value of a header as this type: strings may be bytes, and numbers may be NumPy's."""
    try:
        if kind is str:
            text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
            return text.strip().strip("\0")
        number = kind(value)
        if number != float(value) or not isfinite(number):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        allowed = {int: "a whole number", float: "a number"}[kind]
        shown = value.item() if isinstance(value, np.generic) else value
        raise BadObservation(f"{path}: {key} is {shown!r}; allowed: {allowed}") from None
    return number

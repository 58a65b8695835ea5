"""The files of a cadence in, an observation out: scans in the order of time, and which of them are ON.

Nothing but headers is read, so that every mistake is known before the first band is.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from abacad.cadences.layout import FREQUENCY_BIN, TIME_BIN, TIME_BINS
from abacad.observe.filterbank import read_header
from abacad.observe.header import Header
from abacad.observe.listing import BadObservation, Files
from abacad.tables.files import read_json, write_json

CLOSE = 0.01  # how far a product's resolution may be from that of the panels that models know
SAME = 1e-6  # relative; headers of one recorder are equal but for rounding


@dataclass(frozen=True)
class Scan:
    """One file of an observation. on: whether the telescope looked at the target."""

    header: Header
    on: bool


@dataclass(frozen=True)
class Observation:
    """A cadence as the telescope took it: scans in the order of time."""

    name: str
    scans: tuple[Scan, ...]

    @property
    def band(self) -> Header:
        """The header of the first scan, whose frequencies and resolution are those of all."""
        return self.scans[0].header

    @property
    def seconds(self) -> float:
        """From the first spectrum that is searched to the last one."""
        days = self.scans[-1].header.tstart - self.scans[0].header.tstart
        return days * 86400 + TIME_BINS * self.band.tsamp


def observation_of(name: str, files: Files, pattern: str) -> Observation:
    """The observation of some files.

    pattern  the order of pointings, a letter each; the letter that comes first is the target
    BadObservation: a file cannot be read, there are too few or too many, they differ in what they must share,
    they are of another product, too short, or no source is seen as often as `pattern` asks for.
    """
    headers = sorted((read_header(path) for path in files), key=lambda header: header.tstart)
    at = f"cadence {name}"
    if len(headers) != len(pattern):
        raise BadObservation(f"{at}: {len(headers)} files; allowed: {len(pattern)}, as {pattern}")
    _check_alike(at, headers)
    for header in headers:
        _check_product(at, header)
    on = _on(at, headers, [files[header.path] for header in headers], pattern)
    return Observation(name, tuple(map(Scan, headers, on)))


def write_observation(path: str | Path, observation: Observation) -> None:
    """JSON, to be read by `read_observation`."""
    write_json(path, asdict(observation))


def read_observation(path: str | Path) -> Observation:
    """The observation that was written."""
    values = read_json(path)
    scans = [Scan(Header(**scan["header"]), scan["on"]) for scan in values["scans"]]
    return Observation(values["name"], tuple(scans))


def _check_alike(at: str, headers: Sequence[Header]) -> None:
    first = headers[0]
    for header in headers[1:]:
        for key in ("fch1", "foff", "nchans", "tsamp"):
            one, other = getattr(first, key), getattr(header, key)
            # Half a channel would already show a signal at another place.
            limit = abs(first.foff) / 100 if key == "fch1" else SAME * abs(one)
            if abs(one - other) > limit:
                raise BadObservation(
                    f"{at}: {key} is {other} in {header.path}, but {one} in {first.path}; allowed: the same "
                    "in all files of a cadence"
                )
    for one, other in zip(headers, headers[1:], strict=False):
        if one.tstart == other.tstart:
            raise BadObservation(f"{at}: {one.path} and {other.path} begin at the same tstart")


def _check_product(at: str, header: Header) -> None:
    for key, found, allowed in (
        ("foff", abs(header.foff) * 1e6, FREQUENCY_BIN),
        ("tsamp", header.tsamp, TIME_BIN),
    ):
        if abs(found / allowed - 1) > CLOSE:
            unit = {"foff": "Hz", "tsamp": "s"}[key]
            raise BadObservation(
                f"{at}: {header.path}: {key} is {found:g} {unit}; allowed: {allowed:g} {unit}, the "
                "medium-resolution product (.0002)"
            )
    if header.spectra < TIME_BINS:
        raise BadObservation(
            f"{at}: {header.path}: {header.spectra} spectra; allowed: at least {TIME_BINS}"
        )


def _on(
    at: str, headers: Sequence[Header], sides: Sequence[str | None], pattern: str
) -> list[bool]:
    """Whether each scan is ON: as the table says, or by the source that is seen as often as the target."""
    expected = [letter == pattern[0] for letter in pattern]
    if all(sides):
        on = [side == "on" for side in sides]
    elif any(sides):
        raise BadObservation(f"{at}: some files have a side, and others none; allowed: all or none")
    else:
        counts = Counter(header.source for header in headers)
        wanted = [name for name, count in counts.items() if count == sum(expected)]
        if len(wanted) > 1 and headers[0].source in wanted:
            wanted = [headers[0].source]  # as in ABABAB
        if len(wanted) != 1:
            seen = ", ".join(f"{name or 'no name'} {count} times" for name, count in counts.items())
            raise BadObservation(
                f"{at}: seen are {seen}; allowed: one source {sum(expected)} times, or a column side"
            )
        on = [header.source == wanted[0] for header in headers]
    if on != expected:
        found = "".join("ON " if one else "OFF " for one in on).strip()
        raise BadObservation(f"{at}: in the order of tstart, it is {found}; allowed: {pattern}")
    return on

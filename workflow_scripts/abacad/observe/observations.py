"""The files of a cadence in, an observation out: scans in the order of time, and which of them are ON; or
cadences that are cut already.

Nothing but headers is read, so that every mistake is known before the first band is.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from abacad.cadences.cadence import BadCadence, check_shape, shape_of_file
from abacad.cadences.layout import PANELS, PanelShape
from abacad.cadences.pointings import stretches
from abacad.observe.filterbank import read_header
from abacad.observe.header import Header
from abacad.observe.listing import BadObservation, Files
from abacad.tables.files import read_json, write_json

CLOSE = 0.01  # how far a product's resolution may be from that of `data.shape`
SAME = 1e-6  # relative; headers of one recorder are equal but for rounding


@dataclass(frozen=True)
class Scan:
    """One file of an observation. on: whether the telescope looked at the target."""

    header: Header
    on: bool


@dataclass(frozen=True)
class Observation:
    """A cadence as the telescope took it: scans in the order of time.

    shape     of the panels that are cut of it
    one_band  whether its snippets are of one band, so that two of them may show the same signal
    """

    name: str
    scans: tuple[Scan, ...]
    shape: PanelShape
    one_band: ClassVar[bool] = True

    @property
    def band(self) -> Header:
        """The header of the first scan, whose frequencies and resolution are those of all."""
        return self.scans[0].header

    @property
    def channel(self) -> float:
        """Its width, MHz."""
        return abs(self.band.foff)

    @property
    def seconds(self) -> float:
        """From the first spectrum that is searched to the last one."""
        days = self.scans[-1].header.tstart - self.scans[0].header.tstart
        return days * 86400 + self.shape.time_bins * self.band.tsamp

    def facts(self, snippet: str) -> dict[str, Any]:
        """What is known of a snippet: file_1 to file_6; source, telescope, mjd, ra (h), dec (deg)."""
        names = ("source", "telescope", "ra", "dec")
        known = {name: getattr(self.band, name) for name in names} | {"mjd": self.band.tstart}
        paths = [scan.header.path for scan in self.scans]
        return known | {f"file_{number}": path for number, path in enumerate(paths, start=1)}


@dataclass(frozen=True)
class ReadyCadences:
    """Cadences that somebody has cut already: .npy files in the layout of the raw data.

    Where they are in the band is unknown. Their frequencies are in MHz from the lower edge of each.

    paths  by the cadence's id
    shape  of their panels
    """

    name: str
    paths: dict[str, str]
    shape: PanelShape
    one_band: ClassVar[bool] = False

    @property
    def channel(self) -> float:
        """Its width, MHz."""
        return self.shape.frequency_bin / 1e6

    @property
    def seconds(self) -> float:
        """From the first spectrum to the last one, if no panel waited for another."""
        return PANELS * self.shape.seconds

    def facts(self, snippet: str) -> dict[str, Any]:
        """What is known of a cadence: source, its name; file_1."""
        return {"source": snippet, "file_1": self.paths[snippet]}


def observation_of(
    name: str, files: Files, shape: PanelShape, pattern: str, stretch: int = 0
) -> Observation:
    """The observation of some files.

    shape    of the panels that will be cut: files may be finer by whole factors
    pattern  the order of pointings, a letter each; the letter that comes first is the target
    stretch  which six of them, see `abacad.cadences.pointings.stretches`
    BadObservation: a file cannot be read, there are too few or too many, they differ in what they must share,
    they are of another product, too short, or no source is seen as often as `pattern` asks for.
    """
    headers = sorted((read_header(path) for path in files), key=lambda header: header.tstart)
    at = f"cadence {name}"
    if len(headers) != len(pattern):
        raise BadObservation(f"{at}: {len(headers)} files; allowed: {len(pattern)}, as {pattern}")
    _check_alike(at, headers)
    headers = [_scrunched(at, header, shape) for header in headers]
    on = _on(at, headers, [files[header.path] for header in headers], pattern)
    scans = [*map(Scan, headers, on)]
    return Observation(name, tuple(scans[place] for place in stretches(pattern)[stretch]), shape)


def ready_cadences(name: str, files: Files, shape: PanelShape) -> ReadyCadences:
    """The cadences of some .npy files. BadObservation: one is no cadence of this shape, or two have the same
    name."""
    paths: dict[str, str] = {}
    for path in files:
        try:
            check_shape(shape_of_file(path), shape)
        except BadCadence as error:
            raise BadObservation(f"cadence {name}: {path}: {error}") from None
        known = paths.setdefault(Path(path).stem, path)
        if known != path:
            raise BadObservation(
                f"cadence {name}: {known} and {path} have the same name; allowed: each its own, for they are "
                "called by it"
            )
    return ReadyCadences(name, dict(sorted(paths.items())), shape)


def write_observation(path: str | Path, observation: Observation | ReadyCadences) -> None:
    """JSON, to be read by `read_observation`."""
    write_json(path, asdict(observation))


def read_observation(path: str | Path) -> Observation | ReadyCadences:
    """The observation that was written."""
    values = read_json(path)
    shape = PanelShape(**values["shape"])
    if "paths" in values:
        return ReadyCadences(values["name"], values["paths"], shape)
    scans = [Scan(Header(**scan["header"]), scan["on"]) for scan in values["scans"]]
    return Observation(values["name"], tuple(scans), shape)


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


def _scrunched(at: str, header: Header, shape: PanelShape) -> Header:
    """In the resolution of panels. BadObservation: it has another one, or too few spectra or channels."""
    together = []
    for key, found, allowed, unit, setting in (
        ("foff", abs(header.foff) * 1e6, shape.frequency_bin, "Hz", "frequency_bin"),
        ("tsamp", header.tsamp, shape.time_bin, "s", "time_bin"),
    ):
        count = round(allowed / found)
        if not count or abs(count * found / allowed - 1) > CLOSE:
            raise BadObservation(
                f"{at}: {header.path}: {key} is {found:g} {unit}; allowed: {allowed:g} {unit}, which is "
                f"data.shape.{setting}, or a whole fraction of it"
            )
        together.append(count)
    header = header.scrunched(*together)
    if header.spectra < shape.time_bins:
        raise BadObservation(
            f"{at}: {header.path}: {header.spectra} spectra of {header.tsamp:.4g} s; allowed: at least "
            f"{shape.time_bins}, which is data.shape.time_bins"
        )
    if header.nchans < shape.frequency_bins:
        raise BadObservation(
            f"{at}: {header.path}: {header.nchans} channels of {abs(header.foff) * 1e6:.4g} Hz; allowed: at "
            f"least {shape.frequency_bins}, which is data.shape.frequency_bins"
        )
    return header


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

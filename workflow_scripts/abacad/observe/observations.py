"""A table of files, or a folder, in; observations out: the files of each cadence in the order of time, and
which of them are ON.

Nothing but headers is read, so that every mistake is known before the first band is.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from abacad.cadences.layout import FREQUENCY_BIN, POINTINGS, TIME_BIN, TIME_BINS
from abacad.observe.filterbank import FORMATS, read_header
from abacad.observe.header import BadObservation, Header
from abacad.tables.files import read_tsv

SIDES = ("on", "off")
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


def read_observations(source: str | Path, pattern: str = POINTINGS) -> list[Observation]:
    """The observations that a table or a folder names, sorted by name.

    source   TSV with the columns cadence and file, and side (on or off) if you like; files are relative to
             its folder. Or a folder with a folder of files for each cadence
    pattern  the order of pointings, a letter each; the letter that comes most often is the target
    BadObservation: with a line for each mistake; see `observation_of`.
    """
    found, mistakes = [], []
    for name, files in sorted(_files(Path(source)).items()):
        try:
            found.append(observation_of(name, files, pattern))
        except BadObservation as error:
            mistakes.append(str(error))
    if mistakes:
        raise BadObservation("\n".join(mistakes))
    return found


def observation_of(name: str, files: Mapping[str, str | None], pattern: str) -> Observation:
    """The observation of some files, and the side of each or None.

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


def _files(source: Path) -> dict[str, dict[str, str | None]]:
    """By cadence: the side of each file, or None."""
    found: dict[str, dict[str, str | None]] = {}
    if source.is_dir():
        for path in sorted(source.glob("*/*")):
            if path.suffix in FORMATS:
                found.setdefault(path.parent.name, {})[str(path)] = None
        if not found:
            raise BadObservation(f"{source}: no files <cadence>/*; allowed: {', '.join(FORMATS)}")
        return found
    for row in read_tsv(source, ["cadence", "file"]):
        path, side = str(source.parent / row["file"]), row.get("side") or None
        if side not in (*SIDES, None):
            raise BadObservation(f"{source}: side of {row['file']} is {side!r}; allowed: on, off")
        if path in found.setdefault(row["cadence"], {}):
            raise BadObservation(f"{source}: {row['file']} is twice in cadence {row['cadence']}")
        found[row["cadence"]][path] = side
    if not found:
        raise BadObservation(f"{source}: no rows")
    return found


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
    target = max(pattern, key=pattern.count)
    expected = [letter == target for letter in pattern]
    if all(sides):
        on = [side == "on" for side in sides]
    elif any(sides):
        raise BadObservation(f"{at}: some files have a side, and others none; allowed: all or none")
    else:
        counts = Counter(header.source for header in headers)
        wanted = [name for name, count in counts.items() if count == sum(expected)]
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

"""Six files are an observation if they belong together, in any order; else the refusal says why not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_files import CHANNEL, spectra, write_hdf5, write_sigproc

from abacad.cadences.layout import COMPETITION, PanelShape
from abacad.observe.listing import BadObservation
from abacad.observe.observations import (
    observation_of,
    read_observation,
    ready_cadences,
    write_observation,
)

VALUES = spectra(279, 256)
SOURCES = ("HIP1", "HIP2", "HIP1", "HIP3", "HIP1", "HIP4")


def write_scans(
    folder: Path, changed: dict[int, dict[str, Any]] | None = None, **all_of_them
) -> list[Path]:
    """Six files, ABACAD; `changed` has what differs in the header of some, or their number of spectra."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, source in enumerate(SOURCES):
        header = {"source_name": source, "tstart": 57803 + 0.004 * number}
        header |= all_of_them | (changed or {}).get(number, {})
        values = VALUES[: header.pop("spectra", len(VALUES))]
        paths.append(write_hdf5(folder / f"{9 - number}.h5", values, **header))
    return paths


def observed(paths: list[Path], sides=None, pattern: str = "ABACAD"):
    sides = sides or [None] * len(paths)
    return observation_of(
        "c1", dict(zip(map(str, paths), sides, strict=True)), COMPETITION, pattern
    )


def test_scans_come_in_the_order_of_time_and_on_is_the_source_seen_three_times(tmp_path):
    paths = write_scans(tmp_path)
    observation = observed(paths[::-1])
    assert [scan.header.path for scan in observation.scans] == [str(path) for path in paths]
    assert [scan.on for scan in observation.scans] == [True, False] * 3
    assert observation.band.nchans == 256 and observation.band.foff == CHANNEL


def test_formats_and_lengths_may_differ(tmp_path):
    paths = write_scans(tmp_path, {2: {"spectra": 273}})
    paths[1] = write_sigproc(tmp_path / "b.fil", VALUES, source_name="HIP2", tstart=57803.004)
    assert len(observed(paths).scans) == 6


def test_a_table_may_tell_the_sides_where_names_do_not(tmp_path):
    paths = write_scans(tmp_path, source_name="field")
    with pytest.raises(BadObservation, match="seen are field 6 times; allowed: one source 3 times"):
        observed(paths)
    assert [scan.on for scan in observed(paths, ["on", "off"] * 3).scans] == [True, False] * 3
    with pytest.raises(BadObservation, match="it is ON ON OFF OFF ON OFF; allowed: ABACAD"):
        observed(paths, ["on", "on", "off", "off", "on", "off"])
    with pytest.raises(BadObservation, match="some files have a side, and others none"):
        observed(paths, ["on", None] * 3)


def test_other_patterns(tmp_path):
    sources = {number: {"source_name": name} for number, name in enumerate("ABABAB")}
    paths = write_scans(tmp_path, sources)
    assert [scan.on for scan in observed(paths, pattern="ABABAB").scans] == [True, False] * 3
    with pytest.raises(BadObservation, match="it is ON OFF ON OFF ON OFF; allowed: AABBAB"):
        observed(paths, pattern="AABBAB")


@pytest.mark.parametrize("stretch", [0, 1])
def test_of_more_scans_six_are_searched_at_a_time(tmp_path, stretch):
    paths = write_scans(tmp_path)
    for number in (6, 7):
        header = {"source_name": ("HIP1", "HIP5")[number - 6], "tstart": 57803 + 0.004 * number}
        paths.append(write_hdf5(tmp_path / f"late{number}.h5", VALUES, **header))
    files = dict.fromkeys(map(str, paths))
    observation = observation_of("c1", files, COMPETITION, "ABACADAE", stretch)
    first = 2 * stretch
    assert [scan.header.path for scan in observation.scans] == [*files][first : first + 6]
    assert [scan.on for scan in observation.scans] == [True, False] * 3


def test_cadences_that_are_cut_already_are_checked_by_their_headers(tmp_path):
    panels = np.zeros((6, 273, 256), "<f2")
    paths = [str(tmp_path / name) for name in ("b.npy", "a.npy")]
    for path in paths:
        np.save(path, panels)
    observation = ready_cadences("night", dict.fromkeys(paths), COMPETITION)
    assert [*observation.paths] == ["a", "b"]
    assert observation.facts("a") == {"source": "a", "file_1": paths[1]}
    write_observation(tmp_path / "observation.json", observation)
    assert read_observation(tmp_path / "observation.json") == observation


@pytest.mark.parametrize(
    ("panels", "said"),
    [
        (np.zeros((6, 273, 128), "<f2"), r"shape \(6, 273, 128\), must be \(6, 273, 256\)"),
        (np.zeros((6, 273, 256), "<f4"), "dtype <f4, must be <f2"),
        (None, "truncated: 1000 bytes"),
    ],
)
def test_what_is_no_cadence_is_refused_by_name(tmp_path, panels, said):
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((6, 273, 256), "<f2") if panels is None else panels)
    if panels is None:
        path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(BadObservation, match=f"cadence night: .*a.npy: {said}"):
        ready_cadences("night", {str(path): None}, COMPETITION)


def test_two_cadences_of_one_name_are_refused(tmp_path):
    paths = [tmp_path / folder / "a.npy" for folder in "01"]
    for path in paths:
        path.parent.mkdir()
        np.save(path, np.zeros((6, 273, 256), "<f2"))
    with pytest.raises(BadObservation, match="0/a.npy and .*1/a.npy have the same name"):
        ready_cadences("night", dict.fromkeys(map(str, paths)), COMPETITION)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {3: {"fch1": 1501.0}},
            "fch1 is 1501.0 in .*6.h5, but 1500.0 in .*9.h5; allowed: the same",
        ),
        ({3: {"foff": 1.001 * CHANNEL}}, "foff is "),
        ({3: {"foff": -CHANNEL}}, "foff is "),
        ({3: {"tsamp": 1.0738}}, "tsamp is 1.0738 in"),
        ({4: {"tstart": 57803.0}}, "begin at the same tstart"),
        ({0: {"spectra": 272}}, "272 spectra of 1.074 s; allowed: at least 273"),
        ({1: {"source_name": "HIP1"}}, "seen are HIP1 4 times, "),
        ({1: {"tstart": 57804.0}}, "it is ON ON OFF ON OFF OFF; allowed: ABACAD"),
    ],
)
def test_files_that_do_not_belong_together_are_refused_by_name(tmp_path, changed, said):
    with pytest.raises(BadObservation, match=f"cadence c1: .*{said}"):
        observed(write_scans(tmp_path, changed))


def test_another_product_is_refused(tmp_path):
    paths = write_scans(tmp_path, foff=-2.7939677238464355e-06, tsamp=18.253611008)
    with pytest.raises(
        BadObservation, match="tsamp is 18.2536 s; allowed: 1.07374 s, which is data.shape.time_bin"
    ):
        observed(paths)


def test_a_shape_of_the_config_allows_it_and_refuses_what_was_allowed(tmp_path):
    shape = PanelShape(130, 64, 2.0, 3000.0)
    paths = write_scans(tmp_path / "own", foff=-0.0015, tsamp=1.0)
    made = observation_of("c1", dict.fromkeys(map(str, paths)), shape, "ABACAD")
    assert (made.band.foff, made.band.tsamp) == (pytest.approx(-0.003), 2.0)
    assert made.channel == pytest.approx(0.003)
    assert made.seconds == pytest.approx(5 * 0.004 * 86400 + 260, abs=0.01)
    paths = write_scans(tmp_path / "medium")
    match = "foff is 2861.02 Hz; allowed: 3000 Hz, which is data.shape.frequency_bin, or a whole"
    with pytest.raises(BadObservation, match=match):
        observation_of("c1", dict.fromkeys(map(str, paths)), shape, "ABACAD")
    for shape, match in (
        (PanelShape(280, 64), "allowed: at least 280, which is data.shape.time_bins"),
        (PanelShape(273, 320), "256 channels of 2861 Hz; allowed: at least 320, which is data.sha"),
    ):
        with pytest.raises(BadObservation, match=match):
            observation_of("c1", dict.fromkeys(map(str, paths)), shape, "ABACAD")


@pytest.mark.parametrize(
    ("foff", "tsamp"), [(1.5 * CHANNEL, 1.073741824), (CHANNEL, 0.75), (CHANNEL, 2.147483648)]
)
def test_what_is_no_whole_fraction_of_the_product_is_refused(tmp_path, foff, tsamp):
    with pytest.raises(BadObservation, match="or a whole fraction of it"):
        observed(write_scans(tmp_path, foff=foff, tsamp=tsamp))


def test_a_finer_product_is_taken_together(tmp_path):
    paths = write_scans(tmp_path, foff=CHANNEL / 4, tsamp=1.073741824 / 3)
    with pytest.raises(BadObservation, match="93 spectra of 1.074 s; allowed: at least 273"):
        observed(paths)


def test_another_number_of_files_is_refused(tmp_path):
    with pytest.raises(BadObservation, match="cadence c1: 5 files; allowed: 6, as ABACAD"):
        observed(write_scans(tmp_path)[:5])


def test_an_observation_is_written_and_read_back_as_it_is(tmp_path):
    observation = observed(write_scans(tmp_path))
    write_observation(tmp_path / "observation.json", observation)
    assert read_observation(tmp_path / "observation.json") == observation


def test_its_seconds_are_from_the_first_spectrum_to_the_last_one_that_is_searched(tmp_path):
    observation = observed(write_scans(tmp_path))
    assert observation.seconds == pytest.approx(5 * 0.004 * 86400 + 273 * 1.073741824, rel=1e-6)

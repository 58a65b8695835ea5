"""Simulated observations are files of a telescope, and hold what their truth says and nothing else."""

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  it registers the compression
import numpy as np
import pytest

from abacad.cadences.layout import COMPETITION, OFF_PANELS, ON_PANELS, PANELS, POINTINGS
from abacad.observe.bands import parts, read_bands
from abacad.observe.listing import list_observations
from abacad.observe.observations import Observation, observation_of
from abacad.simulate import observations as module
from abacad.simulate.background import quiet_noise
from abacad.simulate.observations import Observations, simulate_observations
from abacad.simulate.scans import coarse_response, write_scan
from abacad.tables.files import read_tsv
from simulate import simulate_observations as script

_, TIME_BINS, _ = COMPETITION.of_cadence

SETTINGS = Observations(coarse=4, snr=400, drift_rate=-40, frequency=1399.25, seed=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One observation with a needle and one without, of four coarse channels."""
    folder = tmp_path_factory.mktemp("observations")
    simulate_observations(SETTINGS, folder)
    return folder


def observed(folder: Path) -> dict[str, Observation]:
    listed = list_observations(folder / "observations.tsv")
    return {
        name: observation_of(name, files, COMPETITION, POINTINGS) for name, files in listed.items()
    }


def truth(folder: Path, cadence: str, kind: str) -> list[dict]:
    rows = read_tsv(folder / "truth.tsv")
    return [row for row in rows if row["cadence"] == cadence and row["kind"] == kind]


def recorded(observation: Observation) -> np.ndarray:
    """(panel, time=279, channel), the lowest frequency first, as it is in the files."""
    panels = []
    for scan in observation.scans:
        with h5py.File(scan.header.path) as file:
            panels.append(file["data"][:, 0][:, ::-1])
    return np.stack(panels).astype(np.float64)


def along(panels: np.ndarray, row: dict, beside: int = 0) -> np.ndarray:
    """How far the sum along a signal's path is above that of its neighbours, in deviations, (panel,).

    Lost packets are left out; `beside` moves the path by so many channels.
    """
    start = (1e6 * float(row["frequency"]) - SETTINGS.lowest) / COMPETITION.frequency_bin + beside
    bins = TIME_BINS * np.arange(PANELS)[:, None] + np.arange(panels.shape[1])
    drift = float(row["drift_rate"]) * COMPETITION.time_bin / COMPETITION.frequency_bin
    path = np.rint(start + drift * (bins - (PANELS * TIME_BINS - 1) / 2)).astype(int)
    level = np.median(panels, axis=2)
    panel, time = np.ogrid[:PANELS, : panels.shape[1]]
    on_path = panels[panel, time, path]
    around = [panels[panel, time, path + step] for step in (-7, -6, -5, 5, 6, 7)]
    higher = on_path - np.median(around, axis=0)
    good = level > 0.5 * np.median(level)
    sums = np.where(good, higher / np.where(good, level, 1), 0).sum(1)
    return sums / (quiet_noise(COMPETITION) * np.sqrt(good.sum(1)))


def test_the_files_are_two_observations_of_a_telescope(folder):
    found = observed(folder)
    assert [*found] == ["needle", "rfi"]
    for observation in found.values():
        assert [scan.on for scan in observation.scans] == [True, False] * 3
        sources = Counter(scan.header.source for scan in observation.scans)
        assert sorted(sources.values()) == [1, 1, 1, 3]
        headers = [scan.header for scan in observation.scans]
        assert {header.spectra for header in headers} == {279}
        starts = np.diff([header.tstart for header in headers]) * 86400
        np.testing.assert_allclose(starts, TIME_BINS * COMPETITION.time_bin, atol=1e-3)
        band = observation.band
        assert (band.telescope, band.nchans, band.tsamp) == ("GBT", 4096, COMPETITION.time_bin)
        assert band.foff == pytest.approx(-COMPETITION.frequency_bin / 1e6, rel=1e-12)
        middle = band.fch1 + band.foff * (band.nchans - 1) / 2
        assert middle == pytest.approx(1400, abs=1e-6)
    places = {(one.header.ra, one.header.dec) for one in found["needle"].scans}
    assert len(places) == 4  # the target's and those of three other sources


def test_the_layout_is_that_of_blimpy(folder):
    path = observed(folder)["needle"].scans[0].header.path
    with h5py.File(path) as file:
        assert (file.attrs["CLASS"], file.attrs["VERSION"]) == ("FILTERBANK", "1.0")
        data = file["data"]
        assert data.shape == (279, 1, 4096) and data.dtype == np.float32
        assert data.id.get_create_plist().get_filter(0)[0] == 32008  # Bitshuffle
        assert data.id.get_create_plist().get_filter(0)[2][-1] == 2  # with LZ4
        assert data.attrs["nbits"] == 32 and data.attrs["nifs"] == 1


def test_a_needle_is_in_the_on_panels_alone_where_its_truth_says(folder):
    (row,) = truth(folder, "needle", "needle")
    assert row["frequency"] == "1399.250000"
    assert float(row["snr"]) == SETTINGS.snr and float(row["drift_rate"]) == SETTINGS.drift_rate
    panels = recorded(observed(folder)["needle"])
    same = np.random.default_rng(module.seed_of(SETTINGS.seed, "needle"))
    without, signals = module.observe(SETTINGS, False, same)
    np.testing.assert_array_equal(panels[[*OFF_PANELS]], without[[*OFF_PANELS]])
    assert {signal["kind"] for signal in signals} == {"carrier"}
    gained = along(panels, row) - along(without.astype(float), row)
    # Of a Gaussian one channel wide, the nearest channel has a part.
    assert np.all(gained[[*ON_PANELS]] > 0.5 * SETTINGS.snr / 3**0.5)


def test_a_needle_goes_on_from_panel_to_panel(folder):
    (row,) = truth(folder, "needle", "needle")
    panels = recorded(observed(folder)["needle"])
    best = max(range(-3, 4), key=lambda beside: along(panels, row, beside)[[*ON_PANELS]].min())
    assert best == 0


def test_the_other_observation_has_none(folder):
    assert not truth(folder, "rfi", "needle") and truth(folder, "rfi", "carrier")


def test_a_needle_has_the_snr_asked_for():
    signal = module.needle_at(1400e6, SETTINGS, np.random.default_rng(0))[:, :TIME_BINS]
    assert signal.shape == (3, TIME_BINS, 4096)
    assert np.linalg.norm(signal) / quiet_noise(COMPETITION) == pytest.approx(SETTINGS.snr)


def test_carriers_are_in_all_panels_with_another_strength_in_each(folder):
    for name, observation in observed(folder).items():
        panels = recorded(observation)
        seen = []
        for row in truth(folder, name, "carrier"):
            reach = (
                abs(float(row["drift_rate"])) * PANELS * TIME_BINS * COMPETITION.time_bin / 2
                + 8 * COMPETITION.frequency_bin
            )
            low, high = SETTINGS.lowest + reach, SETTINGS.highest - reach
            if low < 1e6 * float(row["frequency"]) < high and float(row["snr"]) > 150:
                seen.append(along(panels, row))
        assert seen, name
        everywhere = [snr for snr in seen if snr.min() > 5]
        assert everywhere and all(np.ptp(snr) > 0.2 * snr.max() for snr in everywhere), name


def test_carriers_stand_still_and_drift(folder):
    rates = [
        float(row["drift_rate"])
        for row in read_tsv(folder / "truth.tsv")
        if row["kind"] == "carrier"
    ]
    assert 0 in rates and any(rates)


def test_the_receiver_leaves_its_marks_and_they_can_be_taken_away(folder):
    observation = observed(folder)["rfi"]
    spectrum = recorded(observation)[:, :TIME_BINS].mean((0, 1)).reshape(4, 1024)
    level = np.median(spectrum)
    assert np.all(spectrum[:, 511] > 1.2 * level)
    assert np.all(spectrum[:, [0, -1]] < 0.65 * level)
    (band,) = read_bands(observation, parts(observation, 256))
    assert {*np.flatnonzero(band.masked) % 1024} == {*range(509, 514)}
    level = np.median(band.panels.mean((0, 1)).reshape(-1, 32), axis=1)
    assert np.abs(level / np.median(level) - 1).max() < 0.25


def test_a_coarse_channel_falls_to_a_half_at_its_edges_and_is_flat_amid():
    response = coarse_response(2).reshape(2, 1024)
    np.testing.assert_array_equal(response[0], response[1])
    np.testing.assert_allclose(response[0, [0, -1]], 0.5, atol=0.01)
    assert response[0, 256:768].min() > 0.95 and response.max() == 1


def test_packets_are_lost_in_some_panels_and_bursts_cross_the_band(folder):
    level = np.median(recorded(observed(folder)["rfi"]), axis=2)
    relative = level / np.median(level, axis=1, keepdims=True)
    assert (relative < 0.1).any(1).sum() >= 3
    assert (np.diff(relative, axis=1) > 0.02).any()


def test_equal_seeds_give_equal_bytes_and_others_do_not(folder, tmp_path):
    simulate_observations(replace(SETTINGS, blanks=0), tmp_path)  # whatever else is made
    for path in sorted(tmp_path.glob("needle/*.h5")):
        assert path.read_bytes() == (folder / "needle" / path.name).read_bytes()
    one, other = (np.random.default_rng(module.seed_of(seed, "needle")) for seed in (3, 4))
    assert module.draw_frequency(SETTINGS, one) != module.draw_frequency(SETTINGS, other)


def test_a_needle_is_drawn_where_the_receiver_leaves_no_mark():
    rng = np.random.default_rng(0)
    response = coarse_response(SETTINGS.coarse)
    places = []
    for _ in range(200):
        channel = (
            module.draw_frequency(SETTINGS, rng) - SETTINGS.lowest
        ) / COMPETITION.frequency_bin
        assert response[round(channel)] > 0.95
        assert abs(channel % 1024 - 511) > 100
        places.append(int(channel / 1024))
    assert {*places} == {0, 1, 2, 3}


def test_several_observations_have_names_and_pointings_of_their_own(monkeypatch, tmp_path):
    written = []
    monkeypatch.setattr(module, "write_scan", lambda *scan: written.append(scan))
    empty = np.zeros((6, 1, 4096), np.float32)
    monkeypatch.setattr(module, "observe", lambda *_: (empty, []))
    options = [
        "--folder",
        str(tmp_path),
        "--needles",
        "2",
        "--blanks",
        "1",
        "--coarse-channels",
        "4",
    ]
    monkeypatch.setattr(sys, "argv", ["simulate_observations.py", *options])
    script.main()
    rows = read_tsv(tmp_path / "observations.tsv")
    assert Counter(row["cadence"] for row in rows) == {"needle": 6, "needle2": 6, "rfi": 6}
    assert len({pointing.mjd for *_, pointing in written}) == 18
    assert len({pointing.source for *_, pointing in written}) == 12


def test_tables_never_name_files_of_another_simulation(monkeypatch, tmp_path):
    for name in ("observations.tsv", "truth.tsv"):
        (tmp_path / name).write_text("old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(module, "write_scan", fail)
    monkeypatch.setattr(module, "observe", lambda *_: (np.zeros((6, 1, 4096), np.float32), []))
    with pytest.raises(OSError, match="disk full"):
        simulate_observations(SETTINGS, tmp_path)
    assert not [*tmp_path.iterdir()]


def test_a_scan_that_cannot_be_written_leaves_nothing(monkeypatch, tmp_path):
    def fail(self, filename):
        Path(filename).write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr("setigen.Frame.save_hdf5", fail)
    spectra = np.ones((2, 1024), np.float32)
    with pytest.raises(OSError, match="disk full"):
        write_scan(tmp_path / "scan.h5", spectra, 1400e6, module.pointing_of(0, 0))
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--coarse-channels", "3"], "coarse channels: must be a whole number from 4 to 64, not 3"),
        (["--snr", "0"], "snr: must be a number from 1 to 10000, not 0"),
        (["--drift-rate", "nan"], "drift rate: must be a number from -150 to 150, not nan"),
        (["--frequency", "1500"], "frequency in MHz: must be a number from 1388"),
        (["--needles", "-1"], "needles: must be a whole number from 0 to 1000, not -1"),
        (
            ["--needles", "0", "--blanks", "0"],
            "needles and blanks: nothing to simulate, both are 0",
        ),
    ],
)
def test_settings_out_of_range_are_refused(monkeypatch, capsys, tmp_path, options, said):
    monkeypatch.setattr(sys, "argv", ["script", "--folder", str(tmp_path / "new"), *options])
    with pytest.raises(SystemExit):
        script.main()
    assert said in capsys.readouterr().err
    assert not (tmp_path / "new").exists()

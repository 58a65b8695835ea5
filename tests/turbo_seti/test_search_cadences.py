"""turboSETI gets panels that it can search, and the scores made of its hits are by its own rules."""

import io
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from search_cadences import (
    DRIFT,
    FIRST_DAY,
    FIRST_FREQUENCY,
    FREQUENCY,
    INPUTS,
    LEAST_SNR,
    MAX_DRIFT,
    NOISE_COLUMNS,
    PANEL,
    SNR,
    at_needle,
    averaged,
    best_cut,
    listed,
    search_cadence,
    search_panel,
    with_noise_columns,
    write_panel,
)
from turbo_seti.find_event.find_event import find_events

from abacad.cadences.layout import COMPETITION, ON_PANELS, PANELS

HEAD = "# {0}\n# File ID: x.h5 \n# {0}\n# Source:A\n# MJD: {1:.12f}\tRA: 0\tDEC: 0\n"
STEPS = "# DELTAT: 8.6\tDELTAF(Hz): 2861.0\tmax_drift_rate: {0}\tobs_length: {1}\n#\n#\n#\n"


def dat(panel: int, hits: np.ndarray) -> str:
    """A .dat file as FindDoppler writes it, of hits of one panel."""
    head = HEAD.format("-", FIRST_DAY + panel * COMPETITION.seconds / 86400)
    lines = [head, STEPS.format(MAX_DRIFT, COMPETITION.seconds)]
    for number, hit in enumerate(hits, 1):
        place = hit[FREQUENCY] + NOISE_COLUMNS
        frequency = FIRST_FREQUENCY + place * COMPETITION.frequency_bin / 1e6
        fields = (number, hit[DRIFT], hit[SNR], frequency, frequency, int(place), 0, 0, 0, 0, 0, 9)
        lines.append("\t".join(map(str, fields)) + "\n")
    return "".join(lines)


def line(drift: float, strength: float, panels: tuple[int, ...] = ON_PANELS) -> np.ndarray:
    """A cadence of noise and a line that drifts by so many bins a panel, from bin 100 of panel 0 on."""
    cadence = np.random.default_rng(0).standard_normal(COMPETITION.of_cadence)
    time = np.arange(COMPETITION.time_bins)
    for panel in panels:
        columns = np.rint(100 + drift * (panel + time / COMPETITION.time_bins)).astype(int)
        cadence[panel, time, columns] += strength
    return cadence.astype(np.float16)


def searched(cadence: np.ndarray, folder: Path) -> tuple:
    with redirect_stdout(io.StringIO()):
        return search_cadence(cadence, INPUTS["levelled"], folder, np.random.default_rng(0))


@pytest.mark.parametrize("drift", [-6, 6])
def test_a_line_of_either_drift_is_an_event_of_every_level_and_where_it_is(drift, tmp_path):
    hits, events, *_ = searched(line(drift, 2), tmp_path)
    assert all(len(events[level]) for level in (1, 2, 3))
    brightest = hits[hits[:, PANEL] == 2]
    brightest = brightest[brightest[:, SNR].argmax()]
    assert brightest[FREQUENCY] == pytest.approx(100 + 2 * drift, abs=2)
    assert brightest[DRIFT] == pytest.approx(
        drift * COMPETITION.unit_drift, abs=COMPETITION.unit_drift
    )


def test_a_panel_as_it_is_has_too_few_channels_for_its_sums(tmp_path):
    path = tmp_path / "panel.h5"
    write_panel(path, line(6, 20)[0].astype(np.float32), 0)
    with redirect_stdout(io.StringIO()):
        assert not len(search_panel(path))


def test_a_line_that_off_panels_show_too_is_no_event(tmp_path):
    _, events, *_ = searched(line(3, 2, panels=tuple(range(PANELS))), tmp_path)
    assert len(events[1]) and not len(events[2]) and not len(events[3])


def test_scores_are_the_highest_cut_that_leaves_find_events_an_event(tmp_path):
    random = np.random.default_rng(1)
    events_of_level = dict.fromkeys((1, 2, 3), 0)
    for _ in range(60):
        hits = some_hits(random)
        paths = [tmp_path / f"{panel}.dat" for panel in range(PANELS)]
        for panel, path in enumerate(paths):
            path.write_text(dat(panel, hits[hits[:, PANEL] == panel]))
        for level in events_of_level:
            best = best_cut(hits, level)
            events_of_level[level] += best > 0
            assert leaves_an_event(paths, best - 1e-6, level) == (best > 0)
            assert not leaves_an_event(paths, best + 1e-6, level)
    assert all(count > 20 for count in events_of_level.values())  # not all alike


def leaves_an_event(paths: list[Path], cut: float, level: int) -> bool:
    with redirect_stdout(io.StringIO()):
        table = find_events([*map(str, paths)], filter_threshold=level, SNR_cut=cut)
    return table is not None and len(table) > 0


def some_hits(random: np.random.Generator) -> np.ndarray:
    """A hit of a drifting line in each ON panel, and others anywhere: (hit, 4)."""
    drift = random.uniform(-MAX_DRIFT, MAX_DRIFT) * random.choice([0.1, 1])
    of_line = [
        (
            panel,
            120 + (drift / COMPETITION.unit_drift) * panel,
            drift,
            random.uniform(LEAST_SNR, 30),
        )
        for panel in ON_PANELS
    ]
    others = [
        (
            panel,
            random.integers(256),
            random.uniform(-MAX_DRIFT, MAX_DRIFT),
            random.uniform(LEAST_SNR, 30),
        )
        for panel in random.integers(PANELS, size=random.integers(5))
    ]
    return np.array(of_line + others, float)


def test_a_list_at_a_higher_snr_keeps_the_hits_above_it_that_begin_in_the_panel():
    hits = np.array([(0, 10, 5, 9.0), (0, 200, 5, 12.0), (0, -3, 5, 20.0), (0, 256, 5, 20.0)])
    text = dat(0, hits)
    assert listed(text, 10) == dat(0, hits[1:2]).replace("\n1\t", "\n2\t")
    assert listed(text, LEAST_SNR) == dat(0, hits[:2])


def test_noise_columns_have_the_spread_of_the_panel_and_none_of_its_lines():
    panel = line(0, 10)[0].astype(np.float32)
    wide = with_noise_columns(panel, np.random.default_rng(0))
    assert wide.shape == (COMPETITION.time_bins, 256 + 2 * NOISE_COLUMNS)
    assert (wide[:, NOISE_COLUMNS:-NOISE_COLUMNS] == panel).all()
    noise = np.delete(wide, np.s_[NOISE_COLUMNS:-NOISE_COLUMNS], axis=1)
    assert noise.std() == pytest.approx(1, abs=0.05)
    assert noise.sum(axis=0).max() < panel[:, 100].sum() / 10


def test_spectra_are_averaged_and_those_left_over_are_left_out():
    panel = np.arange(273.0)[:, np.newaxis] * np.ones((1, 4))
    assert (averaged(panel)[:, 0] == np.arange(34) * 8 + 3.5).all()


def test_a_hit_is_at_the_needle_where_its_path_passes_its_middle_in_a_panel_that_holds_it():
    needle = {"kind": "straight", "needle_time": [136.0, *[None] * 5]}
    needle["needle_frequency"] = [103.0, *[None] * 5]
    there = (0, 100, 6 * COMPETITION.unit_drift, 20)
    assert at_needle(np.array([there], float), needle)
    assert not at_needle(np.array([(2, *there[1:])], float), needle)  # another panel
    assert not at_needle(np.array([(0, 100, 60 * COMPETITION.unit_drift, 20)], float), needle)
    assert not at_needle(np.array([there], float), {"kind": None})
    assert not at_needle(np.empty((0, 4)), needle)

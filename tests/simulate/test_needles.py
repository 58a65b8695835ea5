"""A needle is what its parameters say: as bright, as narrow, drifting as fast, in ON panels alone."""

from itertools import product

import numpy as np
import pytest

from abacad.cadences.kinds import KINDS
from abacad.cadences.layout import ON_PANELS, TIME_BINS
from abacad.simulate.distributions import draw
from abacad.simulate.needles import UNIT_DRIFT, needle
from abacad.simulate.sky import MAX_NEEDLE_DRIFT, NEEDLES


def test_needle_has_the_snr_asked_for():
    rng = np.random.default_rng(1)
    for kind in KINDS:
        signal = needle(kind, 50, 2, 30, NEEDLES[kind], rng)
        assert np.sqrt(np.sum((signal / 2) ** 2)) == pytest.approx(50)


def test_straight_needle_drifts_on_through_the_off_panels():
    drift_rate = 8 * UNIT_DRIFT  # Hz/s, 8 bins a panel
    signal = needle("straight", 100, 1, drift_rate, NEEDLES["straight"], np.random.default_rng(2))
    centre = (signal * np.arange(256)).sum(axis=2)[[*ON_PANELS]] / signal.sum(axis=2)[[*ON_PANELS]]
    time = np.arange(6 * TIME_BINS).reshape(6, TIME_BINS)[[*ON_PANELS]]
    slope, start = np.polyfit(time.ravel(), centre.ravel(), 1)
    assert slope * TIME_BINS == pytest.approx(8, abs=0.01)
    np.testing.assert_allclose(centre, start + slope * time, atol=0.1)


def test_needles_stay_inside_their_snippet_and_are_narrow():
    rng = np.random.default_rng(3)
    for kind, drift_rate in product(KINDS, (-MAX_NEEDLE_DRIFT, 0)):
        rows = needle(kind, 100, 1, drift_rate, NEEDLES[kind], rng)[[*ON_PANELS]].reshape(-1, 256)
        bright = rows[rows.max(axis=1) > 0.5 * rows.max()]
        assert np.all(bright[:, [0, -1]] < 0.01 * rows.max())
        assert np.median((bright > 0.5 * bright.max(axis=1, keepdims=True)).sum(axis=1)) <= 3


def test_dot_is_seen_once_in_each_on_panel():
    signal = needle("dot", 100, 1, 0, NEEDLES["dot"], np.random.default_rng(4))
    in_time = signal.max(axis=2)  # (panel, time)
    bright = (in_time > 0.5 * in_time.max()).sum(axis=1)
    assert all(2 <= bright[panel] <= 13 for panel in ON_PANELS)


def test_an_s_shape_swings_as_far_and_as_often_as_asked():
    shape = {"width": 1, "period": 2, "amplitude": 20}
    signal = needle("s_shape", 100, 1, 0, shape, np.random.default_rng(6))
    column = signal[[*ON_PANELS]].argmax(axis=2)  # (ON panel, time)
    # Half the period passes in a panel, and ON panels follow one another at the same phase.
    np.testing.assert_allclose(column[0], column[1], atol=1)
    assert 20 <= np.ptp(column) <= 41


def test_values_are_drawn_from_the_distribution_that_is_named():
    rng = np.random.default_rng(0)
    many = {
        name: np.array([draw([name, *pair], rng) for _ in range(2000)])
        for name, pair in {"uniform": [2, 8], "log_uniform": [2, 8], "normal": [5, 2]}.items()
    }
    for name in ("uniform", "log_uniform"):
        assert many[name].min() >= 2 and many[name].max() <= 8
    assert np.median(many["uniform"]) == pytest.approx(5, abs=0.3)
    assert np.median(many["log_uniform"]) == pytest.approx(4, abs=0.3)
    assert many["normal"].std() == pytest.approx(2, abs=0.2)
    assert draw(3, rng) == 3


def test_an_unknown_distribution_is_named():
    with pytest.raises(ValueError, match=r"'gamma'.* must be a number, \[uniform"):
        draw(["gamma", 1, 2], np.random.default_rng(0))

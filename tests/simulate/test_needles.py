"""A needle is what its parameters say: as bright, as narrow, drifting as fast, in ON panels alone."""

from itertools import product

import numpy as np
import pytest

from abacad.cadences.layout import COMPETITION, ON_PANELS, PanelShape
from abacad.needles.distributions import draw
from abacad.needles.kinds import KINDS
from abacad.simulate.needles import needle
from abacad.simulate.settings import Simulation
from abacad.simulate.sky import NEEDLES, needles_in

_, TIME_BINS, _ = COMPETITION.of_cadence

ON = np.isin(np.arange(6), ON_PANELS)[:, None]
WHOLE = ON.repeat(TIME_BINS, axis=1)  # in all of the ON panels


def test_needle_has_the_snr_asked_for():
    rng = np.random.default_rng(1)
    for kind in KINDS:
        signal = needle(kind, 50, 2, 30, NEEDLES[kind], WHOLE, COMPETITION, rng)
        assert np.sqrt(np.sum((signal / 2) ** 2)) == pytest.approx(50)


SHAPES = (PanelShape(16, 256, 18.25, 2.8), PanelShape(39, 64, 7.5, 900), PanelShape(300, 512, 0.5))


@pytest.mark.parametrize("shape", SHAPES)
def test_in_panels_of_another_shape_too(shape):
    whole, rng = ON.repeat(shape.time_bins, axis=1), np.random.default_rng(1)
    for kind in KINDS:
        signal = needle(kind, 50, 2, shape.unit_drift, needles_in(shape)[kind], whole, shape, rng)
        assert signal.shape == shape.of_cadence and not signal[1::2].any()
        assert np.sqrt(np.sum((signal / 2) ** 2)) == pytest.approx(50)
    signal = needle("straight", 50, 2, 4 * shape.unit_drift, {"width": 1}, whole, shape, rng)
    places = signal.argmax(2)
    assert places[2, 0] - places[0, 0] == pytest.approx(8, abs=1)  # two panels later


def test_pulses_last_as_long_as_before_in_the_competitions_panels_and_two_bins_in_slow_ones():
    assert needles_in(COMPETITION) == NEEDLES
    slow = needles_in(PanelShape(16, 256, 18.25, 2.8))
    assert slow["dot"]["duration"] == ["uniform", 36.5, 109.5]
    assert slow["dashed"]["period"] == ["uniform", 182.5, 730]
    assert slow["s_shape"] == NEEDLES["s_shape"]


def test_a_needle_of_which_nothing_is_seen_is_refused():
    dark = np.zeros_like(WHOLE)
    with pytest.raises(ValueError, match="nothing is seen of a needle of kind dot"):
        needle("dot", 50, 2, 0, NEEDLES["dot"], dark, COMPETITION, np.random.default_rng(0))


def test_straight_needle_drifts_on_through_the_off_panels():
    drift_rate = 8 * COMPETITION.unit_drift  # Hz/s, 8 bins a panel
    signal = needle(
        "straight",
        100,
        1,
        drift_rate,
        NEEDLES["straight"],
        WHOLE,
        COMPETITION,
        np.random.default_rng(2),
    )
    centre = (signal * np.arange(256)).sum(axis=2)[[*ON_PANELS]] / signal.sum(axis=2)[[*ON_PANELS]]
    time = np.arange(6 * TIME_BINS).reshape(6, TIME_BINS)[[*ON_PANELS]]
    slope, start = np.polyfit(time.ravel(), centre.ravel(), 1)
    assert slope * TIME_BINS == pytest.approx(8, abs=0.01)
    np.testing.assert_allclose(centre, start + slope * time, atol=0.1)


def test_needles_stay_inside_their_snippet_and_are_narrow():
    rng = np.random.default_rng(3)
    for kind, drift_rate in product(KINDS, (-16 * COMPETITION.unit_drift, 0)):
        rows = needle(kind, 100, 1, drift_rate, NEEDLES[kind], WHOLE, COMPETITION, rng)[
            [*ON_PANELS]
        ].reshape(-1, 256)
        bright = rows[rows.max(axis=1) > 0.5 * rows.max()]
        assert np.all(bright[:, [0, -1]] < 0.01 * rows.max())
        assert np.median((bright > 0.5 * bright.max(axis=1, keepdims=True)).sum(axis=1)) <= 3


def test_dot_is_seen_once_in_each_on_panel():
    signal = needle("dot", 100, 1, 0, NEEDLES["dot"], WHOLE, COMPETITION, np.random.default_rng(4))
    in_time = signal.max(axis=2)  # (panel, time)
    bright = (in_time > 0.5 * in_time.max()).sum(axis=1)
    assert all(2 <= bright[panel] <= 13 for panel in ON_PANELS)


def test_an_s_shape_swings_as_far_and_as_often_as_asked():
    shape = {"width": 1, "period": 2, "amplitude": 20}
    signal = needle("s_shape", 100, 1, 0, shape, WHOLE, COMPETITION, np.random.default_rng(6))
    column = signal[[*ON_PANELS]].argmax(axis=2)  # (ON panel, time)
    # Half the period passes in a panel, and ON panels follow one another at the same phase.
    np.testing.assert_allclose(column[0], column[1], atol=1)
    assert 20 <= np.ptp(column) <= 41


def test_a_partial_needle_has_the_snr_asked_for_in_what_there_is_of_it():
    rng = np.random.default_rng(7)
    shines = np.zeros((6, TIME_BINS), bool)
    shines[2, 100:200] = True
    for kind in ("straight", "squiggle", "s_shape"):
        signal = needle(kind, 50, 2, 30, NEEDLES[kind], shines, COMPETITION, rng)
        assert not signal[~shines].any()
        assert (signal[shines].max(axis=1) > 0).all()
        assert np.sqrt(np.sum((signal / 2) ** 2)) == pytest.approx(50)


def test_most_needles_are_slow_and_enough_are_fast():
    rng = np.random.default_rng(9)
    drifts = (
        np.abs([draw(Simulation.drift_rate, rng) for _ in range(4000)]) / COMPETITION.unit_drift
    )
    assert 0.5 < np.mean(drifts < 1) < 0.7
    assert np.mean(drifts * COMPETITION.unit_drift < 4) > 0.3  # Hz/s, what most searches look at
    assert np.mean(drifts >= 4) > 0.25

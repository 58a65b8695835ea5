"""A batch of needles is drawn as the settings say, and lies in the band."""

import numpy as np
import pytest

from abacad.cadences.layout import COMPETITION, PanelShape
from abacad.needles.kinds import EDGE_BINS, KINDS
from abacad.needles.traces import draw_needles, trace

_, TIME_BINS, _ = COMPETITION.of_cadence

WHOLE = {"fewer_panels": 0, "shorter": 0}
NEEDLES = {
    "straight": {"width": ["uniform", 1, 2]},
    "squiggle": {"width": 1, "jitter": ["uniform", 0.2, 1]},
    "dashed": {"width": 1, "period": ["log_uniform", 10, 150], "duty": ["uniform", 0.2, 0.6]},
    "dot": {"width": ["uniform", 1, 4], "centre": ["uniform", 0, 1], "duration": 8},
    "s_shape": {"width": 1, "period": ["log_uniform", 1, 6], "amplitude": ["uniform", 4, 32]},
}


def drawn(count: int = 40, kinds=KINDS, seed: int = 0, **changed):
    settings = {"snr": 50, "drift_rate": ["uniform", -157, 157], "partial": WHOLE}
    rng = np.random.default_rng(seed)
    return draw_needles(
        kinds, settings | {"needles": NEEDLES} | changed, COMPETITION, [rng] * count
    )


def test_equal_seeds_give_equal_needles_and_a_batch_is_its_rows_one_by_one():
    rng = np.random.default_rng(3)
    settings = {"snr": ["uniform", 1, 9], "drift_rate": 0, "partial": {}, "needles": NEEDLES}
    rows = [draw_needles(KINDS, settings, COMPETITION, [rng]) for _ in range(12)]
    batch = draw_needles(KINDS, settings, COMPETITION, [np.random.default_rng(3)] * 12)
    for name, together in vars(batch).items():
        np.testing.assert_array_equal(np.concatenate([vars(row)[name] for row in rows]), together)
    assert not np.array_equal(batch.path, drawn(12, seed=4).path)


def test_values_are_of_the_distributions_of_the_settings():
    needles = drawn(400, ["straight"], snr=["uniform", 20, 30])
    assert needles.snr.min() >= 20 and needles.snr.max() <= 30 and np.ptp(needles.snr) > 9
    assert needles.width.min() >= 1 and needles.width.max() <= 2 and np.ptp(needles.width) > 0.9
    drift = (needles.path[:, 2, -1] - needles.path[:, 0, 0]) / (5 * TIME_BINS - 1) * TIME_BINS
    assert (
        np.abs(drift).max() <= 157 / COMPETITION.unit_drift + 1e-3 and np.ptp(drift) > 30
    )  # bins a panel


@pytest.mark.parametrize("kind", KINDS)
def test_needles_keep_their_distance_from_the_edges_of_the_band(kind):
    paths = drawn(200, [kind]).path
    assert paths.min() >= EDGE_BINS - 1e-4 and paths.max() <= 255 - EDGE_BINS + 1e-4
    assert paths.min() < 20 and paths.max() > 235  # but come near them


@pytest.mark.parametrize("shape", [PanelShape(39, 64, 7.5, 900), PanelShape(300, 512, 0.5, 3000)])
def test_in_panels_of_another_shape_too(shape):
    partial = WHOLE | {"shorter": 1, "time_bins": 20}
    settings = {"snr": 50, "drift_rate": 2 * shape.unit_drift, "partial": partial}
    kinds = ["straight", "squiggle"]
    rng = np.random.default_rng(0)
    needles = draw_needles(kinds, settings | {"needles": NEEDLES}, shape, [rng] * 20)
    assert needles.path.shape == (20, 3, shape.time_bins)
    assert ((needles.brightness > 0).sum(2) == 20).all()
    assert needles.path.min() >= EDGE_BINS - 1e-4
    moved = np.median(needles.path[:, 1, 0] - needles.path[:, 0, 0])  # two panels later
    assert moved == pytest.approx(4, abs=0.5)


def test_a_line_drifts_on_through_the_off_panels():
    (path,) = drawn(1, ["straight"], drift_rate=8 * COMPETITION.unit_drift).path
    np.testing.assert_allclose(np.diff(path, axis=1), 8 / TIME_BINS, atol=1e-4)
    np.testing.assert_allclose(path[1:, 0] - path[:-1, 0], 16, atol=1e-3)


def test_a_squiggle_steps_by_its_jitter_at_half_maximum():
    steps = np.diff(drawn(50, ["squiggle"], drift_rate=0).path, axis=2).std(axis=(1, 2))
    assert 0.2 / 2.36 < steps.min() < 0.15 and 0.35 < steps.max() < 1.1 / 2.35


def test_pulses_shine_for_their_share_of_the_period():
    shape = {"width": 1, "period": 40, "duty": 0.3}
    _, brightness, _ = trace("dashed", 0, shape, COMPETITION, np.random.default_rng(0))
    assert np.mean(brightness > 0.5) == pytest.approx(0.3, abs=0.02)
    starts = np.flatnonzero(np.diff((brightness.ravel() > 0.5).astype(int)) == 1)
    assert np.diff(starts).mean() * 1.073741824 == pytest.approx(40, abs=0.5)


def test_pulses_that_overlap_add_up():
    shape = {"width": 1, "period": 100, "duty": 0.5}
    _, brightness, _ = trace("dashed", 0, shape, COMPETITION, np.random.default_rng(0))
    assert brightness.min() == pytest.approx(2 / 16, abs=1e-3)  # half a period from either
    assert brightness.max() == pytest.approx(1, abs=1e-3)


def test_a_dot_is_once_in_each_on_panel_at_its_height():
    shape = {"width": 1, "centre": 0.25, "duration": 8}
    _, brightness, _ = trace("dot", 0, shape, COMPETITION, np.random.default_rng(0))
    for panel in (0, 2, 4):
        assert brightness[panel].argmax() == pytest.approx(0.25 * TIME_BINS, abs=1)
        assert (brightness[panel] > 0.5).sum() in (7, 8)


def test_partial_needles_are_dark_elsewhere():
    few = drawn(60, ["straight"], partial={"fewer_panels": 1, "shorter": 1, "time_bins": 100})
    lit = (few.brightness > 0).sum(axis=2)
    assert {*np.unique(lit)} == {0, 100}
    assert {*(lit > 0).sum(axis=1)} == {1, 2}


def test_kinds_are_drawn_evenly_from_those_named_alone():
    steady = (drawn(300, ["straight", "dashed"]).brightness > 0.99).all(axis=(1, 2))
    assert 0.4 < steady.mean() < 0.6


@pytest.mark.parametrize("kinds", [[], ["dot", "spiral"]])
def test_kinds_that_are_not_known_are_refused(kinds):
    with pytest.raises(ValueError, match="kinds of needles: .*; allowed: straight, squiggle"):
        drawn(1, kinds)


def test_a_needle_of_which_nothing_is_seen_is_refused():
    late = {"partial": {"fewer_panels": 1, "shorter": 1, "time_bins": 1}, "drift_rate": 3000}
    with pytest.raises(ValueError, match="kind straight, 1.* drifts by 3e.03 Hz"):
        drawn(20, ["straight"], **late)
    short = {"dot": {"width": 1, "centre": 136.5 / TIME_BINS, "duration": 0.05}}
    narrow = {"dot": {"width": 0.2, "centre": 0.5, "duration": 8}}
    for shape in (short, narrow, {"dot": narrow["dot"] | {"width": 0}}):
        with pytest.raises(ValueError, match="kind dot, .* far narrower than a bin, or its pulses"):
            drawn(1, ["dot"], needles=shape)

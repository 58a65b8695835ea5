"""A share of needles is partial: in fewer ON panels, or in a part of each."""

import numpy as np
import pytest

from abacad.cadences.layout import COMPETITION, ON_PANELS
from abacad.needles.presence import Partial, extent, presence

_, TIME_BINS, _ = COMPETITION.of_cadence

WHOLE = np.isin(np.arange(6), ON_PANELS)[:, None].repeat(
    TIME_BINS, axis=1
)  # in all of the ON panels


def presences(kind: str, count: int = 1000, **settings) -> list[np.ndarray]:
    rng = np.random.default_rng(8)
    return [presence(kind, Partial(**settings), TIME_BINS, rng) for _ in range(count)]


def test_a_share_of_needles_is_in_one_or_two_on_panels():
    held = [extent(shines)[0] for shines in presences("dot", fewer_panels=0.4)]
    assert {panel for panels in held for panel in panels} == {*ON_PANELS}
    shares = np.bincount([len(panels) for panels in held]) / len(held)
    np.testing.assert_allclose(shares, [0, 0.2, 0.2, 0.6], atol=0.05)


def test_a_share_of_lines_is_in_another_part_of_each_panel_and_nothing_that_pauses_is():
    lines = presences("straight", fewer_panels=0, shorter=0.4)
    bins = np.array([extent(shines)[1] for shines in lines])
    assert np.mean(bins < TIME_BINS) == pytest.approx(0.4, abs=0.05)
    short = bins[bins < TIME_BINS]
    assert short.min() >= 90 and short.max() <= 150 and np.ptp(short) > 40
    starts = np.array([shines.argmax(axis=1)[[*ON_PANELS]] for shines in lines])
    assert np.median(np.ptp(starts[bins < TIME_BINS], axis=1)) > 30
    for kind in ("dashed", "dot"):
        assert all((shines == WHOLE).all() for shines in presences(kind, fewer_panels=0, shorter=1))

"""Promises about sharpening: its kernels, and that panels stay apart."""

import numpy as np
import pytest

from abacad.preprocess.unsharp import FLOAT16_RANGE, unsharp_mask


def test_along_frequency_half_an_amount_is_the_kernel_minus_half_two_minus_half():
    dot = np.zeros((1, 3, 5))
    dot[0, 1, 2] = 1
    expected = np.zeros((1, 3, 5))
    expected[0, 1] = [0, -0.5, 2, -0.5, 0]
    np.testing.assert_allclose(unsharp_mask(dot, "frequency", 0.5), expected)


def test_isotropic_shares_the_same_weight_among_eight_neighbours():
    dot = np.zeros((1, 3, 3))
    dot[0, 1, 1] = 1
    expected = np.full((1, 3, 3), -0.125)
    expected[0, 1, 1] = 2
    np.testing.assert_allclose(unsharp_mask(dot, "isotropic", 0.5), expected)


@pytest.mark.parametrize("direction", ["frequency", "isotropic"])
def test_a_flat_panel_stays_as_it_is_up_to_its_edges(direction):
    np.testing.assert_allclose(unsharp_mask(np.full((2, 4, 6), 3.0), direction, 0.7), 3, rtol=1e-6)


@pytest.mark.parametrize("direction", ["frequency", "isotropic"])
def test_nothing_crosses_from_one_panel_to_the_next(direction):
    panels = np.random.default_rng(0).normal(size=(6, 8, 9))
    changed = panels.copy()
    changed[2] += 100
    others = [0, 1, 3, 4, 5]
    before, after = unsharp_mask(panels, direction, 1), unsharp_mask(changed, direction, 1)
    np.testing.assert_array_equal(before[others], after[others])


def test_what_exceeds_float16_is_clipped_to_it():
    dot = np.zeros((1, 3, 5))
    dot[0, 1, 2] = 6e4
    sharpened = unsharp_mask(dot, "frequency", 2)
    assert sharpened.max() == FLOAT16_RANGE[1] and sharpened.min() == FLOAT16_RANGE[0]
    assert np.isfinite(sharpened.astype(np.float16)).all()


def test_an_unknown_direction_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="'time', must be one of frequency, isotropic"):
        unsharp_mask(np.zeros((1, 3, 3)), "time", 0.5)

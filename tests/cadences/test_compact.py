"""Promises of a byte a value: how far values are moved, and what stays exactly as it is."""

import numpy as np
import pytest

from abacad.cadences.compact import decode, encode

SHAPE = (6, 50, 64)


@pytest.fixture
def panels() -> np.ndarray:
    """Background, with a carrier of another brightness in each panel."""
    panels = np.random.default_rng(0).standard_normal(SHAPE)
    panels[:, :, 20] += np.array([5, 20, 100, 1000, 20_000, 0])[:, np.newaxis]
    return panels.astype(np.float32)


def bound(panels: np.ndarray) -> np.ndarray:
    """Half a step of asinh, and the rounding to float16."""
    step = np.arcsinh(np.abs(panels).max((1, 2), keepdims=True)) / 127
    return (
        np.sinh(np.arcsinh(np.abs(panels)) + 0.51 * step) - np.abs(panels) + 2**-11 * np.abs(panels)
    )


def test_no_value_is_moved_by_more_than_half_a_step(panels):
    moved = np.abs(decode(encode(panels)).astype(np.float64) - panels)
    assert (moved <= bound(panels)).all()


def test_background_is_moved_by_a_hundredth_of_its_deviation(panels):
    of_background = np.ones(SHAPE, bool)
    of_background[:, :, 20] = False
    moved = (decode(encode(panels)) - panels)[of_background].reshape(6, -1)
    assert (moved[:2].std(1) < 0.015).all()  # beside what is no brighter than a store's clip, 20
    assert (moved.std(1) < 0.04).all()
    assert np.abs(moved.mean(1)).max() < 0.002  # and to neither side


def test_bright_values_are_moved_by_a_few_per_cent_of_themselves(panels):
    bright = panels > 5
    moved = decode(encode(panels))[bright] / panels[bright] - 1
    assert np.abs(moved).max() < 0.045


def test_zeros_stay_zeros_and_so_do_signs(panels):
    panels[:, 10:15] = 0
    decoded = decode(encode(panels))
    assert (decoded[:, 10:15] == 0).all()
    assert (decoded * panels >= 0).all()


def test_a_panel_of_zeros_is_possible_beside_others(panels):
    panels[3] = 0
    compact = encode(panels)
    assert compact.largest[3] == 0 and not decode(compact)[3].any()
    np.testing.assert_array_equal(decode(compact)[2], decode(encode(panels[:3]))[2])


def test_the_largest_value_is_kept_and_a_panel_does_not_depend_on_others(panels):
    decoded = decode(encode(panels))
    np.testing.assert_allclose(np.abs(decoded).max((1, 2)), np.abs(panels).max((1, 2)), rtol=1e-3)
    np.testing.assert_array_equal(decode(encode(panels[::2])), decoded[::2])


def test_codes_are_bytes_and_decoded_values_are_float16(panels):
    compact = encode(panels.astype(np.float16))
    assert compact.codes.dtype == np.int8 and compact.codes.shape == SHAPE
    assert compact.codes.min() >= -127
    assert compact.largest.dtype == np.float32 and compact.largest.shape == (6,)
    assert decode(compact).dtype == np.float16


def test_what_was_decoded_is_encoded_to_the_same_codes(panels):
    codes = encode(panels[:3]).codes
    np.testing.assert_array_equal(encode(decode(encode(panels[:3]))).codes, codes)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e6])
def test_a_value_that_float16_does_not_have_is_refused(panels, value):
    panels[1, 2, 3] = value
    with pytest.raises(ValueError, match="a value is not finite in float16"):
        encode(panels)

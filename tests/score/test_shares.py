"""The interval of a share is that of the literature."""

import numpy as np
import pytest

from abacad.score.shares import wilson_interval


@pytest.mark.parametrize(  # Newcombe 1998, Statistics in Medicine 17, 857, table I: method 3
    ("hits", "count", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 1 - 0.1170, 1),
    ],
)
def test_the_interval_is_that_of_the_literature(hits, count, low, high):
    assert wilson_interval(hits, count) == pytest.approx((low, high), abs=5e-5)


def test_arrays_give_the_interval_of_each():
    low, high = wilson_interval(np.array([81, 29]), np.array([263, 29]))
    assert low == pytest.approx([0.2553, 1 - 0.1170], abs=5e-5)
    assert high == pytest.approx([0.3662, 1], abs=5e-5)

"""Whatever the order of pointings, every six that models know are searched."""

import pytest

from abacad.cadences.pointings import stretches


@pytest.mark.parametrize(
    ("pattern", "firsts"),
    [
        ("ABACAD", [0]),
        ("ABABAB", [0]),
        ("SRSRSR", [0]),
        ("ABABABAB", [0, 2]),
        ("ABACADAEAF", [0, 2, 4]),
        ("ABBABACAD", [3]),
        ("AABBCC", []),
        ("ABABA", []),
        ("ABACADD", [0]),
    ],
)
def test_stretches_alternate_and_begin_with_the_target(pattern, firsts):
    assert stretches(pattern) == [range(first, first + 6) for first in firsts]

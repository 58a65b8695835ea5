"""Rows are drawn as the peer draws them: backgrounds with replacement, and kinds in equal shares."""

from collections import Counter

import numpy as np
import pytest
from plan_rows import plan_rows

IDS = [f"b{number}" for number in range(20)]


def plan(backgrounds, count, seed=0):
    return plan_rows(IDS, backgrounds, count, np.random.default_rng(seed))


def test_backgrounds_are_drawn_with_replacement_whatever_the_kind_of_the_row():
    rows = plan(5, 400)
    assert len({row.id for row in rows}) == 400
    of_each = Counter(row.background_id for row in rows)
    assert len(of_each) == 5 and max(of_each.values()) > min(of_each.values()) > 50
    kinds = Counter((row.needle, row.interference) for row in rows)
    assert kinds == dict.fromkeys([(n, i) for n in (False, True) for i in (False, True)], 100)
    needles = Counter(row.background_id for row in rows if row.needle)
    assert all(0.3 < needles[background] / of_each[background] < 0.7 for background in of_each)


def test_the_draw_depends_on_the_seed_alone():
    assert plan(5, 40) == plan(5, 40) != plan(5, 40, seed=1)


@pytest.mark.parametrize(
    ("backgrounds", "count", "message"),
    [(21, 40, "21 backgrounds.*1 to 20"), (0, 40, "1 to 20"), (5, 3, "4 kinds")],
)
def test_what_cannot_be_drawn_is_refused(backgrounds, count, message):
    with pytest.raises(ValueError, match=message):
        plan(backgrounds, count)

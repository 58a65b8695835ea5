"""An arrangement puts each panel where it says, and leaves nothing out of it."""

import numpy as np

from abacad.cadences.arrangement import AS_IT_IS, Arrangement

PANELS = np.random.default_rng(0).standard_normal((6, 273, 256)).astype(np.float16)


def test_each_panel_is_the_one_named_and_rolled_on_in_time():
    made = Arrangement((3, 1, 5, 3, 1, 5), (100, 0, 7, 0, 272, 0)).of(PANELS)
    np.testing.assert_array_equal(made[0], np.concatenate([PANELS[3, -100:], PANELS[3, :-100]]))
    np.testing.assert_array_equal(made[2][7], PANELS[5][0])
    np.testing.assert_array_equal(made[4][0], PANELS[1][1])
    np.testing.assert_array_equal(made[[1, 3, 5]], PANELS[[1, 3, 5]])
    assert made.dtype == PANELS.dtype


def test_as_it_is_it_is_the_background():
    np.testing.assert_array_equal(AS_IT_IS.of(PANELS), PANELS)

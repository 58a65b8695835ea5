"""Pictures show what is in the panels, at their place, in few bytes."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from abacad.cadences.layout import COMPETITION
from abacad.candidates.pictures import (
    COARSE,
    FINE,
    GUARD,
    MOST_FINE,
    bins_a_row,
    overlay,
    rows_of,
    waterfall,
)


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(content)))


def noise() -> np.ndarray:
    return np.random.default_rng(0).standard_normal(COMPETITION.of_cadence).astype(np.float16)


@pytest.mark.parametrize("bins", [FINE, COARSE])
def test_a_line_is_where_it_is_in_the_panels(bins):
    panels = noise()
    panels[2, 84:189, 40] += 10  # whole rows of either size
    rows = 273 // bins
    picture = pixels(waterfall(panels, bins))
    assert picture.shape == (6 * (rows + 2 * GUARD), 256, 3)
    assert (picture[..., :1] == picture).all()  # grey
    bright = np.argwhere(picture[..., 0] == 255)
    line = bright[bright[:, 1] == 40, 0]
    start = 2 * (rows + 2 * GUARD) + GUARD
    assert line.tolist() == [*range(start + 84 // bins, start + 189 // bins)]


@pytest.mark.parametrize(("time_bins", "bins", "rows"), [(100, 7, 14), (40, 3, 13), (5, 7, 1)])
def test_of_another_number_of_time_bins_rows_are_as_equal_as_may_be(time_bins, bins, rows):
    panels = np.random.default_rng(0).standard_normal((6, time_bins, 64))
    panels[4, -1, 40] += 50
    picture = pixels(waterfall(panels, bins))
    assert rows_of(time_bins, bins) == rows and picture.shape == (6 * (rows + 2 * GUARD), 64, 3)
    brightest = picture[..., 0].reshape(6, -1, 64)[:, GUARD:-GUARD]
    assert brightest[4, -1, 40] == 255


def test_each_panel_is_guarded_by_copies_of_its_own_rows():
    panels = noise()
    panels[3] += 50  # beside panels that are dark
    picture = pixels(waterfall(panels, FINE)).reshape(6, -1, 256, 3)
    assert picture[3, :GUARD].min() > picture[2].max() and picture[3, -GUARD:].min() > 0
    assert (picture[:, :GUARD] == picture[:, GUARD : 2 * GUARD]).all()


def test_there_are_sixteen_levels_that_a_browser_can_map_to_colours():
    assert {*np.unique(pixels(waterfall(noise(), FINE)))} == {*range(0, 256, 17)}


@pytest.mark.parametrize("value", [0, 3])
def test_panels_without_any_contrast_are_drawn_dark(value):
    assert not pixels(waterfall(np.full(COMPETITION.of_cadence, value, np.float16), FINE)).any()


def test_a_thousand_candidates_in_any_stores_take_less_than_300_mb():
    for layers in range(1, 9):  # all seven stores, and the raw panels
        size = len(waterfall(noise(), bins_a_row(1000 * layers)))
        assert 1000 * layers * size < 290e6


def test_pictures_are_coarse_only_where_there_are_many():
    assert bins_a_row(MOST_FINE) == FINE and bins_a_row(MOST_FINE + 1) == COARSE


def test_an_overlay_is_clear_where_the_map_is_0():
    weights = np.zeros((6, 39, 64), np.float16)
    weights[4, 10, 20] = 1
    picture = pixels(overlay(weights))
    assert picture.shape == (6 * (39 + 2 * GUARD), 64, 4)
    assert np.argwhere(picture[..., 3]).tolist() == [[4 * (39 + 2 * GUARD) + GUARD + 10, 20]]

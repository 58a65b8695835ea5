"""Equal figures are equal bytes, and no two lines of one figure look alike."""

import numpy as np
from matplotlib.image import imread

from abacad.figures.style import DPI, WIDTH, look, new_figure, save, say, shared_legend


def test_equal_figures_are_equal_bytes_and_as_wide_as_a_page(tmp_path):
    for name in ("first", "second"):
        figure = new_figure(2)
        axis = figure.subplots()
        axis.plot([0, 1], [1, 0], label="a line", **look(3))
        axis.legend()
        save(figure, tmp_path / f"{name}.png", tmp_path / f"{name}.svg")
    for kind in ("png", "svg"):
        first, second = (tmp_path / f"{name}.{kind}" for name in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()
    picture = imread(tmp_path / "first.png")
    assert picture.shape[:2] == (2 * DPI, WIDTH * DPI)
    assert picture[..., :3].std() > 0.02  # not blank


def test_thirty_lines_look_different_without_their_colours():
    assert len({(str(look(n)["linestyle"]), look(n)["marker"]) for n in range(30)}) == 30
    assert len({look(n)["color"] for n in range(6)}) == 6


def test_a_shared_legend_has_each_label_once(texts):
    figure = new_figure(2)
    axes = figure.subplots(1, 2)
    for axis in axes:
        axis.plot([0, 1], label="twice")
    axes[1].plot([1, 0], label="once")
    shared_legend(figure, axes)
    written = texts(figure)
    assert written.count("twice") == 1 and written.count("once") == 1


def test_an_empty_axis_says_why(texts):
    figure = new_figure(1)
    say(figure.subplots(), "nobody knows")
    assert "nobody knows" in texts(figure)
    assert np.all([not axis.axison for axis in figure.axes])

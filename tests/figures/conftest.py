"""What the tests of figures look at in a figure."""

from collections.abc import Callable

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text


@pytest.fixture
def texts() -> Callable[[Figure], list[str]]:
    """A function that gives every text of a figure that is not empty, once it is drawn."""

    def of(figure: Figure) -> list[str]:
        figure.draw_without_rendering()
        return [text.get_text() for text in figure.findobj(Text) if text.get_text()]

    return of

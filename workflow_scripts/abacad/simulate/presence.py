"""A kind of needle in, when in its cadence it shines out: in all of the ON panels, or in a part of them.

Source: needles of real cadences, which last 90 to 150 time bins of each ON panel, from another bin on
in each.
"""

import numpy as np

from abacad.cadences.layout import ON_PANELS, PANELS, TIME_BINS
from abacad.simulate.distributions import draw
from abacad.simulate.settings import Partial

PAUSING_KINDS = ("dashed", "dot")  # that are dark in most of a panel as they are


def presence(kind: str, partial: Partial, rng: np.random.Generator) -> np.ndarray:
    """Whether a needle of this kind shines, (panel=6, time=273): never in OFF panels."""
    shines = np.zeros((PANELS, TIME_BINS), bool)
    count = len(ON_PANELS)
    if rng.random() < partial.fewer_panels:
        count = rng.integers(1, count)
    shorter = kind not in PAUSING_KINDS and rng.random() < partial.shorter
    bins = round(min(draw(partial.time_bins, rng), TIME_BINS)) if shorter else TIME_BINS
    for panel in rng.choice(ON_PANELS, count, replace=False):
        start = rng.integers(TIME_BINS - bins, endpoint=True)
        shines[panel, start : start + bins] = True
    return shines


def extent(shines: np.ndarray) -> tuple[list[int], int]:
    """The panels that hold a needle, and how many time bins of each, by its `presence`."""
    in_panels = shines.sum(axis=1)
    return np.flatnonzero(in_panels).tolist(), int(in_panels.max())

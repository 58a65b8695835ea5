"""A kind of needle in, the time bins in which it is visible out: in all of the ON panels, or in a part
of them.

Source: needles of real cadences. These last 90 to 150 time bins in each ON panel, and start at a
different bin in each.
"""

from dataclasses import dataclass
from numbers import Real

import numpy as np

from abacad.cadences.layout import ON_PANELS, PANELS
from abacad.needles.checks import require, require_distribution
from abacad.needles.distributions import Distribution, draw

PAUSING_KINDS = ("dashed", "dot")  # already dark in most of a panel


@dataclass(frozen=True)
class Partial:
    """How many needles are partial, and in which way. ValueError names the setting that is wrong.

    Both ways may apply to the same needle.
    """

    fewer_panels: float = 0.25  # share that is in only one or two ON panels
    shorter: float = 0.25  # share that is in only a part of each panel, except pausing kinds
    time_bins: Distribution = ("uniform", 90, 150)  # length of that part

    def __post_init__(self) -> None:
        for setting in ("fewer_panels", "shorter"):
            require(f"partial: {setting}", getattr(self, setting), Real, 0, 1)
        require_distribution("partial: time_bins", self.time_bins, 1)


def presence(kind: str, partial: Partial, time_bins: int, rng: np.random.Generator) -> np.ndarray:
    """Whether a needle of this kind is visible, (panel=6, time); in OFF panels it never is."""
    shines = np.zeros((PANELS, time_bins), bool)
    count = len(ON_PANELS)
    if rng.random() < partial.fewer_panels:
        count = rng.integers(1, count)
    shorter = kind not in PAUSING_KINDS and rng.random() < partial.shorter
    bins = round(min(draw(partial.time_bins, rng), time_bins)) if shorter else time_bins
    for panel in rng.choice(ON_PANELS, count, replace=False):
        start = rng.integers(time_bins - bins, endpoint=True)
        shines[panel, start : start + bins] = True
    return shines


def extent(shines: np.ndarray) -> tuple[list[int], int]:
    """The panels that hold a needle, and how many time bins of each, by its `presence`."""
    in_panels = shines.sum(axis=1)
    return np.flatnonzero(in_panels).tolist(), int(in_panels.max())

"""The panels of a cadence in, a cadence made of them out: in another order, and rolled on in time."""

from dataclasses import dataclass

import numpy as np

from abacad.cadences.layout import PANELS


@dataclass(frozen=True)
class Arrangement:
    """Which panel of a background each panel of a cadence is, and by how many time bins it is rolled on."""

    panels: tuple[int, ...]
    rolls: tuple[int, ...]

    def of(self, background: np.ndarray) -> np.ndarray:
        """The cadence that is made of a background, both (panel=6, time, frequency)."""
        pairs = zip(self.panels, self.rolls, strict=True)
        return np.stack([np.roll(background[panel], roll, axis=0) for panel, roll in pairs])


AS_IT_IS = Arrangement((*range(PANELS),), (0,) * PANELS)

"""The panels of a cadence in, a cadence made of them out: in another order, and rolled on in time."""

from dataclasses import dataclass

import numpy as np

from abacad.cadences.layout import ON_PANELS, PANELS, TIME_BINS

# Where OFF panels alone are the background, each ON panel is one of them that is no neighbour.
OFF_PANELS_ALONE = (3, 1, 5, 3, 1, 5)


@dataclass(frozen=True)
class Arrangement:
    """Which panel of a background each panel of a cadence is, and by how many time bins it is rolled on."""

    panels: tuple[int, ...]
    rolls: tuple[int, ...]

    def of(self, background: np.ndarray) -> np.ndarray:
        """The cadence that is made of a background, both (panel=6, time, frequency)."""
        pairs = zip(self.panels, self.rolls, strict=True)
        return np.stack([np.roll(background[panel], roll, axis=0) for panel, roll in pairs])


def off_panels_alone(rng: np.random.Generator) -> Arrangement:
    """Of OFF panels alone, which stay where they are; ON panels are rolled on, so that no two are equal."""
    rolls = np.zeros(PANELS, int)
    rolls[[*ON_PANELS]] = rng.integers(TIME_BINS // 4, TIME_BINS - TIME_BINS // 4, len(ON_PANELS))
    return Arrangement(OFF_PANELS_ALONE, (*rolls.tolist(),))


AS_IT_IS = Arrangement((*range(PANELS),), (0,) * PANELS)

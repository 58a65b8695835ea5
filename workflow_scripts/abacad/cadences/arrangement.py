"""The panels of a cadence in, a cadence made of them out: in another order, and rolled in time."""

from dataclasses import dataclass

import numpy as np

from abacad.cadences.layout import ON_PANELS, PANELS

# If the background is OFF panels only, each ON panel is made from one that is not its neighbour.
OFF_PANELS_ALONE = (3, 1, 5, 3, 1, 5)


@dataclass(frozen=True)
class Arrangement:
    """For each panel of a cadence: which panel of the background it is, and by how many time bins it is
    rolled."""

    panels: tuple[int, ...]
    rolls: tuple[int, ...]

    def of(self, background: np.ndarray) -> np.ndarray:
        """The cadence that is made from a background, both (panel=6, time, frequency)."""
        pairs = zip(self.panels, self.rolls, strict=True)
        return np.stack([np.roll(background[panel], roll, axis=0) for panel, roll in pairs])


def off_panels_alone(time_bins: int, rng: np.random.Generator) -> Arrangement:
    """An arrangement of OFF panels only. They stay in place; the ON panels are rolled copies, so that
    no two panels of so many time bins are equal."""
    rolls = np.zeros(PANELS, int)
    least = time_bins // 4
    rolls[[*ON_PANELS]] = rng.integers(least, time_bins - least, len(ON_PANELS))
    return Arrangement(OFF_PANELS_ALONE, (*rolls.tolist(),))


AS_IT_IS = Arrangement((*range(PANELS),), (0,) * PANELS)

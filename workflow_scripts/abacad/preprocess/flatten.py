"""Raw panels in, flat panels out, in which slow lines stay: background at 0 with spread 1, same shape,
float32.

What the Earth and the receiver add to a panel is either smooth along frequency (the ripple of the band,
a gain that drifts, bursts over all or a part of the band), or it is narrow and the OFF panels see it
too (carriers of RFI). `level` removes the first, and this module the second as well. A narrow line that
only the ON panels show stays, however slowly it drifts. `normalize.whiten`, in contrast, removes each
column's own median, and with it a needle that stays in its column.
"""

import numpy as np

from abacad.cadences.layout import OFF_PANELS, ON_PANELS
from abacad.preprocess.level import levelled, running_median
from abacad.preprocess.normalize import (
    COLUMNS,
    SPECTRA,
    WHOLE_PANEL,
    filled,
    live_zscore,
    median_and_spread,
    robust_scale,
)

NOISE = (
    31  # bins of the running median of the spread; wider than what a slow needle crosses in a panel
)
BY_CHANCE = 0.25  # a column's median in noise alone, about 3 standard errors
ALONE = 4  # times as bright as in every OFF panel: then a line belongs to the ON panel alone


def flatten(panels: np.ndarray, clip: tuple[float, float]) -> np.ndarray:
    """Z-score each panel, flatten the cadence, and clip to `clip` (lowest, highest).

    `panels`: (panel=6, time, frequency), float16 as read; returned as float32, in standard
    deviations of the background. BadCadence: a panel is constant, blank or not finite.
    """
    return filled(flat(live_zscore(panels)), clip)


def flat(panels: np.ndarray) -> np.ndarray:
    """Remove what is smooth along frequency, and the carriers that OFF panels show.

    `panels`: (panel=6, time, frequency), NaN in time bins that are blank.

    1. Level the panels, see `levelled`.
    2. Divide each column by the noise around it, and also by the excess that a carrier's flicker has
    over this noise; in an ON panel only as far as an OFF panel shows the same excess.
    3. What is left of a column's median is a line that does not drift. Subtract it. If a line in an ON
    panel is more than `ALONE` times as bright as in each OFF panel, subtract only as much as the OFF
    panels show.
    4. Divide each spectrum by its spread, because the noise of a radiometer is proportional to the level.
    """
    on, off = [*ON_PANELS], [*OFF_PANELS]
    panels = levelled(panels)
    line, spread = median_and_spread(panels, COLUMNS)
    noise = running_median(spread, NOISE)
    flicker = (spread / noise).clip(1)
    flicker[on] = np.minimum(flicker[on], flicker[off].max(axis=0))
    panels /= noise * flicker
    line /= noise * flicker
    shown = (line[off].max(axis=0) - BY_CHANCE).clip(0)
    line[on] = np.where(line[on] > ALONE * shown, shown, line[on])
    panels -= line
    for panel in panels:
        panel[:] = robust_scale(robust_scale(panel, SPECTRA), WHOLE_PANEL)
    return panels

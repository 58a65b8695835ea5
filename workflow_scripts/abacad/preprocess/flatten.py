"""Raw panels in, flat panels out, in which slow lines stay: background at 0 with spread 1, same shape,
float32.

What the Earth and the receiver add to a panel is either smooth along frequency (the ripple of the band,
a gain that drifts, bursts over all or a part of the band), or it is narrow and the OFF panels see it
too (carriers of RFI). Both are removed. A narrow line that only the ON panels show stays, however
slowly it drifts. `normalize.whiten`, in contrast, removes each column's own median, and with it a
needle that stays in its column.
"""

import numpy as np
from scipy.ndimage import median_filter

from abacad.cadences.layout import OFF_PANELS, ON_PANELS
from abacad.preprocess.normalize import (
    COLUMNS,
    SPECTRA,
    WHOLE_PANEL,
    filled,
    live_zscore,
    median,
    robust_scale,
    spread_about,
)

BAND = 15  # width in bins of the running median along frequency; shorter than the ripple's periods
SPECTRUM = 31  # the same for a single spectrum, which has more noise than an average over time
NOISE = 31  # the same for the spread; wider than what a needle of a few bins per panel crosses
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

    1. Subtract the running median along frequency: first of the columns' medians, then of each spectrum.
    2. Divide each column by the noise around it, and also by the excess that a carrier's flicker has
    over this noise; in an ON panel only as far as an OFF panel shows the same excess.
    3. What is left of a column's median is a line that does not drift. Subtract it. If a line in an ON
    panel is more than `ALONE` times as bright as in each OFF panel, subtract only as much as the OFF
    panels show.
    4. Divide each spectrum by its spread, because the noise of a radiometer is proportional to the level.
    """
    on, off = [*ON_PANELS], [*OFF_PANELS]
    columns = median(panels, COLUMNS)  # (panel, 1, frequency)
    band = running_median(columns, BAND)
    # Twicing (Tukey 1977): a running median cuts the crests of ripple off.
    band += running_median(columns - band, BAND)
    panels = panels - band
    panels -= running_median(panels, SPECTRUM)
    spread = spread_about(panels, median(panels, COLUMNS), COLUMNS)
    noise = running_median(spread, NOISE)
    flicker = (spread / noise).clip(1)
    flicker[on] = np.minimum(flicker[on], flicker[off].max(axis=0))
    panels /= noise * flicker
    line = median(panels, COLUMNS)
    shown = (line[off].max(axis=0) - BY_CHANCE).clip(0)
    line[on] = np.where(line[on] > ALONE * shown, shown, line[on])
    return robust_scale(robust_scale(panels - line, SPECTRA), WHOLE_PANEL)


def running_median(values: np.ndarray, width: int) -> np.ndarray:
    """Median of the `width` bins around each value along the last axis. Edges are repeated. NaN stays NaN."""
    half = width // 2
    padded = np.pad(
        np.nan_to_num(values), [*[(0, 0)] * (values.ndim - 1), (half, half)], mode="edge"
    )
    # SciPy filters many short rows as one long row, end to end, in a tenth of the time.
    medians = median_filter(padded.reshape(-1), size=width).reshape(padded.shape)
    return np.where(np.isnan(values), np.nan, medians[..., half:-half])

"""Raw panels in, flat panels with slow lines left in out: background at 0 with spread 1, same shape, float32.

What the Earth and the receiver put over a panel is either smooth along frequency (the ripple of the band,
a gain that drifts, bursts, also those of a part of the band) or it is narrow and OFF panels see it too
(carriers of RFI). Both are taken away. A narrow line that only the ON panels show stays, however slowly it
drifts: `normalize.whiten` takes each column's own median away, and a needle that stays in its column with it.
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

BAND = 15  # bins along frequency that a running median spans: shorter than the ripple's periods
SPECTRUM = 31  # the same of one spectrum, where no average over time steadies the median
NOISE = 31  # the same of the spread: more than a needle of a few bins a panel crosses
BY_CHANCE = 0.25  # in noise: what a column's median may be without a line, about 3 standard errors
ALONE = 4  # times as bright as in every OFF panel: a line of the ON panel alone


def flatten(panels: np.ndarray, clip: tuple[float, float]) -> np.ndarray:
    """Z-score each panel, flatten the cadence, and clip to `clip` (lowest, highest).

    `panels`: (panel=6, time, frequency), float16 as read; returned as float32, in standard
    deviations of the background. BadCadence: a panel is constant, blank or not finite.
    """
    return filled(flat(live_zscore(panels)), clip)


def flat(panels: np.ndarray) -> np.ndarray:
    """Take away what is smooth along frequency, and the carriers that OFF panels show.

    `panels`: (panel=6, time, frequency), NaN in time bins that are blank.

    1. The running median along frequency goes: of the columns' medians, then of each spectrum.
    2. Columns are divided by the noise around them, and by what a carrier's flicker has above it: in an ON
       panel, as far as an OFF panel shows the like.
    3. What is left of a column's median is a line that does not drift. It goes. Of an ON panel's line that
       is more than `ALONE` times as bright as in each OFF panel, only as much goes as OFF panels show.
    4. Spectra are divided by their spread: the noise of a radiometer is in proportion to the level.
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
    """Median of `width` bins about each along the last axis; the edges are repeated. NaN stays NaN."""
    half = width // 2
    padded = np.pad(
        np.nan_to_num(values), [*[(0, 0)] * (values.ndim - 1), (half, half)], mode="edge"
    )
    # Many short rows end to end are one long one: SciPy filters it in a tenth of the time.
    medians = median_filter(padded.reshape(-1), size=width).reshape(padded.shape)
    return np.where(np.isnan(values), np.nan, medians[..., half:-half])

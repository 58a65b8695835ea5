"""Raw panels in, level panels out: background at 0 with spread 1, and all lines left in, also those of RFI.

Only what is smooth along frequency goes: the ripple of the band, gain that drifts, and bursts over the band
or a part of it. No column's own level is taken away, so a needle stays however slowly it drifts, and OFF
panels still tell what is RFI by how bright they are at the same place.
"""

import numpy as np
from scipy.ndimage import median_filter, uniform_filter1d

from abacad.cadences.band import (
    BURST,
    BY_CHANCE,
    LINE,
    MEAN_DEVIATION,
    OWN,
    SHARED,
    Fit,
    median_error,
    polynomial,
)
from abacad.cadences.layout import OFF_PANELS
from abacad.preprocess.normalize import (
    COLUMNS,
    NORMAL_MAD,
    SMALLEST_SPREAD,
    SPECTRA,
    WHOLE_PANEL,
    filled,
    live_zscore,
    median,
)


def level(panels: np.ndarray, clip: tuple[float, float]) -> np.ndarray:
    """Z-score each panel, level the cadence, and clip to `clip` (lowest, highest).

    `panels`: (panel=6, time, frequency), float16 as read; returned as float32, in standard
    deviations of the background. BadCadence: a panel is constant, blank or not finite.
    """
    return filled(levelled(live_zscore(panels)), clip)


def levelled(panels: np.ndarray) -> np.ndarray:
    """Take away what is smooth along frequency, and bring the noise to a spread of 1.

    `panels`: (panel=6, time, frequency), NaN in time bins that are blank.

    1. The band goes. What all panels share of it is told by the mean of the OFF panels, where no needle is:
       one that drifts by a few bins a panel looks like a crest of ripple.
    2. The level of each spectrum goes.
    3. Where noise is more than elsewhere, in bursts, it is divided by what is around.
    """
    panels = panels.copy()
    for panel in panels:  # each by itself stays in the processor's cache
        panel -= median(panel, SPECTRA)
        panel /= noise_in_time(panel)
    columns = median(panels, COLUMNS)  # (panel, 1, frequency)
    noise = median_error(panels.shape[COLUMNS])
    # Their mean, for a median of three makes waves of a third of the period of each one's own ripple.
    shared = smooth(columns[[*OFF_PANELS]].mean(axis=0), noise, SHARED)
    band = shared + smooth(columns - shared, noise, OWN)
    lines = np.abs(columns - band) > LINE * noise
    for panel, own_band, own_lines in zip(panels, band, lines, strict=True):
        panel -= own_band
        panel -= spectrum_level(panel, own_lines)
        spread = running_mean(np.abs(panel).clip(max=LINE + 1), BURST) / MEAN_DEVIATION
        panel /= (spread / BY_CHANCE).clip(1)
    return panels


def noise_in_time(panels: np.ndarray) -> np.ndarray:
    """The spread of each panel's noise, (panel, 1, 1), by differences in time, in which the band cancels."""
    earlier, later = panels[..., :-1:3, :], panels[..., 1::3, :]
    differences = later - earlier[..., : later.shape[COLUMNS], :]
    differences -= median(differences, SPECTRA)
    spread = NORMAL_MAD / 2**0.5 * median(np.abs(differences), WHOLE_PANEL)
    return np.maximum(spread, SMALLEST_SPREAD)


def smooth(columns: np.ndarray, noise: float, how: Fit) -> np.ndarray:
    """The smooth part of columns' levels, (..., frequency), whose own noise has this deviation.

    A polynomial is fitted to the columns, and then to what is left of them where it is no line, which is
    first a lot and in the end `LINE` deviations. Fits to what is left follow ripple to its crests (twicing,
    Tukey 1977), but for the very edges of the band.
    """
    fit = polynomial(running_median(columns, how.median), how.width)
    for allowed in how.allowed:
        left = columns - fit
        left = np.where(np.abs(left) < allowed * LINE * noise, left, 0)
        fit = fit + polynomial(left, how.width)
    return fit


def spectrum_level(panels: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """The running mean of each spectrum without the lines.

    lines  (panel, 1, frequency) bool: columns in which a line stands still; elsewhere, what rises far above
           all that is around it is one
    """
    around = running_mean(np.abs(panels), BURST)
    most = np.maximum(2 * around, LINE)
    counted = (~lines).astype(np.float32)
    share = running_mean(counted, BURST).clip(min=1 / BURST)
    return running_mean(panels.clip(-most, most) * counted, BURST) / share


def running_mean(values: np.ndarray, width: int) -> np.ndarray:
    """Mean of `width` bins about each along the last axis, an odd number; the edges are repeated."""
    return uniform_filter1d(values, width, axis=-1, mode="nearest")


def running_median(values: np.ndarray, width: int) -> np.ndarray:
    """As `running_mean`, the median. NaN stays NaN."""
    half = width // 2
    padded = np.pad(
        np.nan_to_num(values), [*[(0, 0)] * (values.ndim - 1), (half, half)], mode="edge"
    )
    # Many short rows end to end are one long one: SciPy filters it in a tenth of the time.
    medians = median_filter(padded.reshape(-1), size=width).reshape(padded.shape)
    return np.where(np.isnan(values), np.nan, medians[..., half:-half])

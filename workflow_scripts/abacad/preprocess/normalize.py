"""Raw panels in, whitened panels out: background at 0 with spread 1, the same shape, float32.

Medians and the median absolute deviation (MAD) are those of most pixels, the background: a needle
or a carrier of RFI hardly moves them. They also do not see how a panel was scaled and shifted
before, so the old data's leak (needles added after the panel was normalised, so that mean and
standard deviation tell the label) does not outlive them. Time bins that are blank count in none of
them, and are 0 in the end.
"""

import warnings

import numpy as np

from abacad.cadences.cadence import blank_bins, panel_statistics
from abacad.cadences.layout import OFF_PANELS

NORMAL_MAD = 1.4826  # standard deviation of a normal distribution over its MAD
SMALLEST_SPREAD = 2**-10  # of a panel's standard deviation: one step of float16 there, so rounding
COLUMNS = -2  # the axes of a statistic: of each column of a panel, over time
SPECTRA = -1  # of each time bin of a panel, over frequency
WHOLE_PANEL = (-2, -1)  # of a panel, over time and frequency


def normalize(panels: np.ndarray, clip: tuple[float, float]) -> np.ndarray:
    """Z-score and whiten each panel, and clip to `clip` (lowest, highest).

    `panels`: (panel, time, frequency), float16 as read; returned as float32, in standard
    deviations of the background. BadCadence: a panel is constant, blank or not finite.
    """
    return filled(whiten(live_zscore(panels)), clip)


def off_normalize(panels: np.ndarray, clip: tuple[float, float]) -> np.ndarray:
    """As `normalize`, but with the columns' medians and spreads of the three OFF panels together.

    `panels`: (panel=6, time, frequency). A needle that stays in its column keeps its brightness, as OFF
    panels never see it. So does a carrier that is brighter in an ON panel than in the OFF panels, and
    the ripple of the band where it differs from pointing to pointing: a flat sky alone is flat after this.
    """
    panels = robust_scale(live_zscore(panels), WHOLE_PANEL)
    off = panels[[*OFF_PANELS]].reshape(-1, panels.shape[-1])  # (panel x time, frequency)
    location = median(off, COLUMNS)
    panels = (panels - location) / spread_about(off, location, COLUMNS)
    panels -= median(panels, SPECTRA)
    return filled(robust_scale(panels, WHOLE_PANEL), clip)


def zscore(panels: np.ndarray, clip: tuple[float, float] = (-np.inf, np.inf)) -> np.ndarray:
    """Bring every panel of (panel, time, frequency) to mean 0 and standard deviation 1, in float32.

    This takes away what the old data's means and standard deviations tell of their labels. After
    that, values are clipped to `clip`. BadCadence: a panel is constant, blank or not finite.
    """
    means, deviations = panel_statistics(panels)
    zscored = (panels - means[:, None, None]) / deviations[:, None, None]  # float64
    return zscored.astype(np.float32).clip(*clip)


def live_zscore(panels: np.ndarray) -> np.ndarray:
    """As `zscore`, with NaN in the time bins that are blank: the statistics here leave NaN out."""
    zscored = zscore(panels)
    zscored[blank_bins(panels)] = np.nan
    return zscored


def filled(panels: np.ndarray, clip: tuple[float, float] = (-np.inf, np.inf)) -> np.ndarray:
    """Put 0 into the time bins that are blank, and clip to `clip` (lowest, highest)."""
    return np.nan_to_num(panels).clip(*clip)


def whiten(panels: np.ndarray) -> np.ndarray:
    """Flatten the band of each panel by its columns, then broadband bursts by the spectra's medians.

    `panels`: (..., time, frequency). A needle that stays in one column for most of a panel is that
    column's median and is dimmed with it, as steady RFI is: drift is what sets a needle apart here.
    """
    panels = robust_scale(panels, COLUMNS)
    panels -= median(panels, SPECTRA)
    return robust_scale(panels, WHOLE_PANEL)


def robust_scale(panels: np.ndarray, axes: int | tuple[int, ...]) -> np.ndarray:
    """Subtract the median over `axes`, divide by the spread, see `spread_about`."""
    location = median(panels, axes)
    return (panels - location) / spread_about(panels, location, axes)


def spread_about(
    panels: np.ndarray, location: np.ndarray, axes: int | tuple[int, ...]
) -> np.ndarray:
    """Spread over `axes` about `location`: 1.4826 MAD, SMALLEST_SPREAD at least."""
    return np.maximum(NORMAL_MAD * median(np.abs(panels - location), axes), SMALLEST_SPREAD)


def median(panels: np.ndarray, axes: int | tuple[int, ...]) -> np.ndarray:
    """Median over `axes`, kept with length 1; NaN does not count, and is the median where all are NaN."""
    if not np.isnan(panels).any():
        return np.median(panels, axis=axes, keepdims=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice encountered")
        return np.nanmedian(panels, axis=axes, keepdims=True)

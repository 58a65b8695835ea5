"""Raw panels in, whitened panels out: background at 0 with spread 1, the same shape, float32.

Medians and the median absolute deviation (MAD) are those of most pixels, the background: a needle
or a carrier of RFI hardly moves them. They also do not see how a panel was scaled and shifted
before, so the old data's leak (needles added after the panel was normalised, so that mean and
standard deviation tell the label) does not outlive them.
"""

import numpy as np

from abacad.cadences.cadence import panel_statistics

NORMAL_MAD = 1.4826  # standard deviation of a normal distribution over its MAD
SMALLEST_SPREAD = 2**-10  # of a panel's standard deviation: one step of float16 there, so rounding
COLUMNS = -2  # the axes of a statistic: of each column of a panel, over time
WHOLE_PANEL = (-2, -1)  # of a panel, over time and frequency


def normalize(panels: np.ndarray, clip: tuple[float, float]) -> np.ndarray:
    """Z-score and whiten each panel, and clip to `clip` (lowest, highest).

    `panels`: (panel, time, frequency), float16 as read; returned as float32, in standard
    deviations of the background. BadCadence: a panel is constant or not finite.
    """
    return whiten(zscore(panels)).clip(*clip)


def zscore(panels: np.ndarray, clip: tuple[float, float] = (-np.inf, np.inf)) -> np.ndarray:
    """Bring every panel of (panel, time, frequency) to mean 0 and standard deviation 1, in float32.

    This takes away what the old data's means and standard deviations tell of their labels. After
    that, values are clipped to `clip`. BadCadence: a panel is constant or not finite.
    """
    means, deviations = panel_statistics(panels)
    zscored = (panels - means[:, None, None]) / deviations[:, None, None]  # float64
    return zscored.astype(np.float32).clip(*clip)


def whiten(panels: np.ndarray) -> np.ndarray:
    """Flatten the band of each panel by its columns, then broadband bursts by row medians.

    `panels`: (..., time, frequency). A needle that stays in one column for most of a panel is that
    column's median and is dimmed with it, as steady RFI is: drift is what sets a needle apart.
    """
    panels = robust_scale(panels, COLUMNS)
    return panels - np.median(panels, axis=-1, keepdims=True)


def robust_scale(panels: np.ndarray, axes: int | tuple[int, ...]) -> np.ndarray:
    """Subtract the median over `axes`, divide by the spread: 1.4826 MAD, SMALLEST_SPREAD at least."""
    panels = panels - np.median(panels, axis=axes, keepdims=True)
    spread = NORMAL_MAD * np.median(np.abs(panels), axis=axes, keepdims=True)
    return panels / np.maximum(spread, SMALLEST_SPREAD)

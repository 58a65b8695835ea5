"""Raw panels in, whitened panels out: background at 0 with spread 1, the same shape, float32.

Medians and the median absolute deviation (MAD) describe most pixels, which are background. A needle or
a carrier of RFI hardly changes them. They also do not depend on how a panel was scaled and shifted
before. This removes the leak of the old data, where needles were added after the panel was normalised,
so that mean and standard deviation tell the label. Blank time bins count in none of these statistics,
and are 0 in the end.
"""

import numpy as np

from abacad.cadences.cadence import blank_bins, panel_statistics
from abacad.cadences.layout import OFF_PANELS

NORMAL_MAD = 1.4826  # standard deviation of a normal distribution over its MAD
SMALLEST_SPREAD = 2**-10  # of a panel's standard deviation: one step of float16
COLUMNS = -2  # axes of a statistic: for each column of a panel, over time
SPECTRA = -1  # for each time bin of a panel, over frequency
WHOLE_PANEL = (-2, -1)  # for a panel, over time and frequency


def normalize(panels: np.ndarray, clip: tuple[float, float]) -> np.ndarray:
    """Z-score and whiten each panel, and clip to `clip` (lowest, highest).

    `panels`: (panel, time, frequency), float16 as read; returned as float32, in standard
    deviations of the background. BadCadence: a panel is constant, blank or not finite.
    """
    return filled(whiten(live_zscore(panels)), clip)


def off_normalize(panels: np.ndarray, clip: tuple[float, float]) -> np.ndarray:
    """Like `normalize`, but with the columns' medians and spreads of the three OFF panels together.

    `panels`: (panel=6, time, frequency). A needle that stays in its column keeps its brightness,
    because OFF panels never see it. But so do a carrier that is brighter in an ON panel than in the OFF
    panels, and ripple that differs from pointing to pointing. Only a flat sky is flat after this.
    """
    panels = robust_scale(live_zscore(panels), WHOLE_PANEL)
    off = panels[[*OFF_PANELS]].reshape(-1, panels.shape[-1])  # (panel x time, frequency)
    location = median(off, COLUMNS)
    panels = (panels - location) / spread_about(off, location, COLUMNS)
    panels -= median(panels, SPECTRA)
    return filled(robust_scale(panels, WHOLE_PANEL), clip)


def zscore(panels: np.ndarray, clip: tuple[float, float] = (-np.inf, np.inf)) -> np.ndarray:
    """Bring every panel of (panel, time, frequency) to mean 0 and standard deviation 1, in float32.

    This removes what the means and standard deviations of the old data reveal about their labels. Then
    values are clipped to `clip`. BadCadence: a panel is constant, blank or not finite.
    """
    means, deviations = panel_statistics(panels)
    zscored = (panels - means[:, None, None]) / deviations[:, None, None]  # float64
    return zscored.astype(np.float32).clip(*clip)


def live_zscore(panels: np.ndarray) -> np.ndarray:
    """Like `zscore`, with NaN in the blank time bins. The statistics of this module ignore NaN."""
    zscored = zscore(panels)
    zscored[blank_bins(panels)] = np.nan
    return zscored


def filled(panels: np.ndarray, clip: tuple[float, float] = (-np.inf, np.inf)) -> np.ndarray:
    """Put 0 into the blank time bins, and clip to `clip` (lowest, highest)."""
    return np.nan_to_num(panels).clip(*clip)


def whiten(panels: np.ndarray) -> np.ndarray:
    """Flatten the band of each panel by its columns, and then bursts by the medians of the spectra.

    `panels`: (..., time, frequency). A needle that stays in one column for most of a panel becomes that
    column's median and is dimmed, just like steady RFI. Here only its drift sets a needle apart.
    """
    panels = robust_scale(panels, COLUMNS)
    panels -= median(panels, SPECTRA)
    return robust_scale(panels, WHOLE_PANEL)


def robust_scale(panels: np.ndarray, axes: int | tuple[int, ...]) -> np.ndarray:
    """Subtract the median over `axes`, and divide by the spread (see `spread_about`)."""
    location = median(panels, axes)
    return (panels - location) / spread_about(panels, location, axes)


def spread_about(
    panels: np.ndarray, location: np.ndarray, axes: int | tuple[int, ...]
) -> np.ndarray:
    """Spread over `axes` around `location`: 1.4826 MAD, but at least SMALLEST_SPREAD."""
    return np.maximum(NORMAL_MAD * median(np.abs(panels - location), axes), SMALLEST_SPREAD)


def median(panels: np.ndarray, axes: int | tuple[int, ...]) -> np.ndarray:
    """Median over `axes`, which are kept with length 1. NaN is ignored; if all are NaN, the median is NaN.

    As np.nanmedian has it, in a third of its time: NumPy finds one place of contiguous values by the
    processor's vector instructions, but not several, nor with the check for NaN that np.median adds.
    """
    axes = axes if isinstance(axes, tuple) else (axes,)
    lanes = np.moveaxis(panels, axes, range(-len(axes), 0))
    lanes = np.array(lanes, order="C").reshape(*lanes.shape[: -len(axes)], -1)  # a copy
    size = lanes.shape[-1]
    unknown = np.isnan(lanes).sum(axis=-1, keepdims=True)
    if unknown.any():
        lanes.sort(axis=-1)  # NaN comes last
        known = size - unknown
        low, high = (
            np.take_along_axis(lanes, place, axis=-1)[..., 0]
            for place in ((known - 1) // 2, known // 2)
        )
    else:
        lanes.partition(size // 2)
        high = lanes[..., size // 2]
        low = high if size % 2 else lanes[..., : size // 2].max(axis=-1)
    return np.expand_dims((low + high) / 2, axes)

"""The columns that two cadences share in, those of one in the units of the other out, and which are the same.

Each panel was shifted and scaled as a whole after the cut. So two numbers for each panel bring the same
background to the same values, except for the rounding of float16. Any other background has different
noise.
"""

import numpy as np

from abacad.cadences.layout import OFF_PANELS
from abacad.preprocess.normalize import median

# The same background differs by less than this; another one differs by 1.4 times its noise.
ROUNDING = 5  # standard deviations of the rounding of float16
NOISE_SHARE = 0.05  # of the receiver noise: allows for unknown arithmetic before the rounding
FEW = 0.1  # share of time bins that may differ by more
STRANGE = 0.5  # share of columns: if more are not the same, none is

SAMPLED_PIXELS = 2048  # of each panel

FLOAT16 = np.finfo(np.float16)
EXPONENT = np.int32(0x7F800000)  # its bits in a float32; they alone are a power of two


def rounding_of(panels: np.ndarray) -> np.ndarray:
    """The standard deviation of the rounding to float16 in each column of (panel, time, frequency):
    (panel, frequency).

    panels  as read, but in float32: of which np.spacing, of float16, takes eight times as long
    """
    powers_of_two = (panels.view(np.int32) & EXPONENT).view(np.float32)
    steps = np.maximum(powers_of_two, FLOAT16.smallest_normal) * FLOAT16.eps
    return np.sqrt(np.mean(steps * steps, axis=1) / 12)


def rescale(
    partner: np.ndarray, like: np.ndarray, noise: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Bring each panel of `partner` to the shift and scale of `like`, the same columns of another cadence.

    partner, like  (panel=6, time, column), float32 with the values that were read as float16
    noise          receiver noise of the columns of `like`, (panel, column)

    Returns the partner's values in the units of `like`, float32, and which columns are the same
    background, (column,). The line between their values is first the median line of a sample of pixels
    (Theil 1950, Sen 1968), then the least-squares line through all pixels near it, which excludes
    needles.
    """
    rounding, rounding_there = rounding_of(like), rounding_of(partner)
    slope, intercept = _median_line(partner, like)
    rescaled = slope * partner + intercept
    tolerance = ROUNDING * np.hypot(rounding, slope[..., 0] * rounding_there) + NOISE_SHARE * noise
    tolerance = tolerance[:, np.newaxis]
    difference = like - rescaled
    slope, intercept = _least_squares(partner, difference, np.abs(difference) <= tolerance)
    correction = slope * partner + intercept
    return rescaled + correction, same_background(difference - correction, tolerance)


def same_background(difference: np.ndarray, tolerance: np.ndarray) -> np.ndarray:
    """Which columns hold the same background in all six panels, judged by how two cadences differ
    there: (column,).

    difference  (panel=6, time, column)
    tolerance   (panel, 1, column)

    OFF panels hold no needle, so they differ only by rounding. In ON panels, a cadence may be above its
    partner because of its own needle, or below because of the partner's; another background is both
    above and below. If most columns of a partner are not the same, none is taken as the same, because a
    quiet column may look like any other.
    """
    above = (difference > tolerance).mean(axis=1)  # (panel, column), share of time bins
    below = (difference < -tolerance).mean(axis=1)
    differs = np.minimum(above, below) > FEW
    off = [*OFF_PANELS]
    differs[off] = above[off] + below[off] > FEW
    same = ~differs.any(axis=0)
    return same & (same.mean() >= 1 - STRANGE)


def _median_line(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slope and intercept, (panel, 1, 1), of the line on which most pixels of two (panel, time, column)
    lie."""
    random = np.random.default_rng(0)
    sizes = (2, SAMPLED_PIXELS)
    times, columns = (random.integers(size, size=sizes) for size in x.shape[1:])
    x, y = x[:, times, columns], y[:, times, columns]  # (panel, 2, pixel)
    run, rise = x[:, 1] - x[:, 0], y[:, 1] - y[:, 0]
    slopes = np.where(run == 0, np.nan, rise / np.where(run == 0, 1, run))
    slope = median(slopes, -1)[:, np.newaxis]
    slope = np.where(np.isnan(slope), 1, slope).astype(np.float32)  # all of x is the same
    return slope, median(y - slope * x, (1, 2))


def _least_squares(
    x: np.ndarray, y: np.ndarray, counted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Slope and intercept, (panel, 1, 1), through the pixels that are counted; 0 if there are none."""
    count = np.maximum(counted.sum(axis=(1, 2), keepdims=True), 1)

    def mean(values: np.ndarray) -> np.ndarray:
        total = values.sum(axis=(1, 2), keepdims=True, where=counted, dtype=np.float64)
        return total / count

    mean_x, mean_y = mean(x), mean(y)
    variance = mean(x * x) - mean_x**2
    covariance = mean(x * y) - mean_x * mean_y
    slope = np.divide(covariance, variance, out=np.zeros_like(variance), where=variance > 0)
    return slope.astype(np.float32), (mean_y - slope * mean_x).astype(np.float32)

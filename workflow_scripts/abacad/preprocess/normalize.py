"""Raw panels in, whitened panels out: background at 0 with spread 1, the same shape, float32.

Medians and the median absolute deviation (MAD) describe most pixels, which are background. A needle or
a carrier of RFI hardly changes them. They also do not depend on how a panel was scaled and shifted
before. This removes the leak of the old data, where needles were added after the panel was normalised,
so that mean and standard deviation tell the label. Blank time bins count in none of these statistics,
and are 0 in the end.
"""

import numpy as np

from abacad.cadences.cadence import blank_bins, centred, panel_statistics, widened
from abacad.cadences.layout import OFF_PANELS

NORMAL_MAD = 1.4826  # standard deviation of a normal distribution over its MAD
SMALLEST_SPREAD = 2**-10  # of a panel's standard deviation: one step of float16
COLUMNS = -2  # axes of a statistic: for each column of a panel, over time
SPECTRA = -1  # for each time bin of a panel, over frequency
WHOLE_PANEL = (-2, -1)  # for a panel, over time and frequency
LONG = 1000  # values of which not all are sorted to find the median
SAMPLED = 61  # of so many values, one tells about where the median is; a prime, so that it meets all columns


def normalize(panels: np.ndarray, clip: tuple[float, float]) -> np.ndarray:
    """Z-score and whiten each panel, and clip to `clip` (lowest, highest).

    `panels`: (panel, time, frequency), float16 as read; returned as float32, in standard
    deviations of the background. BadCadence: a panel is constant, blank or not finite.
    """
    panels = live_zscore(panels)
    for panel in panels:  # each by itself stays in the processor's cache
        panel[:] = whiten(panel)
    return filled(panels, clip)


def off_normalize(panels: np.ndarray, clip: tuple[float, float]) -> np.ndarray:
    """Like `normalize`, but with the columns' medians and spreads of the three OFF panels together.

    `panels`: (panel=6, time, frequency). A needle that stays in its column keeps its brightness,
    because OFF panels never see it. But so do a carrier that is brighter in an ON panel than in the OFF
    panels, and ripple that differs from pointing to pointing. Only a flat sky is flat after this.
    """
    panels = robust_scale(live_zscore(panels), WHOLE_PANEL)
    off = panels[[*OFF_PANELS]].reshape(-1, panels.shape[-1])  # (panel x time, frequency)
    location, spread = median_and_spread(off, COLUMNS)
    panels -= location
    panels /= spread
    panels -= median(panels, SPECTRA)
    return filled(robust_scale(panels, WHOLE_PANEL), clip)


def zscore(panels: np.ndarray, clip: tuple[float, float] = (-np.inf, np.inf)) -> np.ndarray:
    """Bring every panel of (panel, time, frequency) to mean 0 and standard deviation 1, in float32.

    This removes what the means and standard deviations of the old data reveal about their labels. Then
    values are clipped to `clip`. BadCadence: a panel is constant, blank or not finite.
    """
    panels = widened(panels)
    means, deviations = panel_statistics(panels)
    zscored = centred(panels, means)
    zscored /= deviations[:, None, None]  # in float64: its rounding would be that of a whole panel
    return zscored.astype(np.float32, copy=False).clip(*clip)


def live_zscore(panels: np.ndarray) -> np.ndarray:
    """Like `zscore`, with NaN in the blank time bins. The statistics of this module ignore NaN."""
    panels = widened(panels)
    zscored = zscore(panels)
    zscored[blank_bins(panels)] = np.nan
    return zscored


def filled(panels: np.ndarray, clip: tuple[float, float] = (-np.inf, np.inf)) -> np.ndarray:
    """Put 0 into the blank time bins, and clip to `clip` (lowest, highest)."""
    clipped = panels.clip(*clip)
    clipped[np.isnan(clipped)] = 0
    return clipped


def whiten(panels: np.ndarray) -> np.ndarray:
    """Flatten the band of each panel by its columns, and then bursts by the medians of the spectra.

    `panels`: (..., time, frequency). A needle that stays in one column for most of a panel becomes that
    column's median and is dimmed, just like steady RFI. Here only its drift sets a needle apart.
    """
    panels = robust_scale(panels, COLUMNS)
    panels -= median(panels, SPECTRA)
    return robust_scale(panels, WHOLE_PANEL)


def robust_scale(panels: np.ndarray, axes: int | tuple[int, ...]) -> np.ndarray:
    """Subtract the median over `axes`, and divide by the spread about it (see `median_and_spread`)."""
    location, spread = median_and_spread(panels, axes)
    scaled = panels - location
    scaled /= spread
    return scaled


def median_and_spread(
    panels: np.ndarray, axes: int | tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Median over `axes`, and the spread about it: 1.4826 MAD, but at least SMALLEST_SPREAD.

    As in `median`, both keep `axes` with length 1, and NaN is ignored.
    """
    lanes = _lanes(panels, axes)
    location = _median_of(lanes)
    lanes -= location[..., np.newaxis]
    spread = np.maximum(NORMAL_MAD * _median_of(np.abs(lanes, out=lanes)), SMALLEST_SPREAD)
    return np.expand_dims(location, axes), np.expand_dims(spread, axes)


def median(panels: np.ndarray, axes: int | tuple[int, ...]) -> np.ndarray:
    """Median over `axes`, which are kept with length 1. NaN is ignored; if all are NaN, the median is NaN.

    As np.nanmedian has it, in a small part of its time.
    """
    return np.expand_dims(_median_of(_lanes(panels, axes)), axes)


def _lanes(panels: np.ndarray, axes: int | tuple[int, ...]) -> np.ndarray:
    """A copy in which the values along `axes` lie side by side, as the last axis: (..., value)."""
    axes = axes if isinstance(axes, tuple) else (axes,)
    lanes = np.moveaxis(panels, axes, range(-len(axes), 0))
    return np.array(lanes, order="C").reshape(*lanes.shape[: -len(axes)], -1)


def _median_of(lanes: np.ndarray) -> np.ndarray:
    """The median of each lane of (..., value), whose values change their order: (...).

    NumPy sorts a short lane, by the processor's vector instructions, in less time than it finds the middle.
    """
    size = lanes.shape[-1]
    if size > LONG:
        medians = [_median_of_many(lane) for lane in lanes.reshape(-1, size)]
        return np.array(medians, lanes.dtype).reshape(lanes.shape[:-1])
    lanes.sort(axis=-1)  # NaN comes last
    known = np.full(lanes.shape[:-1], size)
    some = np.isnan(lanes[..., -1])
    known[some] -= np.isnan(lanes[some]).sum(axis=-1)
    low, high = (
        np.take_along_axis(lanes, place[..., np.newaxis], axis=-1)[..., 0]
        for place in ((known - 1) // 2, known // 2)
    )
    return (low + high) / 2


def _median_of_many(values: np.ndarray) -> np.floating:
    """The median of (value,), which may change their order.

    A sample tells two values between which the median lies, so only what is between them must be ordered.
    Source: Floyd and Rivest 1975, Comm. ACM 18, 165.
    """
    known = ~np.isnan(values)
    if not known.any():
        return values[0]
    if not known.all():
        values = values.compress(known)
    sample = np.sort(values[::SAMPLED])
    middle, reach = len(sample) // 2, int(2 * len(sample) ** 0.5)  # 4 standard errors of the middle
    lowest, highest = sample[max(middle - reach, 0)], sample[min(middle + reach, len(sample) - 1)]
    near = values.compress((values >= lowest) & (values <= highest))
    place = len(values) // 2 - np.count_nonzero(values < lowest)
    if not 0 < place < len(near):  # the sample was unlike the rest
        near, place = values, len(values) // 2
    near.partition(place)
    high = near[place]
    low = high if len(values) % 2 else near[:place].max()
    return (low + high) / 2

"""Panels in, the standard deviation of their receiver noise out, for each panel or each column.

The noise is measured from differences of neighbouring columns. What all columns of a panel share in
time cancels in them, such as a burst that fills the band or a gain that drifts. Their median absolute
deviation (MAD) over time, and the median over columns, are not affected by a needle, a carrier of RFI
or the ripple of the band.
"""

import numpy as np

from abacad.preprocess.normalize import COLUMNS, NORMAL_MAD, median

NEARBY = 16  # columns on either side whose median is the noise of the one between; RFI is narrower
LIVE = 0.2  # a time bin is blank if a smaller share of its columns differs from their neighbours


def noise_of(panels: np.ndarray) -> np.ndarray:
    """The noise of each panel of (panel, time, frequency): (panel,), in the units of `panels`."""
    return np.median(_differences_over_time(panels), axis=-1) / 2**0.5


def noise_of_columns(panels: np.ndarray) -> np.ndarray:
    """The noise of each column of (panel, time, frequency): (panel, frequency), in the units of `panels`.

    It follows the band, whose noise is not the same everywhere. It does not follow carriers: a column
    with a carrier gets the noise of the columns around it.
    """
    spread = np.pad(_differences_over_time(panels), ((0, 0), (NEARBY, NEARBY)), mode="symmetric")
    nearby = np.lib.stride_tricks.sliding_window_view(spread, 2 * NEARBY, axis=-1)
    return np.median(nearby, axis=-1) / 2**0.5  # a difference has the noise of two columns


def _differences_over_time(panels: np.ndarray) -> np.ndarray:
    """Spread in time (1.4826 MAD) of the differences of neighbouring columns, (panel, frequency - 1).

    Blank time bins are not counted. All columns are the same there, except for a needle that was added later.
    """
    spread = np.zeros((len(panels), panels.shape[-1] - 1), np.float32)
    for panel, differences in enumerate(np.diff(panels.astype(np.float32), axis=-1)):
        live = differences[np.count_nonzero(differences, axis=-1) > LIVE * differences.shape[-1]]
        if len(live):
            deviations = np.abs(live - median(live, COLUMNS))
            spread[panel] = NORMAL_MAD * median(deviations, COLUMNS)
    return spread

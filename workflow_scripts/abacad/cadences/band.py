"""How the level of a band is told from the lines in it: what levelling, and injection into levelled panels,
have in common."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

FIT = 4  # order of the polynomials that are fitted to a band
BURST = 31  # bins over which a spectrum's level is taken; bursts fill wider parts of the band
LINE = 3.0  # deviations above which a bin is a line, and does not count in the level around it
BY_CHANCE = 1.3  # times as much as it is, the spread of some bins of noise may seem
MEAN_DEVIATION = 0.8  # of normal noise, over its standard deviation


@dataclass(frozen=True)
class Fit:
    """How a band is fitted.

    median   bins of the running median that it begins with: lines of less than half of it are not seen
    width    bins that a polynomial spans
    allowed  what is no line in each turn, in `LINE` deviations of its noise: what the median missed of ripple
    """

    median: int
    width: int
    allowed: tuple[int, ...]


# Of what all panels share, ripple of 12 bins is followed. What a panel has beside it is less, and may be a
# needle: it is followed from some 20 bins on. The last turns let go of the lines that the first ones fitted.
SHARED = Fit(median=5, width=17, allowed=(8, 4, 2, *[1] * 6))
OWN = Fit(median=9, width=23, allowed=(2, *[1] * 4))


def median_error(count: int) -> float:
    """The standard error of the median of so many normal values of deviation 1."""
    return 1.25 / count**0.5


def polynomial(values: np.ndarray, width: int) -> np.ndarray:
    """Each value as the polynomial has it that fits `width` bins about it best, and that again.

    values  (..., frequency); the polynomial is of order `FIT`
    Source: Savitzky and Golay 1964, Anal. Chem. 36, 1627. At the edges the window does not move on. One fit
    turns some short waves over; the fit of a fit turns none, so that what is left can be fitted once more.
    """
    return values @ polynomial_weights(values.shape[-1], width)


@lru_cache
def polynomial_weights(bins: int, width: int) -> np.ndarray:
    """The weight of each value in the `polynomial` at another one: (bin, fitted bin), float32."""
    weights = np.zeros((bins, bins), np.float32)
    for place in range(bins):
        first = min(max(place - width // 2, 0), bins - width)
        window = np.arange(first, first + width)
        weights[window, place] = np.linalg.pinv(np.vander((window - place) / width, FIT + 1))[-1]
    return weights @ weights

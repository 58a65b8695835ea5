"""Counts in, the intervals of shares out."""

import numpy as np
from scipy.stats import norm


def wilson_interval(
    hits: int | np.ndarray, counts: int | np.ndarray
) -> tuple[float | np.ndarray, float | np.ndarray]:
    """The 95 % interval of shares of which `hits` of `counts` were seen: its lowest and highest value.

    Numbers or arrays of any shape; counts are above 0. Source: Wilson 1927; good for small counts and shares
    near 0 and 1 (Brown, Cai and DasGupta 2001, Interval estimation for a binomial proportion).
    """
    z = norm.ppf(0.975)
    share = hits / counts
    centre = share + z**2 / (2 * counts)
    half = z * np.sqrt(share * (1 - share) / counts + z**2 / (4 * counts**2))
    low, high = np.array([centre - half, centre + half]) / (1 + z**2 / counts)
    return np.maximum(0.0, low), np.minimum(1.0, high)

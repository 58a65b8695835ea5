"""Panels in, the same panels with thin lines raised out: an unsharp mask, the same shape, float32.

Along frequency the kernel is [-a, 1 + 2a, -a] for an amount a. The isotropic kernel gives the same
weight to the eight neighbours in time and frequency, -a/4 each.
"""

import numpy as np

DIRECTIONS = ("frequency", "isotropic")
FLOAT16_RANGE = (float(np.finfo(np.float16).min), float(np.finfo(np.float16).max))


def unsharp_mask(panels: np.ndarray, direction: str, amount: float) -> np.ndarray:
    """Add 2 `amount` times each pixel's excess over the mean of its neighbours.

    `panels`: (..., time, frequency); Neighbours are in the same panel; at its edges, the edge itself
    counts. Values are clipped to the range of float16. ValueError: the direction is not one of
    `DIRECTIONS`.
    """
    panels = panels.astype(np.float32)
    if direction == "frequency":
        neighbours = (_sum_of_three(panels, -1) - panels) / 2
    elif direction == "isotropic":
        neighbours = (_sum_of_three(_sum_of_three(panels, -1), -2) - panels) / 8
    else:
        raise ValueError(f"direction {direction!r}, must be one of {', '.join(DIRECTIONS)}")
    return (panels + 2 * amount * (panels - neighbours)).clip(*FLOAT16_RANGE)


def _sum_of_three(panels: np.ndarray, axis: int) -> np.ndarray:
    """Each value plus the one before and the one after along `axis`; edges are repeated."""
    widths = [(0, 0)] * panels.ndim
    widths[axis] = (1, 1)
    padded = np.moveaxis(np.pad(panels, widths, mode="edge"), axis, 0)
    return np.moveaxis(padded[:-2] + padded[1:-1] + padded[2:], 0, axis)

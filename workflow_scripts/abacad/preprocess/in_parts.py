"""Panels in, panels out, in three parts, so that one process can compute a part for many cadences at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class InParts:
    """A function of panels in three parts, of which the one between takes several cadences at a time.

    before    panels (panel=6, time, frequency), as read, in, what `between` takes out: in the workers
    between   results of `before` in, as many of its own out, in order: in the process that starts workers
    at_once   how many it takes
    after     a result of `between` in, panels out: in the workers

    `before` and `after` may raise ValueError for a cadence.
    """

    before: Callable[[np.ndarray], Any]
    between: Callable[[Sequence[Any]], Sequence[Any]]
    at_once: int
    after: Callable[[Any], np.ndarray]

"""A distribution, as written in the config, and a random generator in, a value out."""

from collections.abc import Sequence

import numpy as np

Distribution = float | Sequence  # see `draw`


def draw(distribution: Distribution, rng: np.random.Generator) -> float:
    """A value from ["uniform", low, high], ["log_uniform", low, high], ["normal", mean, deviation], or
    ["mixture", share, distribution, distribution], a share of whose values is from the first; or a number,
    which is itself. ValueError: none of these."""
    match distribution:
        case ["uniform", low, high]:
            return float(rng.uniform(low, high))
        case ["log_uniform", low, high]:
            return float(np.exp(rng.uniform(np.log(low), np.log(high))))
        case ["normal", mean, deviation]:
            return float(rng.normal(mean, deviation))
        case ["mixture", share, first, second]:
            return draw(first if rng.random() < share else second, rng)
        case int() | float():
            return float(distribution)
    raise ValueError(
        f"distribution {distribution}: must be a number, [uniform, low, high], [log_uniform, low, high], "
        "[normal, mean, deviation] or [mixture, share, distribution, distribution]"
    )


def lowest(distribution: Distribution) -> float:
    """The lowest value that `draw` may give. ValueError: as `draw`."""
    match distribution:
        case ["uniform" | "log_uniform", low, _]:
            return float(low)
        case ["normal", mean, deviation]:
            return -np.inf if deviation else float(mean)
        case ["mixture", _, first, second]:
            return min(lowest(first), lowest(second))
    return draw(distribution, np.random.default_rng(0))

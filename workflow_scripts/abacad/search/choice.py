"""Statistics and labels in, the statistic that finds most needles and its probabilities out.

This is all that a search learns: which of its numbers to go by, and how likely a needle is at each value
of it. The order of cadences is that of the statistic.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from abacad.score.resamples import scores_of

SOFT = 2.0  # values of a statistic below this go by themselves, above by their logarithm
LEAST_SLOPE = 0.05  # more of a statistic is never less likely a needle, whatever few labels say
DOUBT = 1.0  # of the slope: as much as the labels of a few rows tell of it
STRICTLY = (
    1e-3  # part of a probability that grows on where the rest of it is 0 or 1 to the last digit
)


@dataclass(frozen=True)
class Choice:
    """A statistic, and its map to probabilities: a logistic of asinh(value / `SOFT`)."""

    statistic: str
    slope: float
    offset: float

    def probabilities(self, values: np.ndarray) -> np.ndarray:
        """Probability of a needle by the statistic's values, (row,), float64, above 0 and below 1.

        It rises strictly: no two values become one probability.
        """
        values = values.astype(np.float64)
        logits = self.slope * np.arcsinh(values / SOFT) + self.offset
        logistic = np.exp(-np.logaddexp(0, -logits))
        rising = (1 + values / (1 + np.abs(values))) / 2
        return (1 - STRICTLY) * logistic + STRICTLY * rising


def choose(
    statistics: Mapping[str, np.ndarray], target: np.ndarray, statistic: str | None = None
) -> tuple[Choice, dict[str, dict[str, float]]]:
    """The statistic with the highest recall at 1 % false positives, of equal ones that with the highest AUC.

    statistics  (row,) each, by name; `target`: (row,), 0 or 1
    statistic   the name of one that is taken, whatever the others find
    Returns it with its map, and auc, recall and partial_auc of each. ValueError: rows of one class.
    """
    if not 0 < target.sum() < len(target):
        raise ValueError(
            f"a search chooses its statistic by needles and others, and {int(target.sum())} of the "
            f"{len(target)} training rows of the other folds hold a needle"
        )
    scores = {name: scores_of(target, values) for name, values in statistics.items()}
    best = statistic or max(scores, key=lambda name: (scores[name]["recall"], scores[name]["auc"]))
    slope, offset = _logistic(np.arcsinh(statistics[best].astype(np.float64) / SOFT), target)
    return Choice(best, slope, offset), scores


def _logistic(values: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """Slope and offset of the logistic regression of 0/1 on values, with a normal prior on the slope.

    By Newton's method in halved steps where a whole one goes too far; the problem is convex.
    """
    inputs = np.stack([values - values.mean(), np.ones_like(values)])
    penalty = np.diag([1 / DOUBT**2, 0]) / 2

    def loss(weights: np.ndarray) -> float:
        logits = weights @ inputs
        return np.logaddexp(0, logits).sum() - target @ logits + weights @ penalty @ weights

    weights = np.array([0, np.log(target.mean() / (1 - target.mean()))])
    for _ in range(100):
        likely = np.exp(-np.logaddexp(0, -(weights @ inputs)))
        gradient = inputs @ (likely - target) + 2 * penalty @ weights
        curvature = (inputs * (likely * (1 - likely))) @ inputs.T + 2 * penalty
        step = np.linalg.solve(curvature, gradient)
        while loss(weights - step) > loss(weights) and np.abs(step).max() > 1e-12:
            step = step / 2
        weights = weights - step
        if np.abs(step).max() < 1e-9:
            break
    slope = max(weights[0], LEAST_SLOPE)
    return float(slope), float(weights[1] - slope * values.mean())

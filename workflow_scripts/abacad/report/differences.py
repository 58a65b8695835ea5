"""Scores of several models and of their resamples in, how far each is from the best out, with intervals.

The intervals are paired: models are compared on the same resampled rows, so that what makes these rows hard
for all does not count. They are narrower than the models' own intervals would suggest.
"""

from collections.abc import Hashable, Mapping
from typing import TypeVar

import pyarrow as pa

from abacad.score.resamples import SCORES, difference, intervals

DIFFERENCES = tuple(f"{score}_difference{end}" for score in SCORES for end in ("", "_low", "_high"))

Name = TypeVar("Name", bound=Hashable)


def differences_from_best(
    scores: Mapping[Name, Mapping[str, float]], resampled: Mapping[Name, pa.Table]
) -> dict[Name, dict[str, float]]:
    """`DIFFERENCES` of each model from the one with the highest AUC, which has zeros itself.

    `scores` holds the keys `SCORES`, and `resampled` these of each resample, by the models' names.
    ValueError: not of the same resamples.
    """
    best = max(scores, key=lambda name: scores[name]["auc"])
    return {
        name: {f"{score}_difference": own[score] - scores[best][score] for score in SCORES}
        | intervals(difference(resampled[name], resampled[best]), "_difference")
        for name, own in scores.items()
    }

"""Scores of the base and of each switch in, what each switch changed out, with its spread over seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from abacad.report.on_test import TEST
from abacad.score.resamples import SCORES, difference, intervals
from abacad.tables.nested import dotted

COLUMNS = (
    "switch",
    "seeds",
    *(f"{score}_change{end}" for score in SCORES for end in ("", "_low", "_high")),
    *(f"{score}_spread" for score in SCORES),
    *(f"{score}{part}" for score in TEST for part in ("_change", "_spread")),
    "talk",
    "winners",
    "settings",
)


@dataclass(frozen=True)
class ScoredRun:
    """One experiment's scores, by the names in SCORES and TEST; `switch` is empty for the base.

    `resampled` are those in SCORES in each resample.
    """

    switch: str
    seed: int
    scores: Mapping[str, float]
    resampled: pa.Table


def ablation_rows(
    runs: Sequence[ScoredRun], switches: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """A row a switch, with the keys of `COLUMNS` that are known; the base comes first.

    A change is the mean over seeds of the score's difference from the base of the same seed, its
    spread the standard deviation of that difference (of the score itself for the base, whose change
    is the mean score). Its 95 % interval, of out-of-fold scores, is paired: switch and base are compared
    on the same resamples. It tells what other cadences would change, and the spread what other seeds would.
    `switches`: settings, talk, winners by name. ValueError: a switch lacks a seed that the base has, or is
    of other resamples.
    """
    by_switch: dict[str, dict[int, ScoredRun]] = {}
    for run in runs:
        by_switch.setdefault(run.switch, {})[run.seed] = run
    base = by_switch.pop("")
    scores, resampled = zip(*((run.scores, run.resampled) for run in base.values()), strict=True)
    rows = [{"switch": "(base)", "seeds": len(base)} | _summary(scores, resampled)]
    for switch, scored in by_switch.items():
        if set(scored) != set(base):
            raise ValueError(
                f"switch {switch}: seeds {sorted(scored)}, the base has {sorted(base)}"
            )
        pairs = [(scored[seed], base[seed]) for seed in base]
        differences = [
            {name: own.scores[name] - other.scores[name] for name in other.scores}
            for own, other in pairs
        ]
        resampled = [difference(own.resampled, other.resampled) for own, other in pairs]
        told = switches[switch]
        rows.append(
            {"switch": switch, "seeds": len(scored)}
            | _summary(differences, resampled)
            | {"talk": told.get("talk", ""), "winners": told.get("winners", "")}
            | {
                "settings": " ".join(
                    f"{key}={value}" for key, value in dotted(told["settings"]).items()
                )
            }
        )
    return rows


def _summary(
    scores: Sequence[Mapping[str, float]], resampled: Sequence[pa.Table]
) -> dict[str, str]:
    """Mean, interval, and standard deviation (of the sample; empty for one seed) of each score."""
    mean = {name: np.mean([table[name] for table in resampled], axis=0) for name in SCORES}
    limits = intervals(pa.table(mean), "_change")
    summary = {name: f"{limit:+.4f}" for name, limit in limits.items()}
    for name in (*SCORES, *TEST):
        values = [each[name] for each in scores if name in each]
        if values:
            summary[f"{name}_change"] = f"{np.mean(values):+.4f}"
            summary[f"{name}_spread"] = f"{np.std(values, ddof=1):.4f}" if len(values) > 1 else ""
    return summary

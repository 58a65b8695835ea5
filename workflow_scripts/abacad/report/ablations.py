"""Scores of the base and of each switch in, what each switch changed out, with its spread over seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from abacad.tables.nested import dotted

SCORES = ("auc", "test_auc", "test_auc_known", "test_auc_unseen")
COLUMNS = (
    "switch",
    "seeds",
    *(f"{score}{part}" for score in SCORES for part in ("_change", "_spread")),
    "talk",
    "winners",
    "settings",
)


@dataclass(frozen=True)
class ScoredRun:
    """One experiment's scores, by the names in SCORES; `switch` is empty for the base."""

    switch: str
    seed: int
    scores: Mapping[str, float]


def ablation_rows(
    runs: Sequence[ScoredRun], switches: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """A row a switch, with the keys of `COLUMNS` that are known; the base comes first.

    A change is the mean over seeds of the score's difference from the base of the same seed, its
    spread the standard deviation of that difference (of the score itself for the base, whose change
    is the mean score). `switches`: settings, talk, winners by name. ValueError: a switch lacks a seed
    that the base has.
    """
    by_switch: dict[str, dict[int, Mapping[str, float]]] = {}
    for run in runs:
        by_switch.setdefault(run.switch, {})[run.seed] = run.scores
    base = by_switch.pop("")
    rows = [{"switch": "(base)", "seeds": len(base)} | _summary([*base.values()])]
    for switch, scored in by_switch.items():
        if set(scored) != set(base):
            raise ValueError(
                f"switch {switch}: seeds {sorted(scored)}, the base has {sorted(base)}"
            )
        differences = [
            {name: scored[seed][name] - base[seed][name] for name in base[seed]} for seed in base
        ]
        told = switches[switch]
        rows.append(
            {"switch": switch, "seeds": len(scored)}
            | _summary(differences)
            | {"talk": told.get("talk", ""), "winners": told.get("winners", "")}
            | {
                "settings": " ".join(
                    f"{key}={value}" for key, value in dotted(told["settings"]).items()
                )
            }
        )
    return rows


def _summary(scores: Sequence[Mapping[str, float]]) -> dict[str, str]:
    """Mean and standard deviation (of the sample; empty for one seed) of each score."""
    summary = {}
    for name in SCORES:
        values = [each[name] for each in scores if name in each]
        if values:
            summary[f"{name}_change"] = f"{np.mean(values):+.4f}"
            summary[f"{name}_spread"] = f"{np.std(values, ddof=1):.4f}" if len(values) > 1 else ""
    return summary

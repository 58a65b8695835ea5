"""Runs in; hours of cards and cores, disk, and how long a whole job takes on 1 to 64 cards, out.

`make benchmark-scale` runs it with the three recipes, on the competition's data. Nothing is trained.
GPU-hours are those of `benchmarks/cost.py`. How long a job takes is told by a simulated run of its
trainings: each takes a card, the longest that may start comes first, and round 1 waits for round 0 of
all members. Milliseconds on a core are those that the other benchmarks measured; see `RATES`.
"""

import argparse
import heapq
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from cost import operations, published_rate

from abacad.cadences.layout import CADENCE_SHAPE
from abacad.model.detector import build_model, empty_images
from abacad.train.run_settings import run_of

CARDS = (1, 2, 8, 64)
CADENCE_GB = 2 * math.prod(CADENCE_SHAPE) / 1e9  # float16

# Milliseconds of a core for a cadence, and what measures them. Of a store: from the raw file to the store.
RATES = {
    "index": (4.4, "make benchmark"),
    "overlaps": (4.3, "make benchmark-overlaps"),
    "zscored": (9, "make benchmark-preprocess"),
    "normalized": (27, "make benchmark-preprocess"),
    "off_normalized": (30, "make benchmark-preprocess"),
    "levelled": (31, "make benchmark-preprocess"),
    "flattened": (71, "make benchmark-preprocess"),
    "nmf": (80, "make benchmark-preprocess"),
    "residual": (74, "make benchmark"),
}


@dataclass(frozen=True)
class Job:
    """A training of one fold.

    hours  on one card
    needs  names of the jobs that come before
    """

    hours: float
    needs: Sequence[str]


def main() -> None:
    """Read the command line, simulate and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    recipes_help = """JSON: by recipe, cadences (of all collections), stores, folds, and runs: passes (of
        cadences, all folds), settings (complete)"""
    parser.add_argument("--recipes", type=json.loads, required=True, help=recipes_help)
    arguments = parser.parse_args()

    print("| recipe | stage | ms a cadence | core-hours | GB | measured by |")
    print("| --- | --- | ---: | ---: | ---: | --- |")
    for recipe, asked in arguments.recipes.items():
        for stage in ("index", "overlaps", *asked["stores"]):
            milliseconds, command = RATES[stage]
            hours = milliseconds * asked["cadences"] / 3.6e6
            size = f"{CADENCE_GB * asked['cadences']:.0f}" if stage in asked["stores"] else ""
            print(f"| {recipe} | {stage} | {milliseconds} | {hours:.1f} | {size} | `{command}` |")

    cards = " | ".join(f"{count} GPU{'s' * (count > 1)}" for count in CARDS)
    print(f"\n| recipe | trainings | GPU-hours | {cards} |")
    print("| --- | ---: | ---: |" + " ---: |" * len(CARDS))
    for recipe, asked in arguments.recipes.items():
        jobs = jobs_of(asked["runs"], asked["folds"])
        total = sum(job.hours for job in jobs.values())
        lasting = " | ".join(f"{finished(jobs, count):.0f} h" for count in CARDS)
        print(f"| {recipe} | {len(jobs)} | {total:.0f} | {lasting} |")


def jobs_of(runs: Sequence[Mapping[str, Any]], folds: int) -> dict[str, Job]:
    """The trainings of a recipe by name: pretraining, then round 0; round 1 after round 0 of all members."""
    stages = {(run["settings"]["experiment"], run["settings"]["stage"]) for run in runs}
    jobs = {}
    for run in runs:
        experiment, stage = run["settings"]["experiment"], run["settings"]["stage"]
        hours = gpu_hours(run["settings"], run["passes"]) / folds
        for fold in range(folds):
            needs = []
            if stage == "round0" and (experiment, "pretrain") in stages:
                needs = [f"{experiment} pretrain {fold}"]
            elif stage == "round1":
                members = [name for name, of in stages if of == "round0"]
                needs = [f"{name} round0 {other}" for name in members for other in range(folds)]
            jobs[f"{experiment} {stage} {fold}"] = Job(hours, needs)
    return jobs


def gpu_hours(settings: Mapping[str, Any], passes: float) -> float:
    """As in cost.py, of one RTX 3090."""
    run = run_of(settings)
    with torch.device("meta"):
        own = operations(build_model(run), empty_images(run))
    return passes * own / rate_of(run.architecture.backbone.split(".")[0]) / 3600


@cache
def rate_of(name: str) -> float:
    return published_rate(name)


def finished(jobs: Mapping[str, Job], cards: int) -> float:
    """Hours from the start of the first job to the end of the last one, on so many cards."""
    waiting, running, done, now = dict(jobs), [], set(), 0.0
    while waiting or running:
        free = [name for name, job in waiting.items() if done.issuperset(job.needs)]
        free.sort(key=lambda name: -waiting[name].hours)
        for name in free[: cards - len(running)]:
            heapq.heappush(running, (now + waiting.pop(name).hours, name))
        now, name = heapq.heappop(running)
        done.add(name)
    return now


if __name__ == "__main__":
    main()

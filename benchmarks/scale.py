"""Runs in; hours of cards and cores, disk, and how long a whole job takes on 1 to 64 cards, out.

`make benchmark-scale` runs it with the three recipes, on the competition's data. Nothing is trained.
GPU-hours are those of `benchmarks/cost.py`. How long a job takes is told by a simulated run of its
trainings: each takes a card, the longest that may start comes first, and round 1 waits for round 0 of
all members. Milliseconds on a core are those that the other benchmarks measured; see `RATES`.
"""

import argparse
import heapq
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cost import gpu_hours, operations_of

from abacad.train.run_settings import run_of

CARDS = (1, 2, 8, 64)

# Milliseconds of a core for a cadence, and what measures them. Of a store: from the raw file to the store.
RATES = {
    "index": (4.4, "make benchmark"),
    "overlaps": (4.3, "make benchmark-overlaps"),
    "zscored": (3.4, "make benchmark-preprocess"),
    "normalized": (12, "make benchmark-preprocess"),
    "off_normalized": (13, "make benchmark-preprocess"),
    "levelled": (14, "make benchmark-preprocess"),
    "flattened": (21, "make benchmark-preprocess"),
    "nmf": (34, "make benchmark-preprocess"),
    "residual": (38, "make benchmark-preprocess"),
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
    recipes_help = """JSON: by recipe, cadences (of all collections), stores (bytes of a cadence in each), and
        runs: trainings (how many), passes (of cadences, all trainings), settings (complete)"""
    parser.add_argument("--recipes", type=json.loads, required=True, help=recipes_help)
    arguments = parser.parse_args()

    print("| recipe | stage | ms a cadence | core-hours | GB | measured by |")
    print("| --- | --- | ---: | ---: | ---: | --- |")
    for recipe, asked in arguments.recipes.items():
        for stage in ("index", "overlaps", *asked["stores"]):
            milliseconds, command = RATES[stage]
            hours = milliseconds * asked["cadences"] / 3.6e6
            stored = asked["stores"].get(stage, 0) * asked["cadences"] / 1e9
            size = f"{stored:.0f}" if stored else ""
            print(f"| {recipe} | {stage} | {milliseconds} | {hours:.1f} | {size} | `{command}` |")

    cards = " | ".join(f"{count} GPU{'s' * (count > 1)}" for count in CARDS)
    print(f"\n| recipe | trainings | GPU-hours | {cards} |")
    print("| --- | ---: | ---: |" + " ---: |" * len(CARDS))
    for recipe, asked in arguments.recipes.items():
        jobs = jobs_of(asked["runs"])
        total = sum(job.hours for job in jobs.values())
        lasting = " | ".join(f"{finished(jobs, count):.0f} h" for count in CARDS)
        print(f"| {recipe} | {len(jobs)} | {total:.0f} | {lasting} |")


def jobs_of(runs: Sequence[Mapping[str, Any]]) -> dict[str, Job]:
    """The trainings of a recipe by name: pretraining, then round 0; round 1 after round 0 of all members."""
    jobs: dict[str, Job] = {}
    for run in sorted(runs, key=lambda run: run["settings"]["stage"]):
        experiment, stage = run["settings"]["experiment"], run["settings"]["stage"]
        model = run_of(run["settings"])
        hours = gpu_hours(model, operations_of(model), run["passes"]) / run["trainings"]
        before = [name for name in jobs if stage == "round1" and " round0 " in name]
        pretrained = [name for name in jobs if name.startswith(f"{experiment} pretrain ")]
        for fold in range(run["trainings"]):
            needs = before
            if stage == "round0" and pretrained:
                needs = [pretrained[fold] if len(pretrained) > 1 else pretrained[0]]
            jobs[f"{experiment} {stage} {fold}"] = Job(hours, needs)
    return jobs


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

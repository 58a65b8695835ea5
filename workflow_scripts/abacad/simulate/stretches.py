"""Settings of a simulation in, its plan out: which snippets are cut from which stretch of background."""

from dataclasses import dataclass
from itertools import cycle, islice

import numpy as np

from abacad.cadences.layout import COLLECTIONS, OLD_COLLECTIONS
from abacad.needles.kinds import KINDS, KNOWN_KINDS
from abacad.simulate.settings import Simulation


@dataclass(frozen=True)
class Snippet:
    """One cadence to cut from a stretch. `kind` is that of its needle, or None for a negative."""

    collection: str
    id: str
    kind: str | None


@dataclass(frozen=True)
class Stretch:
    """One stretch of background and the snippets to cut from it."""

    index: int
    noisy: bool
    snippets: tuple[Snippet, ...]
    seed: np.random.SeedSequence


def plan_stretches(simulation: Simulation) -> list[Stretch]:
    """Deal the cadences of all collections to quiet and noisy stretches, at random."""
    plan_seed, stretch_seed = np.random.SeedSequence(simulation.seed).spawn(2)
    rng = np.random.default_rng(plan_seed)
    quiet, noisy = [], []
    for collection in COLLECTIONS:
        count = simulation.counts[collection]
        in_test = collection == "test"
        positive_rate = simulation.test_positive_rate if in_test else simulation.positive_rate
        noisy_fraction = simulation.test_noisy_fraction if in_test else simulation.noisy_fraction
        positives, noisy_count = round(positive_rate * count), round(noisy_fraction * count)
        kinds = [*islice(cycle(KINDS if in_test else KNOWN_KINDS), positives)]  # equal shares
        kinds += [None] * (count - positives)
        ids = random_ids(count, 12 if collection in OLD_COLLECTIONS else 15, rng)
        snippets = [
            Snippet(collection, cadence_id, kinds[i])
            for cadence_id, i in zip(ids, rng.permutation(count), strict=True)
        ]
        noisy += snippets[:noisy_count]
        quiet += snippets[noisy_count:]

    widths = simulation.stretch_width / simulation.shape.frequency_bins
    snippets_per_stretch = simulation.coverage * widths
    stretches: list[Stretch] = []
    for is_noisy, snippets in ((False, quiet), (True, noisy)):
        count = min(len(snippets), max(1, round(len(snippets) / snippets_per_stretch)))
        shuffled = rng.permutation(len(snippets))
        for i in range(count):  # every count-th one, so group sizes differ by at most one
            chosen = tuple(snippets[j] for j in shuffled[i::count])
            (seed,) = stretch_seed.spawn(1)
            stretches.append(Stretch(len(stretches), is_noisy, chosen, seed))
    return stretches


def random_ids(count: int, digits: int, rng: np.random.Generator) -> list[str]:
    """`count` different ids of `digits` hexadecimal digits (at most 15)."""
    numbers: dict[int, None] = {}  # a set that keeps its order
    while len(numbers) < count:
        numbers.update(dict.fromkeys(rng.integers(16**digits, size=count - len(numbers)).tolist()))
    return [f"{number:0{digits}x}" for number in numbers]

"""Ids of backgrounds in, which rows to make of them out: as Aetherscan makes the rows that it learns from.

Each row draws its background anew, with replacement, so several rows have the same one. A quarter of the
rows is left as it is, a quarter gets a line in all six panels, a quarter a needle, a quarter both. The
kind of a row does not depend on its background.

Source: docs/PREPROCESSING.md of https://github.com/zachtheyek/Aetherscan, "The four signal types".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np


@dataclass(frozen=True)
class Row:
    """One cadence to make: of which background, and what is added to it.

    needle        in ON panels alone, which makes it a positive
    interference  a line in all six panels
    """

    id: str
    background_id: str
    needle: bool
    interference: bool


def plan_rows(
    background_ids: Sequence[str], backgrounds: int, count: int, rng: np.random.Generator
) -> list[Row]:
    """`count` rows of `backgrounds` of these, which are chosen once; the kinds have equal shares.

    ValueError: there are fewer backgrounds than asked for, or less than one row of each kind.
    """
    if not 1 <= backgrounds <= len(background_ids):
        raise ValueError(
            f"{backgrounds} backgrounds are asked for; allowed: 1 to {len(background_ids)}"
        )
    kinds = [*product((False, True), repeat=2)]
    if count < len(kinds):
        raise ValueError(f"{count} rows are asked for; there are {len(kinds)} kinds of them")
    chosen = rng.choice(len(background_ids), backgrounds, replace=False)
    drawn = rng.choice(chosen, count)
    order = rng.permutation(count)
    return [
        Row(f"{number:06d}", background_ids[place], *kinds[kind % len(kinds)])
        for number, (place, kind) in enumerate(zip(drawn, order, strict=True))
    ]

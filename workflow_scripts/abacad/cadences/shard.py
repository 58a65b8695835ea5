"""A part of a store: which one, and what it keeps of each cadence."""

import re
from dataclasses import dataclass

import numpy as np

from abacad.cadences.compact import Compact, encode
from abacad.cadences.layout import OFF_PANELS, ON_PANELS, PANELS

STORED_AS = ("int8", "float16")

# Slices, unlike lists of indices, are views of a memory-mapped cadence, so each bin is copied once.
AMONG_ALL = {
    "all": slice(None),
    "on": slice(ON_PANELS[0], None, ON_PANELS[1] - ON_PANELS[0]),
    "off": slice(OFF_PANELS[0], None, OFF_PANELS[1] - OFF_PANELS[0]),
}

Stored = np.ndarray | Compact  # what a store holds of a cadence, in float16 or in int8


@dataclass(frozen=True)
class Shard:
    """Which part of which store a file holds: shard `index` of `count` of one collection.

    panels     that it holds of each cadence: all, on or off
    stored_as  one of `STORED_AS`
    """

    store: str
    collection: str
    index: int
    count: int
    panels: str = "all"
    stored_as: str = "float16"

    def __post_init__(self) -> None:
        if not 0 <= self.index < self.count:
            raise ValueError(
                f"shard {self.index} of {self.count}: must be one of 0 to {self.count - 1}"
            )

    def rows(self, total: int) -> range:
        """The rows of this shard among the `total` rows of the collection. Shards differ by at most one
        row."""
        return range(total * self.index // self.count, total * (self.index + 1) // self.count)

    def kept(self, panels: np.ndarray) -> Stored:
        """What the file holds of a cadence, from all six panels (panel, time, frequency), or from those alone
        that it holds. ValueError: as in `encode`.
        """
        if len(panels) == PANELS:
            panels = panels[AMONG_ALL[self.panels]]
        return encode(panels) if self.stored_as == "int8" else panels.astype(np.float16)

    def places(self, side: str) -> slice:
        """Where a side's panels (all, on or off) are among those that the file holds.

        ValueError: it does not hold them. The message says what it holds.
        """
        if side == self.panels:
            return slice(None)
        if self.panels == "all":
            return AMONG_ALL[side]
        asked = "all six" if side == "all" else f"the {side.upper()} panels"
        raise ValueError(
            f"the store {self.store} of {self.collection} holds its {self.panels.upper()} panels alone; "
            f"{asked} are asked for"
        )


def shard_position(text: str) -> tuple[int, int]:
    """Index and count of a shard from the name of its file, such as 0-of-16. ValueError: it has not
    this form."""
    match = re.fullmatch(r"(\d+)-of-(\d+)", text)
    if not match:
        raise ValueError(f"shard {text!r}: must be INDEX-of-COUNT, as 0-of-16")
    return int(match[1]), int(match[2])

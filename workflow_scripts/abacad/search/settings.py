"""The config's block search in, its settings as a dataclass out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

from abacad.cadences.layout import COMPETITION, PanelShape
from abacad.images.drift import Drifts


@dataclass(frozen=True)
class Search:
    """How to search.

    store      the store whose panels are searched; the job is given its files
    largest    drift rate in Hz/s, both ways
    step       from drift rate to drift rate in Hz/s, at most
    widths     boxcars along frequency, in bins
    threshold  least signal-to-noise ratio of a hit, of the three ON panels together
    hits       of a cadence, at most
    shape      of the panels
    """

    store: str = "levelled"
    largest: float = 157.0
    step: float = 3.3
    widths: Sequence[int] = (1, 2, 4)
    threshold: float = 8.0
    hits: int = 20
    shape: PanelShape = COMPETITION

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """The search of these settings, `shape` a mapping; those that are missing have their defaults.

        ValueError names one that is not known, or out of its range.
        """
        known = [setting.name for setting in fields(cls)]
        if unknown := [name for name in settings if name not in known]:
            raise ValueError(f"search: unknown {', '.join(unknown)}; allowed: {', '.join(known)}")
        return cls(**settings | {"shape": PanelShape(**settings.get("shape", {}))})

    def __post_init__(self) -> None:
        Drifts(self.largest, self.step, self.shape)
        if not self.widths or any(width < 1 for width in self.widths):
            raise ValueError(
                f"search: widths must be whole numbers of bins from 1, not {self.widths}"
            )
        if self.threshold <= 0 or self.hits < 1:
            raise ValueError("search: threshold must be above 0, and hits 1 or more")

    @property
    def drifts(self) -> Drifts:
        return Drifts(self.largest, self.step, self.shape)

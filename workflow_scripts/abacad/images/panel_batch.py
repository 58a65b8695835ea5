"""A batch of panels, with a generator for each row: which rows change, and what is drawn for them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from abacad.devices.device import sent

ON, OFF = slice(0, None, 2), slice(1, None, 2)  # panels of a channel that holds all six

Generators = Sequence[np.random.Generator]  # one for each row


@dataclass
class PanelBatch:
    """What a change works on, in place.

    panels      (batch, channel, panel, time, frequency), any float type
    labels      (batch,), 0..1
    channels    name of each channel: store.on and store.off have three panels; store.all has six, in their
                order; store.mask says which columns are known, and only moves affect it
    generators  of each row, from which all of its changes are drawn; none if nothing is drawn
    """

    panels: torch.Tensor
    labels: torch.Tensor
    channels: tuple[str, ...]
    generators: Generators = ()

    def __len__(self) -> int:
        return len(self.panels)


def generators(seed: int, numbers: Sequence[int]) -> Generators:
    """A generator for each row, by its number in an epoch and the epoch's seed."""
    return [np.random.default_rng((seed, number)) for number in numbers]


def chosen_rows(batch: PanelBatch, probability: float) -> list[int]:
    """The rows that a change applies to, drawn at random."""
    return [row for row, random in enumerate(batch.generators) if random.random() < probability]


def draws(
    batch: PanelBatch,
    rows: Sequence[int],
    draw: Callable[[np.random.Generator], Any],
    dtype: type = np.float32,
) -> np.ndarray:
    """What `draw` draws for each of these rows, from its own generator: (row, ...)."""
    return np.array([draw(batch.generators[row]) for row in rows], dtype)


def pieces(
    batch: PanelBatch, rows: Sequence[int], *drawn: np.ndarray
) -> Iterator[tuple[slice | torch.Tensor, ...]]:
    """The rows to change together, with what was drawn for them, on the device of the batch.

    On a GPU these are all rows. On a CPU one row at a time stays in the processor's cache, and is changed in
    its place.
    """
    device = batch.panels.device
    if device.type == "cpu":
        for number, row in enumerate(rows):
            yield (
                slice(row, row + 1),
                *(torch.from_numpy(each[number : number + 1]) for each in drawn),
            )
    elif rows:
        yield sent(rows, device), *(sent(each, device) for each in drawn)


def within(starts: torch.Tensor, lengths: torch.Tensor | int, bins: int) -> torch.Tensor:
    """Which of so many bins lie in a stretch: (..., bin) bool for starts and lengths (...)."""
    offsets = torch.arange(bins, device=starts.device) - starts[..., None]
    lengths = lengths[..., None] if isinstance(lengths, torch.Tensor) else lengths
    return (offsets >= 0) & (offsets < lengths)

"""Values along frequency in, what is smooth there out: tensors of any device, the last axis is frequency."""

import torch
from torch.nn import functional

from abacad.images.running import repeated

# Columns on either side whose median is the level around a line of no width; one beside it is in few of them.
AROUND = (2, 3, 5, 7)

# Batcher's odd-even merge sort of eight values, as exchanges.
NETWORK = (
    *((0, 1), (2, 3), (4, 5), (6, 7), (0, 2), (1, 3), (4, 6), (5, 7), (1, 2), (5, 6)),
    *((0, 4), (3, 7), (1, 5), (2, 6), (1, 4), (3, 6), (2, 4), (3, 5), (3, 4)),
)


def boxcar(values: torch.Tensor, width: int) -> torch.Tensor:
    """The sum of each bin and the `width` - 1 above it over the root of the width: noise keeps its deviation.

    Where the band ends before, there is 0.
    """
    if width == 1:
        return values
    sums = functional.pad(values, (1, 0)).cumsum(-1)
    summed = torch.zeros_like(values)
    summed[..., : values.shape[-1] - width + 1] = sums[..., width:] - sums[..., :-width]
    return summed / width**0.5


def above_surroundings(values: torch.Tensor, width: int) -> torch.Tensor:
    """Sums of `width` bins less the median of eight around each: lines stay, what is wider goes."""
    apart = max(1, width // 2)  # sums that share bins would tell little more than one of them
    offsets = [side * (width + apart * distance) for distance in AROUND for side in (-1, 1)]
    reach, bins = max(offsets), values.shape[-1]
    wider = repeated(values, reach, reach)
    sorted_ = [wider[..., reach + offset : reach + offset + bins] for offset in offsets]
    for low, high in NETWORK:
        pair = sorted_[low], sorted_[high]
        sorted_[low], sorted_[high] = torch.minimum(*pair), torch.maximum(*pair)
    return values - (sorted_[3] + sorted_[4]) / 2


def highest_within(values: torch.Tensor, reach: int, axis: int) -> torch.Tensor:
    """The highest value within `reach` places on either side along an axis, counted from the end: -1, -2."""
    before_it = (0, 0) * (-axis - 1)
    highest = functional.pad(values, (*before_it, reach, reach), value=-torch.inf)
    span, covered = 2 * reach + 1, 1
    while covered < span:  # twice as many places at a time
        step, count = min(covered, span - covered), highest.shape[axis]
        step_on = highest.narrow(axis, step, count - step)
        highest = torch.maximum(highest.narrow(axis, 0, count - step), step_on)
        covered += step
    return highest

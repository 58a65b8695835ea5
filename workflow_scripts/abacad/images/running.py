"""Values along frequency in, means and medians of the bins about each out: tensors of any device, the last
axis is frequency, and the edges are repeated."""

import torch
from torch.nn import functional


def running_mean(values: torch.Tensor, width: int) -> torch.Tensor:
    """The mean of `width` bins about each, an odd number."""
    sums = repeated(values, width // 2 + 1, width // 2).cumsum(-1)
    return (sums[..., width:] - sums[..., :-width]) / width


def running_median(values: torch.Tensor, width: int) -> torch.Tensor:
    """The median of `width` bins about each, an odd number."""
    return repeated(values, width // 2, width // 2).unfold(-1, width, 1).median(-1).values


def repeated(values: torch.Tensor, before: int, after: int) -> torch.Tensor:
    """The values with the first and the last one so many times more."""
    rows = values.reshape(1, -1, values.shape[-1])
    rows = functional.pad(rows, (before, after), mode="replicate")
    return rows.reshape(*values.shape[:-1], -1)

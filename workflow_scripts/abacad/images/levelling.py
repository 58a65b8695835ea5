"""A needle and the levelled panels under it in, what levelling would have taken from that needle out.

Levelled panels have no level of their own along frequency: it is taken away to the last bit. A needle that
is added afterwards brings a level, however faint it is. A model would find that at once, learn to look for
nothing else, and be blind to needles that were in the panels from the start. tests/levelling compares
needles that were added before and after.
"""

import math
from functools import lru_cache

import torch

from abacad.cadences.band import BURST, LINE, OWN, median_error, polynomial_weights
from abacad.images.composition import FREQUENCY, TIME
from abacad.images.running import running_mean, running_median

NORMAL_DENSITY = (2 * math.pi) ** -0.5  # of normal values of deviation 1, at their median


def taken_by_levelling(
    panels: torch.Tensor, columns: torch.Tensor, needle: torch.Tensor
) -> torch.Tensor:
    """What `levelled` of preprocess/level.py takes away more if the needle is there: (row, panel, time,
    frequency).

    panels   (row, panel, time, frequency), levelled, noise of deviation 1
    columns  of the bins that hold the needle, (row, panel, time, bin), none of them twice
    needle   its intensity there

    As there, the band of each panel is fitted, and then the level of each spectrum is its running mean;
    lines count in neither. Here a column's level is the mean of its bins, at most `LINE` each, and not
    their median, which would take most of the time.
    """
    under = panels.gather(FREQUENCY, columns)
    counting = (under + needle).clamp(-LINE, LINE) - under.clamp(-LINE, LINE)
    counting = torch.zeros_like(panels).scatter_(FREQUENCY, columns, counting)
    before = panels.clamp(-LINE, LINE).mean(TIME)  # (row, panel, frequency)
    after = before + counting.mean(TIME)
    noise = median_error(panels.shape[TIME])  # of a column's level
    fit = smooth(after, noise)
    band = (fit - smooth(before, noise)).unsqueeze(TIME)
    counted = ((after - fit).abs() <= LINE * noise).float().unsqueeze(TIME)
    share = running_mean(counted, BURST).clamp(min=1 / BURST)
    return band + running_mean((counting - band) * counted, BURST) / share


def median_shift(before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
    """How much higher the median of each spectrum is after a change: (row, panel, time, 1).

    before, after  (row, panel, time, frequency); before, spectra have the median 0 and a spread of 1

    Each bin that rises above 0 moves the median on by one bin, of which there are so many at the median of
    normal values. So nothing needs to be sorted.
    """
    risen = (after > 0).sum(FREQUENCY, keepdim=True) - (before > 0).sum(FREQUENCY, keepdim=True)
    return risen / (before.shape[FREQUENCY] * NORMAL_DENSITY)


def smooth(columns: torch.Tensor, noise: float) -> torch.Tensor:
    """`smooth` of preprocess/level.py, of a panel's own band: levels (..., frequency) of such noise."""
    weights = _weights(columns.shape[-1], columns.device)
    fit = running_median(columns, OWN.median) @ weights
    for allowed in OWN.allowed:
        left = columns - fit
        fit = fit + torch.where(left.abs() < allowed * LINE * noise, left, 0) @ weights
    return fit


@lru_cache
def _weights(bins: int, device: torch.device) -> torch.Tensor:
    """`polynomial_weights` of a panel's own band, which stay on their device from step to step."""
    return torch.from_numpy(polynomial_weights(bins, OWN.width)).to(device)

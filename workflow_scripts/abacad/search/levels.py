"""Panels of any store in, flat panels out: noise of deviation 1 about 0, lines left in as they are.

What tells a needle from a carrier is how bright OFF panels are at the same place, and a store that takes
carriers out of OFF panels, as `flattened` does, hides it. Here no column's own level is taken away: only
what is smooth along frequency goes, that is the ripple of the band, gain, and bursts over the band or a
part of it. The ripple that all panels share is told by OFF panels, where no needle is: one that drifts by a
few bins a panel looks like a crest of it.
"""

from dataclasses import dataclass

import torch

from abacad.cadences.layout import OFF_PANELS
from abacad.search.smoothing import polynomial, running_mean, running_median

FIT = 4  # order of the polynomials that are fitted to a band
BURST = 31  # bins over which a spectrum's level is taken; bursts fill wider parts of the band
LINE = 3.0  # deviations above which a bin is a line, and does not count in the level around it
CLIP = (-5.0, 20.0)  # of the result; one bin is not to decide alone
BLANK = 0.3  # of the noise: where neighbouring bins differ by less, a time bin is blank
BY_CHANCE = 1.3  # times as much as it is, the spread of some bins of noise may seem
MEAN_DEVIATION = 0.8  # of normal noise, over its standard deviation


@dataclass(frozen=True)
class Fit:
    """How a band is fitted.

    median   bins of the running median that it begins with: lines of less than half of it are not seen
    width    bins that a polynomial spans
    allowed  what is no line in each turn, in `LINE` deviations of its noise: what the median missed of ripple
    """

    median: int
    width: int
    allowed: tuple[int, ...]


# Of what all panels share, ripple of 12 bins is followed. What a panel has beside it is less, and may be a
# needle: it is followed from some 20 bins on. The last turns let go of the lines that the first ones fitted.
SHARED = Fit(median=5, width=17, allowed=(8, 4, 2, *[1] * 6))
OWN = Fit(median=9, width=23, allowed=(2, *[1] * 4))


def flat(panels: torch.Tensor) -> torch.Tensor:
    """Panels (..., panel=6, time, frequency), any float type, as float32, in deviations of their noise.

    Time bins that are blank are 0. A panel whose noise is 0 is 0 throughout.
    """
    panels = panels.float()
    panels = panels - panels[..., ::4].median(-1, keepdim=True).values
    deviation = _noise(panels)
    panels = panels / deviation[..., None, None]
    columns = panels.median(-2).values  # (..., frequency)
    live = panels.diff(dim=-1).abs_().clamp_(max=LINE).mean(-1, keepdim=True) > BLANK
    # Of the columns' medians, what is a line stays in the panels, and what is band goes.
    noise = 1.25 / panels.shape[-2] ** 0.5
    # Their mean, for a median of three makes waves of a third of the period of each one's own ripple.
    off = list(OFF_PANELS)
    alive = deviation[..., off].isfinite().float()[..., None]
    shared = (columns[..., off, :] * alive).sum(-2) / alive.sum(-2).clamp(min=1)
    shared = smooth(shared, noise, SHARED)
    columns = columns - shared.unsqueeze(-2)
    band = shared.unsqueeze(-2) + smooth(columns, noise, OWN)
    panels = (panels - band.unsqueeze(-2)) * live
    panels = panels - _level(panels)
    spread = running_mean(panels.abs().clamp(max=LINE + 1), BURST) / MEAN_DEVIATION
    return (panels / (spread / BY_CHANCE).clamp(min=1)).clamp(*CLIP)


def smooth(columns: torch.Tensor, noise: float, how: Fit) -> torch.Tensor:
    """The smooth part of columns' levels, (..., frequency), whose own noise has this deviation.

    A polynomial is fitted to the columns, and then to what is left of them where it is no line, which is
    first a lot and in the end `LINE` deviations. Fits to what is left follow ripple to its crests (twicing,
    Tukey 1977), but for the very edges of the band.
    """
    fit = polynomial(running_median(columns, how.median), how.width, FIT)
    for allowed in how.allowed:
        left = columns - fit
        left = torch.where(left.abs() < allowed * LINE * noise, left, 0)
        fit = fit + polynomial(left, how.width, FIT)
    return fit


def _level(panels: torch.Tensor) -> torch.Tensor:
    """The running mean of each spectrum without the lines: what rises far above all that is around it."""
    around = running_mean(panels.abs(), BURST)
    most = (2 * around).clamp(min=LINE)
    return running_mean(panels.clamp(-most, most), BURST)


def _noise(panels: torch.Tensor) -> torch.Tensor:
    """The deviation of each panel's noise, (...), by differences in time, in which the band cancels.

    Differences of 0 are of blank time bins, and do not count; without any other it is infinite.
    """
    earlier, later = panels[..., :-1:3, :], panels[..., 1::3, :]
    differences = later - earlier[..., : later.shape[-2], :]
    differences = differences - differences[..., ::4].median(-1, keepdim=True).values
    differences = differences.abs().flatten(-2)
    differences = differences.masked_fill(differences == 0, torch.nan)
    return (1.4826 / 2**0.5 * differences.nanmedian(-1).values).nan_to_num(torch.inf)

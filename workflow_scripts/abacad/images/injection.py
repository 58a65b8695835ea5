"""Needles and a batch of backgrounds in, training rows with known truth out: on the device, anew in
every step.

Random numbers are drawn in NumPy, so that every device gets the same needles. Their profiles are
computed on the device, in the few bins around each path. Here needles are added after preprocessing; in
simulate/inject.py, before it. So a store must keep needles as they are, except for their scale. When
100 straight needles of SNR 40 were injected before preprocessing, zscored kept 0.99 of it, off_normalized
0.98, levelled 0.94, and flattened 0.88 (medians). So at equal SNR, needles in flattened are a little
fainter there than here.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from abacad.cadences.arrangement import OFF_PANELS_ALONE, off_panels_alone
from abacad.cadences.layout import FREQUENCY_BINS, OFF_PANELS, ON_PANELS, PANELS, TIME_BINS
from abacad.images.augment import ON, PanelBatch, other_side
from abacad.images.composition import FREQUENCY, TIME, intensities
from abacad.needles.traces import SIGMA, Needles

# normalized removes what hardly drifts; nmf, sharpened and residual change needles.
KEEPING_STORES = ("flattened", "off_normalized", "zscored", "levelled")

REACH = (
    2  # widths around its path where a needle is computed; beyond, it is below 2e-5 of its height
)
NOISE_COLUMNS = slice(None, -1, 17), slice(1, None, 17)  # 15 columns and their neighbours
NORMAL_MAD = 1.4826  # standard deviation of a normal distribution over its MAD


def check_channels(channels: Sequence[str]) -> None:
    """ValueError: the store of a channel does not keep needles, or no channel shows ON panels. The
    message names the channel."""
    for name in (channels[number] for number in intensities(channels)):
        if name.split(".")[0] not in KEEPING_STORES:
            raise ValueError(
                f"channel {name}: no needle can be added to a store whose preprocessing changes needles; "
                f"allowed: {', '.join(KEEPING_STORES)}"
            )
    if not [*_showing_on(channels)]:
        raise ValueError(
            f"channels {', '.join(channels)}: none shows the ON panels, where needles are; allowed: one "
            ".on or .all of a store at least"
        )


def check_sides(channels: Sequence[str]) -> None:
    """ValueError: a channel shows ON panels, but none shows the OFF panels of the same store. The
    message names it."""
    for _, name, _ in _showing_on(channels):
        if (other := other_side(name)) not in channels:
            raise ValueError(
                f"channel {name}: backgrounds of OFF panels alone need {other} too; allowed: both, or "
                f"{name.split('.')[0]}.all"
            )


def arrange(batch: PanelBatch, rows: Sequence[int], random: np.random.Generator) -> None:
    """Rearrange these rows from their OFF panels alone (see `off_panels_alone`), in place in `batch`.

    Their label is then 0, whatever it was, because OFF panels never hold a needle. ValueError: see
    `check_sides`; if there are no rows, any channels are allowed.
    """
    if not len(rows):
        return
    check_sides(batch.channels)
    row, (spectra, numbers) = _on_device(rows, batch), _spectra(batch)
    rolls = np.array([off_panels_alone(random).rolls for _ in rows], int).reshape(-1, PANELS, 1)
    times = (np.arange(TIME_BINS) - rolls[:, ON_PANELS]) % TIME_BINS
    times = _on_device(times, batch)  # (row, panel=3, time)
    for channel, name, on in _showing_on(batch.channels):
        panels = [OFF_PANELS_ALONE[panel] for panel in ON_PANELS]
        if not name.endswith(".all"):
            panels = [OFF_PANELS.index(panel) for panel in panels]
        other = batch.channels.index(other_side(name))
        panel = _on_device(panels, batch)[:, None]
        source = numbers[row[:, None, None], other, panel, times]
        rolled = spectra.index_select(0, source.flatten())
        batch.panels[row, channel, on] = rolled.view(*source.shape, FREQUENCY_BINS)
    batch.labels[row] = 0


def inject(batch: PanelBatch, rows: Sequence[int], needles: Needles, highest: float) -> None:
    """Add a needle to each of these rows, which hold none, in place in `batch`, and set their label to 1.

    All channels of intensities that show ON panels get it, in units of the noise of each panel.
    `highest` is the value to which preprocessing clips the stores. ValueError: see `check_channels`; or
    the numbers of needles and rows differ.
    """
    check_channels(batch.channels)
    if len(rows) != len(needles):
        raise ValueError(f"{len(needles)} needles for {len(rows)} rows: must be as many")
    row, (spectra, numbers) = _on_device(rows, batch), _spectra(batch)
    columns, intensity = rendered(needles, row.device)
    for channel, name, on in _showing_on(batch.channels):
        panels = batch.panels[:, channel, on]  # a view
        bins = numbers[row, channel, on][..., None], columns
        before = spectra[bins].float()
        after = (before + noise_of(panels, row) * intensity).clamp(max=highest)
        spectra[bins] = after.to(spectra.dtype)
        if name.startswith("zscored."):
            _zscore_again(panels, row, before, after)
    batch.labels[row] = 1


def rendered(needles: Needles, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """The columns around the paths, and the brightness of the needles there over the noise: (row,
    panel=3, time, bin).

    The profile is a Gaussian, evaluated at the middle of each bin as in setigen. No column occurs twice
    in a time bin.
    """
    path, brightness, width, snr = (
        torch.from_numpy(values).to(device)
        for values in (needles.path, needles.brightness, needles.width, needles.snr)
    )
    reach = int(np.ceil(REACH * needles.width.max(initial=0)))
    count = min(2 * reach + 1, FREQUENCY_BINS)
    first = (path.round() - reach).clamp(0, FREQUENCY_BINS - count)
    columns = first[..., None] + torch.arange(count, device=device)
    distance = (columns - path[..., None]) / (SIGMA * width[:, None, None, None])
    intensity = brightness[..., None] * torch.exp(-(distance**2) / 2)
    collected = intensity.flatten(1).norm(dim=1)
    return columns.long(), intensity * (snr / collected)[:, None, None, None]


def noise_of(panels: torch.Tensor, row: torch.Tensor) -> torch.Tensor:
    """Noise of these rows of panels (row, panel, time, frequency): (row, panel, time, 1), and 0 in
    blank bins.

    As in preprocess/noise.py, the noise is measured from the median spread in time (MAD) of differences
    of neighbouring columns. Here only 15 columns are used, and pairs of time bins are subtracted from
    one another, so that what is steady cancels too. The error is 3 %.
    """
    one, other = (panels[..., columns][row].float() for columns in NOISE_COLUMNS)
    differences = one - other
    steps = differences[..., 1::2, :] - differences[..., :-1:2, :]
    spread = NORMAL_MAD * steps.abs().median(TIME, keepdim=True).values
    noise = spread.median(FREQUENCY, keepdim=True).values / 2  # of four bins
    return noise * differences.any(FREQUENCY, keepdim=True)


def _zscore_again(
    panels: torch.Tensor, row: torch.Tensor, before: torch.Tensor, after: torch.Tensor
) -> None:
    """Bring panels whose bins were changed back to mean 0 and deviation 1; other values would reveal
    the label.

    panels  (row, panel, time, frequency), with mean 0 and deviation 1 before the change, except for
            clipping
    """
    axes, count = (2, 3), panels[0, 0].numel()
    mean = (after - before).sum(axes, keepdim=True) / count
    square = 1 + (after**2 - before**2).sum(axes, keepdim=True) / count
    scale = (square - mean**2).rsqrt()
    panels[row] = panels[row].float().sub_(mean).mul_(scale).to(panels.dtype)


def _showing_on(channels: Sequence[str]) -> Iterator[tuple[int, str, slice]]:
    """Number and name of each channel of intensities that shows ON panels, and the place of these in it."""
    for number in intensities(channels):
        side = channels[number].split(".")[1]
        if side in ("on", "all"):
            yield number, channels[number], ON if side == "all" else slice(None)


def _spectra(batch: PanelBatch) -> tuple[torch.Tensor, torch.Tensor]:
    """A view of all time bins, (number, frequency), and their numbers, (row, channel, panel, time)."""
    spectra = batch.panels.view(-1, batch.panels.shape[FREQUENCY])
    numbers = torch.arange(len(spectra), device=spectra.device)
    return spectra, numbers.view(batch.panels.shape[:FREQUENCY])


def _on_device(numbers: Sequence[int] | np.ndarray, batch: PanelBatch) -> torch.Tensor:
    """Numbers for indexing on the device of the batch, int64."""
    return torch.as_tensor(numbers, dtype=torch.long, device=batch.panels.device)

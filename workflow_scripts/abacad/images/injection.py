"""Needles and a batch of backgrounds in, training rows with known truth out: on the device, anew in
every step.

Random numbers are drawn from the generator of each row, so that every device gets the same needles. Their
profiles are computed on the device, in the few bins around each path. Here needles are added after
preprocessing; in simulate/inject.py, before it. So a store must keep needles as they are, except for their
scale and for what preprocessing takes from all spectra alike, which is taken here too. When 100 straight
needles of SNR 40 were injected before preprocessing, zscored kept 0.99 of it, off_normalized 0.98, levelled
0.94, and flattened 0.88 (medians).
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from abacad.cadences.arrangement import OFF_PANELS_ALONE, off_panels_alone
from abacad.cadences.layout import OFF_PANELS, ON_PANELS, PANELS
from abacad.devices.device import sent
from abacad.images.augment import other_side
from abacad.images.composition import FREQUENCY, TIME, intensities
from abacad.images.levelling import median_shift, taken_by_levelling
from abacad.images.panel_batch import ON, PanelBatch
from abacad.needles.traces import SIGMA, Needles

# normalized removes what hardly drifts; nmf, sharpened and residual change needles.
KEEPING_STORES = ("flattened", "off_normalized", "zscored", "levelled")
# The stores whose spectra have no level along frequency of their own, and no median: flattened has neither.
LEVELLED_STORES = ("levelled.", "flattened.")
MEDIAN_FREE_STORES = ("off_normalized.", "flattened.")

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


def arrange(batch: PanelBatch, rows: Sequence[int]) -> None:
    """Rearrange these rows from their OFF panels alone (see `off_panels_alone`), in place in `batch`.

    Their label is then 0, whatever it was, because OFF panels never hold a needle. ValueError: see
    `check_sides`; if there are no rows, any channels are allowed.
    """
    if not len(rows):
        return
    check_sides(batch.channels)
    row, (spectra, numbers) = _on_device(rows, batch), _spectra(batch)
    count = batch.panels.shape[TIME]
    rolls = np.array([off_panels_alone(count, batch.generators[row]).rolls for row in rows], int)
    times = (np.arange(count) - rolls.reshape(-1, PANELS, 1)[:, ON_PANELS]) % count
    times = _on_device(times, batch)  # (row, panel=3, time)
    for channel, name, on in _showing_on(batch.channels):
        panels = [OFF_PANELS_ALONE[panel] for panel in ON_PANELS]
        if not name.endswith(".all"):
            panels = [OFF_PANELS.index(panel) for panel in panels]
        other = batch.channels.index(other_side(name))
        panel = _on_device(panels, batch)[:, None]
        source = numbers[row[:, None, None], other, panel, times]
        rolled = spectra.index_select(0, source.flatten())
        batch.panels[row, channel, on] = rolled.view(*source.shape, -1)
    batch.labels.index_fill_(0, row, 0)


def inject(batch: PanelBatch, rows: Sequence[int], needles: Needles, highest: float) -> None:
    """Add a needle to each of these rows, which hold none, in place in `batch`, and set their label to 1.

    All channels of intensities that show ON panels get it, in units of the noise of each panel.
    `highest` is the value to which preprocessing clips the stores. ValueError: see `check_channels`; or
    the numbers of needles and rows differ.
    """
    check_channels(batch.channels)
    if len(rows) != len(needles):
        raise ValueError(f"{len(needles)} needles for {len(rows)} rows: must be as many")
    if not len(rows):
        return
    row = _on_device(rows, batch)
    columns, intensity = rendered(needles, batch.panels.shape[FREQUENCY], row.device)
    # On a CPU, one row at a time stays in the processor's cache.
    size = 1 if row.device.type == "cpu" else len(row)
    for some, its_columns, its_intensity in zip(
        row.split(size), columns.split(size), intensity.split(size), strict=True
    ):
        for channel, name, on in _showing_on(batch.channels):
            before = batch.panels[some, channel, on].float()
            after = _with_needles(before, name, its_columns, its_intensity).clamp(max=highest)
            if name.startswith("zscored."):
                after = _zscored_again(before, after)
            batch.panels[some, channel, on] = after.to(batch.panels.dtype)
    batch.labels.index_fill_(0, row, 1)


def _with_needles(
    panels: torch.Tensor, channel: str, columns: torch.Tensor, intensity: torch.Tensor
) -> torch.Tensor:
    """Panels (row, panel=3, time, frequency) with needles, less what preprocessing takes from all spectra."""
    noise = noise_of(panels)
    needles = noise * intensity
    shining = panels.scatter_add(FREQUENCY, columns, needles)
    # Blank time bins, whose noise is 0, stay as they are.
    if channel.startswith(LEVELLED_STORES):
        shining -= (noise > 0) * taken_by_levelling(panels, columns, needles)
    if channel.startswith(MEDIAN_FREE_STORES):
        shining -= (noise > 0) * median_shift(panels, shining)
    return shining


def rendered(
    needles: Needles, width: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """The columns around the paths, and the brightness of the needles there over the noise: (row,
    panel=3, time, bin), in a band of so many bins.

    The profile is a Gaussian, evaluated at the middle of each bin as in setigen. No column occurs twice
    in a time bin.
    """
    path, brightness, thickness, snr = (
        sent(values, device)
        for values in (needles.path, needles.brightness, needles.width, needles.snr)
    )
    reach = int(np.ceil(REACH * needles.width.max(initial=0)))
    count = min(2 * reach + 1, width)
    first = (path.round() - reach).clamp(0, width - count)
    columns = first[..., None] + torch.arange(count, device=device)
    distance = (columns - path[..., None]) / (SIGMA * thickness[:, None, None, None])
    intensity = brightness[..., None] * torch.exp(-(distance**2) / 2)
    collected = intensity.flatten(1).norm(dim=1)
    return columns.long(), intensity * (snr / collected)[:, None, None, None]


def noise_of(panels: torch.Tensor) -> torch.Tensor:
    """Noise of panels (row, panel, time, frequency): (row, panel, time, 1), and 0 in blank bins.

    As in preprocess/noise.py, the noise is measured from the median spread in time (MAD) of differences
    of neighbouring columns. Here only 15 columns are used, and pairs of time bins are subtracted from
    one another, so that what is steady cancels too. The error is 3 %.
    """
    one, other = (panels[..., columns] for columns in NOISE_COLUMNS)
    differences = one - other
    steps = differences[..., 1::2, :] - differences[..., :-1:2, :]
    spread = NORMAL_MAD * steps.abs().median(TIME, keepdim=True).values
    noise = spread.median(FREQUENCY, keepdim=True).values / 2  # of four bins
    return noise * differences.any(FREQUENCY, keepdim=True)


def _zscored_again(before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
    """Panels whose bins were changed, back at mean 0 and deviation 1; other values would reveal the label.

    before, after  (row, panel, time, frequency); before the change, mean 0 and deviation 1, except for
                   clipping
    """
    axes = (TIME, FREQUENCY)
    mean = (after - before).mean(axes, keepdim=True)
    square = 1 + (after**2 - before**2).mean(axes, keepdim=True)
    return (after - mean) * (square - mean**2).rsqrt()


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
    return sent(np.asarray(numbers, np.int64), batch.panels.device)

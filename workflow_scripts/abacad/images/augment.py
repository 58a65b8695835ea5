"""Random changes to a batch of panels, on the device, that keep what a needle is.

Panels are (batch, channel, panel, time, frequency) on any device. Each row has a NumPy generator of its own,
so that its changes are the same on every device and do not depend on the rows beside it; only noise is
drawn on the device. The rows that a change applies to are changed together. All channels of a cadence change
alike. Nothing moves from an ON panel to an OFF panel or back, except by `on_off_swap`, which sets the label
to 0.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import torch
from torch.nn import functional

from abacad.devices.device import sent
from abacad.images.composition import FREQUENCY, TIME, MirrorOf, intensities, mirrored
from abacad.images.panel_batch import PanelBatch, chosen_rows, draws, pieces, within
from abacad.settings import Augmentation


def augment(batch: PanelBatch, augmentation: Augmentation) -> PanelBatch:
    """Apply the changes for which `augmentation` has options, one after the other, to `batch` in place."""
    for name, change in AUGMENTATIONS.items():
        if (options := getattr(augmentation, name)) is not None:
            change(batch, **vars(options))
    return batch


# Moves: all channels


def flip(batch: PanelBatch, frequency: float, time: float, of: MirrorOf) -> None:
    """Mirror along frequency and along time, with these probabilities; `of` as in `mirrored`."""
    axes_of = [()] * len(batch)
    for axis, probability in ((FREQUENCY, frequency), (TIME, time)):
        for row in chosen_rows(batch, probability):
            axes_of[row] += (axis,)
    for axes in {*axes_of} - {()}:
        rows = [row for row, own in enumerate(axes_of) if own == axes]
        for (some,) in pieces(batch, rows):
            batch.panels[some] = mirrored(batch.panels[some], axes, of)


def roll(batch: PanelBatch, probability: float, frequency: float, time: float) -> None:
    """Shift along frequency, and along time inside each panel; what leaves at one end comes in at the other.

    `frequency`, `time`: at most this fraction of the band and of a panel.
    """
    rows = chosen_rows(batch, probability)
    time_bins, frequency_bins = batch.panels.shape[TIME:]

    def sources(bins: int, most: float) -> np.ndarray:
        shifts = draws(batch, rows, lambda random: round(random.uniform(-most, most) * bins), int)
        return (np.arange(bins) - shifts[:, None]) % bins  # (row, bin)

    columns, times = sources(frequency_bins, frequency), sources(time_bins, time)
    for some, column, spectrum in pieces(batch, rows, columns, times):
        panels = batch.panels[some].movedim((TIME, FREQUENCY), (1, 2))
        number = torch.arange(len(panels), device=panels.device)[:, None, None]
        rolled = panels[number, spectrum[:, :, None], column[:, None, :]]
        batch.panels[some] = rolled.movedim((1, 2), (TIME, FREQUENCY))


def shift_scale_rotate(
    batch: PanelBatch, probability: float, shift: float, scale: float, rotate: float
) -> None:
    """Shift along frequency; zoom along both axes and rotate, inside each panel around its middle.

    `shift`: at most this fraction of the band; `scale`: each axis is zoomed by a factor between
    1 - scale and 1 + scale; `rotate`: at most this many degrees. What comes in from outside is 0.
    """

    def inverse(random: np.random.Generator) -> np.ndarray:
        """From output to input coordinates, where -1..1 spans the band and the panel's duration."""
        offset = random.uniform(-shift, shift)
        frequency_zoom, time_zoom = random.uniform(1 - scale, 1 + scale, 2)
        angle = np.deg2rad(random.uniform(-rotate, rotate))
        cos, sin = np.cos(angle), np.sin(angle)
        turned = np.diag([1 / frequency_zoom, 1 / time_zoom]) @ [[cos, sin], [-sin, cos]]
        return np.column_stack([turned, turned @ [-2 * offset, 0]])

    rows = chosen_rows(batch, probability)
    for some, inverses in pieces(batch, rows, draws(batch, rows, inverse)):
        panels = batch.panels[some]
        channels = panels.flatten(1, 2).float()  # (row, channel * panel, time, frequency)
        grid = functional.affine_grid(inverses, channels.shape, align_corners=False)
        moved = functional.grid_sample(channels, grid, padding_mode="zeros", align_corners=False)
        batch.panels[some] = moved.view(panels.shape).to(panels.dtype)


def panel_permutation(batch: PanelBatch, probability: float) -> None:
    """Permute the ON panels among themselves, and the OFF panels among themselves.

    A needle in all ON panels is still a needle, but its drift no longer continues from panel to panel.
    Source: public notebooks of the competition ("panel shuffling").
    """
    rows = chosen_rows(batch, probability)
    on, off = (draws(batch, rows, lambda random: random.permutation(3), int) for _ in range(2))
    both = np.stack([2 * on, 2 * off + 1], axis=-1).reshape(len(rows), -1)
    _rearrange(batch, rows, {"on": on, "off": off, "all": both})


def on_off_swap(batch: PanelBatch, probability: float) -> None:
    """Swap the ON panels with the OFF panels. What was a needle is then in OFF panels, so the label is 0.

    Each channel store.on needs the channel store.off, and vice versa.
    """
    rows = chosen_rows(batch, probability)
    swapped = sent(
        [batch.channels.index(other_side(name)) for name in batch.channels], batch.panels.device
    )
    for (some,) in pieces(batch, rows):
        batch.panels[some] = batch.panels[some].index_select(1, swapped)
        batch.labels[some] = torch.zeros_like(batch.labels[some])
    _rearrange(batch, rows, {"all": np.tile([1, 0, 3, 2, 5, 4], (len(rows), 1))})


def other_side(channel: str) -> str:
    """The channel that shows the other pointing. For a channel of all panels and for a mask, it is the
    channel itself."""
    store, side = channel.split(".")
    return f"{store}.{ {'on': 'off', 'off': 'on'}.get(side, side) }".replace(" ", "")


# Masks: all channels


def spec_augment(
    batch: PanelBatch, probability: float, masks: int, time_width: int, frequency_width: int
) -> None:
    """Set `masks` random stretches of time and as many of frequency to 0.

    A stretch is 0 to `time_width` (`frequency_width`) bins long, and the same in all panels.

    Source: Park et al. 2019, SpecAugment, arXiv:1904.08779.
    """
    rows = chosen_rows(batch, probability)
    for axis, longest in ((TIME, time_width), (FREQUENCY, frequency_width)):
        bins = batch.panels.shape[axis]

        def stretches(
            random: np.random.Generator, longest: int = longest, bins: int = bins
        ) -> list:
            widths = random.integers(0, longest, masks, endpoint=True)
            starts = [random.integers(0, bins - width, endpoint=True) for width in widths]
            return [starts, widths]

        for some, drawn in pieces(batch, rows, draws(batch, rows, stretches, int)):
            masked = within(*drawn.unbind(1), bins).any(1)  # (row, bin)
            shown = (
                masked[:, None, None, :, None] if axis == TIME else masked[:, None, None, None, :]
            )
            batch.panels[some] *= ~shown


def cutout(
    batch: PanelBatch, probability: float, holes: int, time: float, frequency: float
) -> None:
    """Set `holes` rectangles to 0, each in one panel, of these fractions of a panel and of the band.

    Source: DeVries and Taylor 2017, Cutout, arXiv:1708.04552.
    """
    panels, time_bins, frequency_bins = batch.panels.shape[2:]
    height, width = round(time * time_bins), round(frequency * frequency_bins)

    def places(random: np.random.Generator) -> list:
        """Panel, top and left of each hole."""
        most = (panels, time_bins - height + 1, frequency_bins - width + 1)
        return [[random.integers(each) for each in most] for _ in range(holes)]

    rows = chosen_rows(batch, probability)
    for some, drawn in pieces(batch, rows, draws(batch, rows, places, int)):
        panel, top, left = drawn.unbind(2)  # (row, hole) each
        spectra = within(panel, 1, panels)[..., None] & within(top, height, time_bins)[:, :, None]
        columns = within(left, width, frequency_bins)
        # A sum over holes of products of spectra and columns: in how many holes each bin is.
        cut = spectra.flatten(2).transpose(1, 2).float() @ columns.float()
        shown = (1 - cut).clamp(min=0).to(batch.panels.dtype)
        batch.panels[some] *= shown.view(len(cut), 1, panels, time_bins, frequency_bins)


# Values: all channels but masks


def sharpen(batch: PanelBatch, probability: float, amount: float) -> None:
    """Sharpen along frequency with the kernel [-a, 1 + 2a, -a]; `amount` is the largest a."""

    def sharper(panels: torch.Tensor, strength: torch.Tensor) -> torch.Tensor:
        padded = functional.pad(panels.flatten(1, 2), (1, 1, 0, 0), mode="replicate").view(
            *panels.shape[:-1], -1
        )
        return (1 + 2 * strength) * panels - strength * (padded[..., :-2] + padded[..., 2:])

    _change_values(batch, probability, lambda random: [random.uniform(0, amount)], sharper)


def brightness_contrast(
    batch: PanelBatch, probability: float, brightness: float, contrast: float
) -> None:
    """Multiply by 1 - contrast to 1 + contrast and add -brightness to brightness, in standard deviations."""
    _change_values(
        batch,
        probability,
        lambda random: [
            random.uniform(1 - contrast, 1 + contrast),
            random.uniform(-brightness, brightness),
        ],
        lambda panels, factor, added: panels * factor + added,
    )


def noise(
    batch: PanelBatch, probability: float, kind: Literal["gaussian", "chi_squared"], level: float
) -> None:
    """Add noise with mean 0 and a strength of 0 to `level` standard deviations.

    `kind`: gaussian; or chi_squared with 4 degrees of freedom, which is skewed like power in a receiver.
    """
    shown = sent(intensities(batch.channels), batch.panels.device)
    shape = (len(shown), *batch.panels.shape[2:])
    for row in chosen_rows(batch, probability):  # each from a generator of its own
        random = batch.generators[row]
        own = torch.Generator(batch.panels.device).manual_seed(int(random.integers(2**62)))

        def normal(generator: torch.Generator = own) -> torch.Tensor:
            return torch.randn(shape, device=generator.device, generator=generator)

        if kind == "gaussian":
            added = normal()
        else:
            added = (sum(normal() ** 2 for _ in range(DEGREES)) - DEGREES) / np.sqrt(2 * DEGREES)
        added *= random.uniform(0, level)
        batch.panels[row].index_add_(0, shown, added.to(batch.panels.dtype))


DEGREES = 4  # of freedom of chi-squared noise

AUGMENTATIONS = {
    "flip": flip,
    "roll": roll,
    "shift_scale_rotate": shift_scale_rotate,
    "panel_permutation": panel_permutation,
    "on_off_swap": on_off_swap,
    "sharpen": sharpen,
    "brightness_contrast": brightness_contrast,
    "noise": noise,
    "cutout": cutout,
    "spec_augment": spec_augment,
}


def _change_values(
    batch: PanelBatch,
    probability: float,
    draw: Callable[[np.random.Generator], list[float]],
    change: Callable[..., torch.Tensor],
) -> None:
    """Change the channels of intensities of some rows.

    draw    some numbers for each row
    change  of panels (row, channel, panel, time, frequency), float32, and of each of these numbers, which
            are in the shape of panels
    """
    rows = chosen_rows(batch, probability)
    shown = sent(intensities(batch.channels), batch.panels.device)
    for some, drawn in pieces(batch, rows, draws(batch, rows, draw)):
        panels = batch.panels[some]
        values = panels.index_select(1, shown).float()
        changed = change(values, *(each.view(-1, 1, 1, 1, 1) for each in drawn.unbind(1)))
        batch.panels[some] = panels.index_copy(1, shown, changed.to(panels.dtype))


def _rearrange(batch: PanelBatch, rows: Sequence[int], orders: dict[str, np.ndarray]) -> None:
    """Put the panels of each channel in the order for its side, (row, panel=3 or 6); others stay."""
    for channel, name in enumerate(batch.channels):
        if (order := orders.get(name.split(".")[1])) is not None:
            for some, source in pieces(batch, rows, order):
                panels = batch.panels[some, channel]
                number = torch.arange(len(panels), device=panels.device)[:, None]
                batch.panels[some, channel] = panels[number, source]

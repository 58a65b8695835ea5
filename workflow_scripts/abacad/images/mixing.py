"""Pairs of images of a batch in, one image of both out, with the label of the pair.

Images are (batch, channel, time or drift, frequency), for each view; labels (batch,), 0..1. Mixing is
linear or moves places, like resizing and sums along paths, so it can come after these. What is drawn for a
row comes from its own generator, and rows are mixed in pairs. So several processes can share a batch.
"""

import numpy as np
import torch

from abacad.devices.device import sent
from abacad.images.composition import Images, image_channels, intensities, views
from abacad.images.panel_batch import Generators, within
from abacad.settings import Composition, Cutmix, Mixing, Mixup

# "or": a needle in either is a needle, however faint; for soft labels, the probability of that. Source:
# the competition's second place. "max": the same for hard labels, while soft ones do not add up.
MIXED_LABELS = {
    "linear": lambda one, other, weight: weight * one + (1 - weight) * other,
    "or": lambda one, other, weight: one + other - one * other,
    "max": lambda one, other, weight: torch.maximum(one, other),
}

# Lowest and highest weight. A linear label tells how little of a needle is left. The others call it a
# needle at any weight, so it must remain visible: at 0.3 it keeps 0.39 of its strength in noise.
WEIGHTS = {"linear": (0.0, 1.0), "or": (0.3, 0.7), "max": (0.3, 0.7)}


def mix(
    images: Images,
    labels: torch.Tensor,
    generators: Generators,
    mixing: Mixing,
    composition: Composition,
    epoch: int,
) -> tuple[Images, torch.Tensor]:
    """Mix as `mixing` says (mixup, or cutmix, or neither) before its stop epoch.

    Rows are mixed in `pairs`. `generators` has one for each row. `composition` has the channels, which tell
    masks from intensities.
    """
    if (options := mixing.mixup) and epoch < options.stop_epoch:
        images, labels = mixup(images, labels, generators, options, composition)
    if (options := mixing.cutmix) and epoch < options.stop_epoch:
        images, labels = cutmix(images, labels, generators, options)
    return images, labels


def mixup(
    images: Images,
    labels: torch.Tensor,
    generators: Generators,
    options: Mixup,
    composition: Composition,
) -> tuple[Images, torch.Tensor]:
    """Blend each image with another one of the batch, in the same way in all views of a cadence.

    The weight is drawn from Beta(alpha, alpha), between the two `weights`, or those of the label.
    Two noises of spread 1 blend to a spread of sqrt(weight^2 + (1 - weight)^2), 0.71 to 1. No real
    cadence is so quiet. With `rescale`, the blend is divided by this, except masks.

    Source: Zhang et al. 2018, mixup, arXiv:1710.09412.
    """
    partners = sent(_partners(len(labels)), labels.device)
    bounds = options.weights or WEIGHTS[options.label]
    weight = sent(_weights(generators, options.alpha, bounds), labels.device)
    mixed = []
    for image, view in zip(images, views(composition), strict=True):
        blended = torch.lerp(image[partners], image, weight[:, None, None, None])
        if options.rescale:
            factor = torch.ones(image.shape[:2], device=image.device)
            shown = sent(intensities(image_channels(composition, view)), image.device)
            factor[:, shown] /= torch.hypot(weight, 1 - weight)[:, None]
            blended *= factor[:, :, None, None]
        mixed.append(blended)
    return tuple(mixed), MIXED_LABELS[options.label](labels, labels[partners], weight)


def cutmix(
    images: Images, labels: torch.Tensor, generators: Generators, options: Cutmix
) -> tuple[Images, torch.Tensor]:
    """Replace a rectangle of each image by that of another of the batch, at the same place.

    Only for the time-frequency view, where a part of the image holds its part of a needle.

    The share of the image that stays is drawn from Beta(alpha, alpha), within the range of weights for
    the label. It is also the weight of the label.

    Source: Yun et al. 2019, CutMix, arXiv:1905.04899.
    """
    (image,) = images
    partners = sent(_partners(len(labels)), labels.device)
    shares = _weights(generators, options.alpha, WEIGHTS[options.label])
    size = np.array(image.shape[2:])  # time, frequency
    lengths = np.round(size * np.sqrt(1 - shares[:, None])).astype(int)  # of each box
    starts = np.array(
        [
            random.integers(0, size - box, endpoint=True)
            for random, box in zip(generators, lengths, strict=True)
        ]
    )
    time, frequency = (
        within(
            sent(starts[:, axis], image.device), sent(lengths[:, axis], image.device), size[axis]
        )
        for axis in (0, 1)
    )
    inside = (time[:, :, None] & frequency[:, None, :])[:, None]
    kept = 1 - lengths.prod(axis=1) / size.prod()
    weight = sent(kept.astype(np.float32), image.device)
    mixed = torch.where(inside, image[partners], image)
    return (mixed,), MIXED_LABELS[options.label](labels, labels[partners], weight)


def pairs(count: int) -> list[np.ndarray]:
    """The rows of a batch in twos, which are mixed with each other. If their number is odd, the first are
    three."""
    return np.array_split(np.arange(count), max(1, count // 2))


def _partners(count: int) -> np.ndarray:
    """The row with which each is mixed, another one of its pair. The rows of a batch are in random order.

    Mixed with itself, an image would keep all of its noise.
    """
    return np.concatenate([np.roll(pair, 1) for pair in pairs(count)])


def _weights(generators: Generators, alpha: float, bounds: tuple[float, float]) -> np.ndarray:
    """Draws from Beta(alpha, alpha), stretched to lie between the bounds: (row,), float32."""
    low, high = bounds
    drawn = np.array([random.beta(alpha, alpha) for random in generators], np.float32)
    return low + (high - low) * drawn

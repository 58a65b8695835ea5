"""Pairs of images of a batch in, one image of both out, with the label of the pair.

Images are (batch, channel, time or drift, frequency), for each view; labels (batch,), 0..1. Mixing is
linear or moves places, like resizing and sums along paths, so it can come after these.
"""

import numpy as np
import torch

from abacad.images.composition import Images, image_channels, intensities, views
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
    mixing: Mixing,
    composition: Composition,
    epoch: int,
    random: np.random.Generator,
) -> tuple[Images, torch.Tensor]:
    """Mix as `mixing` says (mixup, or cutmix, or neither) before its stop epoch.

    `composition` has the channels, which tell masks from intensities.
    """
    if (options := mixing.mixup) and epoch < options.stop_epoch:
        images, labels = mixup(images, labels, random, options, composition)
    if (options := mixing.cutmix) and epoch < options.stop_epoch:
        images, labels = cutmix(images, labels, random, options)
    return images, labels


def mixup(
    images: Images,
    labels: torch.Tensor,
    random: np.random.Generator,
    options: Mixup,
    composition: Composition,
) -> tuple[Images, torch.Tensor]:
    """Blend each image with another one of the batch, in the same way in all views of a cadence.

    The weight is drawn from Beta(alpha, alpha), between the two `weights`, or those of the label.
    Two noises of spread 1 blend to a spread of sqrt(weight^2 + (1 - weight)^2), 0.71 to 1. No real
    cadence is so quiet. With `rescale`, the blend is divided by this, except masks.

    Source: Zhang et al. 2018, mixup, arXiv:1710.09412.
    """
    partners = torch.from_numpy(_partners(len(labels), random)).to(labels.device)
    bounds = options.weights or WEIGHTS[options.label]
    weight = _weights(len(labels), options.alpha, bounds, random).to(labels.device)
    mixed = []
    for image, view in zip(images, views(composition), strict=True):
        blended = torch.lerp(image[partners], image, weight[:, None, None, None])
        if options.rescale:
            factor = torch.ones(image.shape[:2], device=image.device)
            shown = intensities(image_channels(composition, view))
            factor[:, shown] /= torch.hypot(weight, 1 - weight)[:, None]
            blended *= factor[:, :, None, None]
        mixed.append(blended)
    return tuple(mixed), MIXED_LABELS[options.label](labels, labels[partners], weight)


def cutmix(
    images: Images,
    labels: torch.Tensor,
    random: np.random.Generator,
    options: Cutmix,
) -> tuple[Images, torch.Tensor]:
    """Replace a rectangle of each image by that of another of the batch, at the same place.

    Only for the time-frequency view, where a part of the image holds its part of a needle.

    The share of the image that stays is drawn from Beta(alpha, alpha), within the range of weights for
    the label. It is also the weight of the label.

    Source: Yun et al. 2019, CutMix, arXiv:1905.04899.
    """
    (image,) = images
    partners = torch.from_numpy(_partners(len(image), random)).to(image.device)
    others, mixed = image[partners], image.clone()
    shares = _weights(len(image), options.alpha, WEIGHTS[options.label], random)
    size = np.array(image.shape[2:])  # time, frequency
    kept = np.empty(len(image), np.float32)
    for row, share in enumerate(shares.numpy()):
        box = np.round(size * np.sqrt(1 - share)).astype(int)
        top, left = random.integers(0, size - box, endpoint=True)
        inside = (row, slice(None), slice(top, top + box[0]), slice(left, left + box[1]))
        mixed[inside] = others[inside]
        kept[row] = 1 - box.prod() / size.prod()
    weight = torch.from_numpy(kept).to(image.device)
    return (mixed,), MIXED_LABELS[options.label](labels, labels[partners], weight)


def _partners(count: int, random: np.random.Generator) -> np.ndarray:
    """The number of another image for each. Mixed with itself, an image would keep all of its noise."""
    order = random.permutation(count)
    partners = np.empty_like(order)
    partners[order] = np.roll(order, 1)
    return partners


def _weights(
    count: int, alpha: float, bounds: tuple[float, float], random: np.random.Generator
) -> torch.Tensor:
    """Draws from Beta(alpha, alpha), stretched to lie between the bounds: (count,), float32."""
    low, high = bounds
    drawn = low + (high - low) * random.beta(alpha, alpha, count)
    return torch.from_numpy(drawn.astype(np.float32))

"""Pairs of images of a batch in, one image of both out, with the label of the pair.

Images are (batch, channel, time, frequency); labels (batch,), 0..1. Mixing is linear or by places, as
resizing is: it may come after it.
"""

import numpy as np
import torch

from abacad.settings import Cutmix, Mixing, Mixup


def mix(
    images: torch.Tensor,
    labels: torch.Tensor,
    mixing: Mixing,
    epoch: int,
    random: np.random.Generator,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Mix as `mixing` says (mixup, or cutmix, or neither) before its stop epoch."""
    for name, mixed in MIXINGS.items():
        options = getattr(mixing, name)
        if options is not None and epoch < options.stop_epoch:
            images, labels = mixed(images, labels, random, options)
    return images, labels


def mixup(
    images: torch.Tensor,
    labels: torch.Tensor,
    random: np.random.Generator,
    options: Mixup,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Blend each image with another of the batch.

    The weight is drawn from Beta(alpha, alpha), or, where `weights` are given, uniformly between these
    two.

    Source: Zhang et al. 2018, mixup, arXiv:1710.09412.
    """
    partners = torch.from_numpy(random.permutation(len(images))).to(images.device)
    if options.weights is None:
        weight = random.beta(options.alpha, options.alpha, len(images))
    else:
        weight = random.uniform(*options.weights, len(images))
    weight = torch.from_numpy(weight.astype(np.float32)).to(images.device)
    blended = torch.lerp(images[partners], images, weight[:, None, None, None])
    return blended, MIXED_LABELS[options.label](labels, labels[partners], weight)


def cutmix(
    images: torch.Tensor,
    labels: torch.Tensor,
    random: np.random.Generator,
    options: Cutmix,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Replace a rectangle of each image by that of another of the batch, at the same place.

    The share of the image that stays is drawn from Beta(alpha, alpha); it is the weight of the label.

    Source: Yun et al. 2019, CutMix, arXiv:1905.04899.
    """
    partners = torch.from_numpy(random.permutation(len(images))).to(images.device)
    others, mixed = images[partners], images.clone()
    size = np.array(images.shape[2:])  # time, frequency
    kept = np.empty(len(images), np.float32)
    for row in range(len(images)):
        box = np.round(size * np.sqrt(1 - random.beta(options.alpha, options.alpha))).astype(int)
        top, left = random.integers(0, size - box, endpoint=True)
        inside = (row, slice(None), slice(top, top + box[0]), slice(left, left + box[1]))
        mixed[inside] = others[inside]
        kept[row] = 1 - box.prod() / size.prod()
    weight = torch.from_numpy(kept).to(images.device)
    return mixed, MIXED_LABELS[options.label](labels, labels[partners], weight)


MIXINGS = {"mixup": mixup, "cutmix": cutmix}

# "or": a needle in either is a needle, however faint; the probability of that for soft labels.
# Source: the competition's second place. "max": the same for hard labels; soft ones do not add up.
MIXED_LABELS = {
    "linear": lambda one, other, weight: weight * one + (1 - weight) * other,
    "or": lambda one, other, weight: one + other - one * other,
    "max": lambda one, other, weight: torch.maximum(one, other),
}

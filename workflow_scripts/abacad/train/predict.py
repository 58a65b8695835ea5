"""A model and batches of panels in, probabilities, averaged over flips, or features out."""

from collections.abc import Iterable, Iterator

import numpy as np
import torch

from abacad.devices.device import autocast, precision
from abacad.images.composition import FREQUENCY, TIME, compose_mirrored
from abacad.model.detector import Detector
from abacad.settings import Run

# For each value of the setting `tta`: the axes along which each averaged copy is mirrored.
FLIPS = {
    1: [()],
    2: [(), (FREQUENCY,)],
    4: [(), (FREQUENCY,), (TIME,), (FREQUENCY, TIME)],
}

Batches = Iterable[tuple[torch.Tensor, torch.Tensor]]


def predict(model: Detector, batches: Batches, run: Run, flips: int) -> np.ndarray:
    """Probability of a needle in each cadence, averaged over `flips` (1, 2 or 4) mirrored copies.

    A copy is mirrored as in training. `batches` yields (batch, channel, panel, time, frequency)
    panels with labels, which are ignored. Returns (row,), float32, 0..1, for every row of all batches,
    in order.
    """
    seen = _seen(model, batches, run, FLIPS[flips])
    return torch.cat([probabilities.cpu() for _, probabilities in seen]).numpy()


def embed(model: Detector, batches: Batches, run: Run) -> tuple[np.ndarray, np.ndarray]:
    """The input of the last layer for each cadence, (row, feature), and its probability of a needle, (row,).

    Like `predict`, but without mirrored copies. In a model with the loss arcface, only the direction of
    the features matters.
    """
    features, probabilities = zip(*_seen(model, batches, run, FLIPS[1]), strict=True)
    return torch.cat(features).cpu().numpy(), torch.cat(probabilities).cpu().numpy()


@torch.inference_mode()
def _seen(
    model: Detector, batches: Batches, run: Run, flips: list[tuple[int, ...]]
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """For each batch, the features of the last copy, (batch, feature), and mean probabilities, (batch,)."""
    device = next(model.parameters()).device
    model.eval()
    for panels, _ in batches:
        copies = []
        for images in compose_mirrored(panels, run.composition, flips, run.augmentation.flip.of):
            with autocast(device, precision(device, run.amp)):
                features = model.features(images)
                copies.append(model.classify(features).float().sigmoid())
        yield features, torch.stack(copies).mean(0)

"""From a model and batches of panels to probabilities, averaged over flips, and to features."""

from collections.abc import Iterable, Iterator

import numpy as np
import torch

from abacad.devices.device import autocast, precision
from abacad.images.composition import FREQUENCY, TIME, compose, mirrored
from abacad.model.detector import Detector
from abacad.settings import Run

# The axes to mirror, of each copy: what is averaged for each value of the setting `tta`.
FLIPS = {
    1: [()],
    2: [(), (FREQUENCY,)],
    4: [(), (FREQUENCY,), (TIME,), (FREQUENCY, TIME)],
}

Batches = Iterable[tuple[torch.Tensor, torch.Tensor]]


def predict(model: Detector, batches: Batches, run: Run, flips: int) -> np.ndarray:
    """Probability of a needle in each cadence, the mean over `flips` (1, 2 or 4) mirrored copies.

    A copy is mirrored as in training. `batches` yields (batch, channel, panel, time=273, frequency=256)
    panels with labels, which are not looked at. Returns (row,), float32, 0..1, for every row of all
    batches, in their order.
    """
    seen = _seen(model, batches, run, FLIPS[flips])
    return torch.cat([probabilities.cpu() for _, probabilities in seen]).numpy()


def embed(model: Detector, batches: Batches, run: Run) -> tuple[np.ndarray, np.ndarray]:
    """What the last layer sees of each cadence, (row, feature), and its probability of a needle, (row,).

    As `predict`, of the cadence as it is. Of a model with the loss arcface, features are told apart
    by their direction alone.
    """
    features, probabilities = zip(*_seen(model, batches, run, FLIPS[1]), strict=True)
    return torch.cat(features).cpu().numpy(), torch.cat(probabilities).cpu().numpy()


@torch.inference_mode()
def _seen(
    model: Detector, batches: Batches, run: Run, flips: list[tuple[int, ...]]
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Of each batch, features of the last copy, (batch, feature), and mean probabilities, (batch,)."""
    device = next(model.parameters()).device
    model.eval()
    for panels, _ in batches:
        panels = panels.to(device, non_blocking=True)
        copies = []
        for axes in flips:
            copy = mirrored(panels, axes, run.augmentation.flip.of) if axes else panels
            images = compose(copy, run.composition)
            with autocast(device, precision(device, run.amp)):
                features = model.features(images)
                copies.append(model.classify(features).float().sigmoid())
        yield features, torch.stack(copies).mean(0)

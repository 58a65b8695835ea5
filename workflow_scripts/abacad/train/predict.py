"""From a model and batches of panels to probabilities, averaged over flips."""

from collections.abc import Iterable

import numpy as np
import torch

from abacad.devices.device import autocast, precision
from abacad.images.augment import FREQUENCY, TIME
from abacad.images.composition import compose
from abacad.model.detector import Detector
from abacad.settings import View

# The axes to mirror, of each copy: what is averaged for each value of the setting `tta`.
FLIPS = {
    1: [()],
    2: [(), (FREQUENCY,)],
    4: [(), (FREQUENCY,), (TIME,), (FREQUENCY, TIME)],
}


@torch.inference_mode()
def predict(
    model: Detector,
    batches: Iterable[tuple[torch.Tensor, torch.Tensor]],
    view: View,
    amp: bool | str,
    flips: int,
) -> np.ndarray:
    """Probability of a needle in each cadence, the mean over `flips` (1, 2 or 4) mirrored copies.

    `view`, `amp`: the run's. `batches` yields (batch, channel,
    panel, time=273, frequency=256) panels with labels, which are not looked at. Returns (row,), float32,
    0..1, for every row of all batches, in their order.
    """
    device = next(model.parameters()).device
    dtype = precision(device, amp)
    model.eval()
    probabilities = []
    for panels, _ in batches:
        panels = panels.to(device, non_blocking=True)
        copies = []
        for axes in FLIPS[flips]:
            images = compose(panels.flip(axes) if axes else panels, view)
            with autocast(device, dtype):
                logits = model(images.contiguous(memory_format=torch.channels_last))
            copies.append(logits.float().sigmoid())
        probabilities.append(torch.stack(copies).mean(0).cpu())
    return torch.cat(probabilities).numpy()


@torch.inference_mode()
def embed(
    model: Detector,
    batches: Iterable[tuple[torch.Tensor, torch.Tensor]],
    view: View,
    amp: bool | str,
) -> tuple[np.ndarray, np.ndarray]:
    """What the last layer sees of each cadence, (row, feature), and its probability of a needle, (row,).

    As `predict`, of the cadence as it is. Of a model with the loss arcface, features are told apart
    by their direction alone.
    """
    device = next(model.parameters()).device
    model.eval()
    features, probabilities = [], []
    with autocast(device, precision(device, amp)):
        for panels, _ in batches:
            images = compose(panels.to(device, non_blocking=True), view)
            features.append(model.features(images.contiguous(memory_format=torch.channels_last)))
            probabilities.append(model.classify(features[-1]).float().sigmoid())
    return torch.cat(features).cpu().numpy(), torch.cat(probabilities).cpu().numpy()

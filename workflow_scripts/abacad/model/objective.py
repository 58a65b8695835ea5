"""What a training makes small: a batch of images and labels in, the loss out.

The parts of the loss that settings name meet here; each is in a module of its own.
"""

from typing import Any

import torch
from torch import nn

from abacad.devices.device import autocast, precision
from abacad.model.adversary import Adversary
from abacad.model.detector import Detector
from abacad.model.losses import loss_of
from abacad.model.shot import information_maximization


class Objective(nn.Module):
    """The detector and, with the setting dann, its adversary: all that the optimiser moves."""

    def __init__(self, model: Detector, settings: dict[str, Any]):
        super().__init__()
        self.settings = settings
        self.model = model
        if settings["dann"]:
            self.adversary = Adversary(model.backbone.num_features)

    def forward(
        self,
        images: torch.Tensor,
        labels: torch.Tensor,
        test_images: torch.Tensor | None,
        progress: float,
    ) -> torch.Tensor:
        """The mean loss of a batch, float32.

        images, test_images  (batch, channel, time, frequency); those of test for dann alone
        labels               (batch,), 0..1
        progress             share of the training that is done, 0..1
        """
        settings, device = self.settings, images.device
        with autocast(device, precision(device, settings["amp"])):
            if test_images is None:
                logits = self.model(images, labels)
            else:
                both = self.model.features(torch.cat([images, test_images]))
                features, test_features = both.split([len(images), len(test_images)])
                logits = self.model.classify(features, labels)
        loss = loss_of(logits, labels, settings)
        if settings["shot"]:
            sureness = information_maximization(logits, settings["shot"]["prior"])
            loss = sureness + settings["shot"]["weight"] * loss
        if test_images is not None:
            confusion = self.adversary.loss(features, test_features, progress)
            loss = loss + settings["dann"]["weight"] * confusion
        return loss

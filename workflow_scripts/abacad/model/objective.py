"""What a training makes small: a batch of images and labels in, the loss out.

The terms of the loss meet here; each is in a module of its own.
"""

import torch
from torch import nn

from abacad.devices.device import autocast, precision
from abacad.model.adversary import Adversary
from abacad.model.detector import Detector
from abacad.model.losses import loss_of
from abacad.model.shot import information_maximization
from abacad.settings import LossTerms


class Objective(nn.Module):
    """The detector and, with the setting dann, its adversary: all that the optimiser moves."""

    def __init__(self, model: Detector, terms: LossTerms, amp: bool | str):
        super().__init__()
        self.model, self.terms, self.amp = model, terms, amp
        if terms.dann:
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
        terms, device = self.terms, images.device
        with autocast(device, precision(device, self.amp)):
            if test_images is None:
                logits = self.model(images, labels)
            else:
                both = self.model.features(torch.cat([images, test_images]))
                features, test_features = both.split([len(images), len(test_images)])
                logits = self.model.classify(features, labels)
        loss = loss_of(logits, labels, terms.loss)
        if terms.shot:
            sureness = information_maximization(logits, terms.shot.prior)
            loss = sureness + terms.shot.weight * loss
        if test_images is not None:
            confusion = self.adversary.loss(features, test_features, progress)
            loss = loss + terms.dann.weight * confusion
        return loss

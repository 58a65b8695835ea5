"""What training minimises: a batch of images and labels in, the loss out.

The terms of the loss are put together here. Each has a module of its own.
"""

import torch
from torch import nn

from abacad.devices.device import autocast, precision
from abacad.images.composition import Images
from abacad.model.adversary import Adversary
from abacad.model.detector import Detector
from abacad.model.losses import loss_of
from abacad.model.shot import information_maximization
from abacad.settings import LossTerms


class Objective(nn.Module):
    """The detector and, with the setting dann, its adversary: everything that the optimiser changes."""

    def __init__(self, model: Detector, terms: LossTerms, amp: bool | str):
        super().__init__()
        self.model, self.terms, self.amp = model, terms, amp
        if terms.dann:
            self.adversary = Adversary(model.num_features)

    def forward(
        self,
        images: Images,
        labels: torch.Tensor,
        test_images: Images | None,
        progress: float,
    ) -> torch.Tensor:
        """The mean loss of a batch, float32.

        images, test_images  for each view, (batch, channel, height, width); those of test only for dann
        labels               (batch,), 0..1
        progress             share of the training that is done, 0..1
        """
        terms, device = self.terms, labels.device
        with autocast(device, precision(device, self.amp)):
            if test_images is None:
                logits = self.model(images, labels)
            else:
                both = zip(images, test_images, strict=True)
                features = self.model.features(tuple(torch.cat(pair) for pair in both))
                features, test_features = features.split([len(labels), len(test_images[0])])
                logits = self.model.classify(features, labels)
        loss = loss_of(logits, labels, terms.loss)
        if terms.shot:
            sureness = information_maximization(logits, terms.shot.prior)
            loss = sureness + terms.shot.weight * loss
        if test_images is not None:
            confusion = self.adversary.loss(features, test_features, progress)
            loss = loss + terms.dann.weight * confusion
        return loss

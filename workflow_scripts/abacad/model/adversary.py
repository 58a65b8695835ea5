"""Features in, the loss of a small network that tells train from test by them out, with its gradient
reversed.

This is domain-adversarial training: the detector learns features that do not reveal the side.

Source: Ganin et al. 2016, Domain-Adversarial Training of Neural Networks, arXiv:1505.07818.
"""

import math

import torch
from torch import nn
from torch.nn import functional

HIDDEN = 64


class ReverseGradient(torch.autograd.Function):
    """The identity, whose gradient is multiplied by -strength."""

    @staticmethod
    def forward(context, features: torch.Tensor, strength: float) -> torch.Tensor:
        context.strength = strength
        return features.view_as(features)

    @staticmethod
    def backward(context, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return -context.strength * gradient, None


class Adversary(nn.Module):
    """Two layers that predict from features (batch, feature) whether a cadence is from train or test."""

    def __init__(self, features: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(features, HIDDEN), nn.ReLU(inplace=True), nn.Linear(HIDDEN, 1)
        )

    def loss(self, train: torch.Tensor, test: torch.Tensor, progress: float) -> torch.Tensor:
        """Cross-entropy of its answers. The gradient that it passes back to the features is reversed.

        `progress` is the share of the training that is done, 0..1. The reversed gradient grows with it,
        so that features are learnt before they are made indistinguishable.
        """
        strength = 2 / (1 + math.exp(-10 * progress)) - 1
        features = ReverseGradient.apply(torch.cat([train, test]), strength)
        answers = self.layers(features).squeeze(1)
        truth = torch.cat([torch.zeros(len(train)), torch.ones(len(test))]).to(answers.device)
        return functional.binary_cross_entropy_with_logits(answers, truth)

"""Features in, how well a small network tells train from test by them out; with the gradient reversed.

Domain-adversarial training: the detector is taught features by which the network cannot tell.

Source: Ganin et al. 2016, Domain-Adversarial Training of Neural Networks, arXiv:1505.07818.
"""

import math

import torch
from torch import nn
from torch.nn import functional

HIDDEN = 64


class ReverseGradient(torch.autograd.Function):
    """The identity; its gradient is multiplied by -strength."""

    @staticmethod
    def forward(context, features: torch.Tensor, strength: float) -> torch.Tensor:
        context.strength = strength
        return features.view_as(features)

    @staticmethod
    def backward(context, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return -context.strength * gradient, None


class Adversary(nn.Module):
    """Two layers that ask of features (batch, feature): train or test?"""

    def __init__(self, features: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(features, HIDDEN), nn.ReLU(inplace=True), nn.Linear(HIDDEN, 1)
        )

    def loss(self, train: torch.Tensor, test: torch.Tensor, progress: float) -> torch.Tensor:
        """Cross-entropy of its answers; what it passes back to the features is reversed.

        `progress`: share of the training that is done, 0..1: the reversed gradient grows with it, so
        that features are learnt before they are confused.
        """
        strength = 2 / (1 + math.exp(-10 * progress)) - 1
        features = ReverseGradient.apply(torch.cat([train, test]), strength)
        answers = self.layers(features).squeeze(1)
        truth = torch.cat([torch.zeros(len(train)), torch.ones(len(test))]).to(answers.device)
        return functional.binary_cross_entropy_with_logits(answers, truth)

"""The adversary learns to tell the sides apart, and the features learn to prevent that."""

import pytest
import torch
from torch import nn

from abacad.model.adversary import Adversary, ReverseGradient


def test_the_gradient_is_reversed_and_the_value_is_not():
    features = torch.tensor([1.0, 2.0], requires_grad=True)
    (3 * ReverseGradient.apply(features, 0.5)).sum().backward()
    assert features.grad.tolist() == [-1.5, -1.5]
    assert ReverseGradient.apply(features, 0.5).tolist() == [1, 2]


@pytest.mark.parametrize(("progress", "strength"), [(0, 0), (0.1, 0.462), (1, 1)])
def test_what_is_passed_back_grows_with_the_training(progress, strength):
    torch.manual_seed(0)
    adversary = Adversary(4)
    train, test = torch.randn(5, 4, requires_grad=True), torch.randn(6, 4)
    adversary.loss(train, test, progress).backward()
    passed = train.grad.clone()
    train.grad = None
    answers = adversary.layers(train).squeeze(1)
    zeros = torch.zeros(5)
    (
        nn.functional.binary_cross_entropy_with_logits(answers, zeros, reduction="sum") / 11
    ).backward()
    torch.testing.assert_close(passed, -strength * train.grad, rtol=2e-3, atol=1e-6)


def test_features_lose_what_tells_the_sides_apart_and_keep_the_label():
    torch.manual_seed(0)
    label = torch.randint(0, 2, (400,)).float()
    images = torch.randn(400, 8)
    images[:, 0] += 3 * label
    images[200:, 1] += 3  # test
    shifts = {}
    for weight in (0.0, 1.0):
        torch.manual_seed(1)
        features, head, adversary = nn.Linear(8, 2), nn.Linear(2, 1), Adversary(2)
        learners = nn.ModuleList([features, head, adversary])
        optimizer = torch.optim.Adam(learners.parameters(), 0.02)
        for _ in range(400):
            optimizer.zero_grad()
            seen = features(images)
            logits = head(seen[:200]).squeeze(1)
            loss = nn.functional.binary_cross_entropy_with_logits(logits, label[:200])
            (loss + weight * adversary.loss(seen[:200], seen[200:], 1.0)).backward()
            optimizer.step()
        seen = features(images).detach()
        shifts[weight] = ((seen[200:].mean(0) - seen[:200].mean(0)) / seen.std(0)).abs().max()
        right = (head(seen).squeeze(1) > 0) == (label > 0.5)
    assert shifts[1.0] < 0.5 * shifts[0.0]
    assert right.float().mean() > 0.85

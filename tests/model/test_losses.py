"""Losses are what their formulas say, on cases computed by hand."""

import math

import pytest
import torch

from abacad.model.detector import build_model
from abacad.model.losses import LOSSES, auc_margin, bce, focal, loss_of

LOGITS = torch.tensor([2.0, -1.0, 0.5])
LABELS = torch.tensor([1.0, 0.0, 0.25])


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def entropy(logit: float, label: float, weight: float = 1) -> float:
    p = sigmoid(logit)
    return -weight * label * math.log(p) - (1 - label) * math.log(1 - p)


def test_cross_entropy_counts_a_needle_by_its_weight():
    for weight in (1, 3):
        cases = zip(LOGITS.tolist(), LABELS.tolist(), strict=True)
        expected = sum(entropy(logit, label, weight) for logit, label in cases) / 3
        assert bce(LOGITS, LABELS, weight).item() == pytest.approx(expected)


def test_the_focal_loss_without_focus_is_cross_entropy_and_with_it_less_of_what_is_clear():
    for weight in (1.0, 3.0):
        expected = bce(LOGITS, LABELS, weight).item()
        assert focal(LOGITS, LABELS, weight, 0).item() == pytest.approx(expected)
    clear, label = torch.tensor([3.0]), torch.tensor([1.0])
    expected = (1 - sigmoid(3)) ** 2 * entropy(3, 1)
    for weight in (1.0, 3.0):
        assert focal(clear, label, weight, 2).item() == pytest.approx(weight * expected, rel=1e-4)
        assert focal(-clear, 1 - label, weight, 2).item() == pytest.approx(expected, rel=1e-4)


def test_the_auc_margin_counts_pairs_by_how_far_they_are_from_the_margin():
    logits, labels = torch.tensor([2.0, 0.5, 0.0]), torch.tensor([1.0, 0.0, 1.0])
    assert auc_margin(logits, labels, 1).item() == pytest.approx((0 + 1.5**2) / 2)
    assert auc_margin(logits, torch.zeros(3), 1).item() == 0  # no pair
    soft = torch.tensor([0.8, 0.3])
    either = (
        0.8 * 0.7,
        0.3 * 0.2,
    )  # the first is a needle and the second none, or the other way round
    expected = (either[0] * 0.6**2 + either[1] * 1.4**2) / sum(either)
    assert auc_margin(torch.tensor([0.4, 0.0]), soft, 1).item() == pytest.approx(expected)


def test_smoothed_labels_stay_away_from_0_and_1(make_run):
    smoothed = make_run(loss={"label_smoothing": 0.2}).loss_terms.loss
    expected = bce(LOGITS, torch.tensor([0.9, 0.1, 0.3]), 1.0)
    assert loss_of(LOGITS, LABELS, smoothed).item() == pytest.approx(expected.item())


@pytest.mark.parametrize("name", LOSSES)
def test_every_head_and_loss_has_a_gradient_under_autocast(make_run, name):
    """Even if features point exactly at their class: in bfloat16, a cosine of 0.998 is 1."""
    detector = build_model(make_run(loss={"name": name}))
    features = torch.randn(4, detector.num_features)
    if name == "arcface":
        features = detector.head.classes.detach()[[1, 0, 1, 0]] * torch.tensor([[3.0]] * 4)
    features.requires_grad_()
    labels = torch.tensor([1.0, 0.0, 1.0, 0.0])
    with torch.autocast("cpu", torch.bfloat16):
        logits = detector.classify(features, labels)
    assert logits.dtype == torch.float32
    loss_of(logits, labels, make_run(loss={"name": name}).loss_terms.loss).backward()
    for tensor in (features, *detector.head.parameters()):
        assert torch.isfinite(tensor.grad).all()


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_falls_along_its_gradient_in_half_precision_too(make_run, name):
    loss = make_run(loss={"name": name}).loss_terms.loss
    logits = LOGITS.half().requires_grad_()
    labels = 1 - LABELS
    before = loss_of(logits, labels, loss)
    before.backward()
    assert loss_of(logits - 0.1 * logits.grad, labels, loss) < before

"""Layers do what their papers say, on known cases."""

import math

import torch
from torch import nn

from abacad.model.layers import (
    ArcFaceHead,
    AsinhStretch,
    GeM,
    HighResolutionFront,
    MultiSampleDropout,
    TripletAttention,
)


def test_a_stretch_keeps_faint_values_and_the_order_of_all_and_compresses_bright_ones():
    values = torch.tensor([-300.0, -30.0, -0.3, 0.0, 0.3, 3.0, 30.0, 300.0])
    stretched = AsinhStretch(3)(values)
    torch.testing.assert_close(stretched[2:5], values[2:5], rtol=0.002, atol=0)
    assert stretched.diff().min() > 0
    steps = stretched[6] - stretched[5], stretched[7] - stretched[6]  # each is a factor of ten
    torch.testing.assert_close(steps[1], torch.tensor(3 * math.log(10)), rtol=0.002, atol=0)
    assert steps[0] < steps[1]
    torch.testing.assert_close(stretched[:2], -stretched[6:].flip(0))


def test_gem_is_the_mean_at_exponent_one_and_the_maximum_at_infinity():
    features = torch.rand(2, 5, 7, 6)
    torch.testing.assert_close(GeM(1.0)(features), features.mean((2, 3)))
    torch.testing.assert_close(
        GeM(200.0)(features * 0.5 + 0.5), features.amax((2, 3)) * 0.5 + 0.5, rtol=0.02, atol=0
    )


def test_a_fixed_exponent_is_not_learnt():
    features = torch.rand(2, 5, 7, 6)
    for learnt in (True, False):
        pool = GeM(4, learnt)
        (pool(features).sum() + 0 * torch.ones(1, requires_grad=True)).sum().backward()
        assert (pool.exponent.grad is not None) == learnt


def test_dropout_of_many_samples_is_steadier_than_that_of_one():
    torch.manual_seed(0)
    vectors, layer = torch.ones(400, 64), nn.Linear(64, 1)
    one, many = (MultiSampleDropout(0.5, samples)(vectors, layer) for samples in (1, 16))
    assert many.std() < one.std() / 3
    quiet = MultiSampleDropout(0.5, 16).eval()
    torch.testing.assert_close(quiet(vectors, layer), layer(vectors))


def test_the_angles_to_the_classes_give_the_logit_and_a_margin_widens_the_own_one():
    head = ArcFaceHead(2, scale=10, margin=0.4)
    head.classes.data = torch.tensor([[0.0, 3.0], [2.0, 0.0]])  # none upwards, needle to the right
    features = torch.tensor([[5.0, 0.0], [0.0, 0.1], [1.0, 1.0]])
    torch.testing.assert_close(head(features), torch.tensor([10.0, -10.0, 0.0]), atol=1e-3, rtol=0)
    with_margin = head(features, torch.tensor([1.0, 0.0, 1.0]))
    quarter = torch.pi / 4
    expected = 10 * torch.tensor(
        [math.cos(0.4), -math.cos(0.4), math.cos(quarter + 0.4) - math.cos(quarter)]
    )
    torch.testing.assert_close(with_margin, expected, atol=0.02, rtol=0)


def test_triplet_attention_weighs_each_value_by_all_three_pairs_of_axes():
    attention = TripletAttention().eval()
    features = torch.randn(2, 5, 9, 8)
    for gate in attention.gates:
        nn.init.zeros_(gate[0].weight)
    torch.testing.assert_close(attention(features), features / 2)  # all gates are half open
    nn.init.constant_(attention.gates[0][1].bias, 100)
    torch.testing.assert_close(attention(features), features * 2 / 3)


def test_the_front_keeps_every_frequency_bin_and_a_twelfth_of_the_time():
    front = HighResolutionFront(2).eval()
    maps = front(torch.randn(1, 2, 819, 256))
    assert maps.shape == (1, 32, 69, 256)
    images = torch.zeros(1, 2, 819, 256)
    images[..., 100] = 1
    seen = (front(images) - front(torch.zeros_like(images))).abs().amax((0, 1, 2))
    assert seen[97:104].max() > 0 and seen[:97].max() == seen[104:].max() == 0

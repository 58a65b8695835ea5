"""Mixed images have the labels of both, exactly as their formulas say."""

import numpy as np
import pytest
import torch

from abacad.images.mixing import MIXED_LABELS, cutmix, mix, mixup
from abacad.settings import Cutmix, Mixup


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_mixup_blends_images_and_linear_labels_by_the_same_weight():
    images = torch.tensor([0.0, 1.0, 0.0, 1.0])[:, None, None, None].expand(4, 1, 8, 8)
    labels = torch.tensor([0.0, 1.0, 0.0, 1.0])
    for seed in range(5):
        mixed, mixed_labels = mixup(images, labels, random(seed), Mixup(1.0, None, "linear", 9))
        torch.testing.assert_close(mixed[:, 0, 0, 0], mixed_labels)


@pytest.mark.parametrize(
    ("one", "other", "either"), [(0, 0, 0), (1, 0, 1), (1, 1, 1), (0.5, 0.5, 0.75), (0.2, 0.5, 0.6)]
)
def test_the_or_label_is_the_probability_of_a_needle_in_either(one, other, either):
    labels = torch.tensor([one, other], dtype=torch.float32)
    seed = next(seed for seed in range(99) if random(seed).permutation(2)[0] == 1)  # they swap
    _, mixed_labels = mixup(
        torch.zeros(2, 1, 4, 4), labels, random(seed), Mixup(0.4, None, "or", 9)
    )
    torch.testing.assert_close(mixed_labels, torch.tensor([either, either], dtype=torch.float32))


def test_the_max_label_is_the_larger_one():
    one, other = torch.tensor([0.2, 1.0]), torch.tensor([0.5, 0.0])
    assert MIXED_LABELS["max"](one, other, None).tolist() == [0.5, 1.0]


def test_weights_from_a_range_stay_in_it():
    images = torch.arange(64.0)[:, None, None, None].expand(64, 1, 2, 2)
    labels = torch.arange(64.0)
    mixed, _ = mixup(images, labels, random(), Mixup(1.0, (0.4, 0.6), "linear", 9))
    partners = torch.from_numpy(random().permutation(64))
    others = partners != torch.arange(64)
    weights = ((mixed[:, 0, 0, 0] - partners) / (labels - partners))[others]
    assert 0.4 <= weights.min() < 0.45 and 0.55 < weights.max() <= 0.6


def test_cutmix_takes_one_rectangle_at_its_place_and_labels_by_area():
    images = torch.stack([torch.zeros(2, 30, 20), torch.ones(2, 30, 20)])
    labels = torch.tensor([0.0, 1.0])
    for seed in range(20):
        mixed, mixed_labels = cutmix(images, labels, random(seed), Cutmix(1.0, "linear", 9))
        torch.testing.assert_close(mixed.mean((1, 2, 3)), mixed_labels)
        inside = mixed[0, 0] == 1
        assert torch.equal(inside, inside.any(1)[:, None] & inside.any(0)[None])  # a rectangle
        assert torch.equal(mixed[:, 0], mixed[:, 1])
    assert images[0].max() == 0


def test_mixing_stops_at_its_stop_epoch_and_is_off_where_neither_is_set(make_run):
    images, labels = torch.randn(8, 1, 4, 4), torch.arange(8) / 8
    for epoch, mixed in ((0, True), (1, True), (2, False)):
        result, _ = mix(images, labels, make_run().mixing, epoch, random())
        assert torch.equal(result, images) != mixed
    off = make_run(mixup=None).mixing
    assert torch.equal(mix(images, labels, off, 0, random())[0], images)
    cut = make_run(mixup=None, cutmix={"alpha": 1.0, "label": "or", "stop_epoch": 1}).mixing
    assert not torch.equal(mix(images, labels, cut, 0, random())[0], images)
    assert torch.equal(mix(images, labels, cut, 1, random())[0], images)

"""Mixed images have the labels of both, exactly as their formulas say."""

import pytest
import torch

from abacad.cadences.layout import COMPETITION
from abacad.images import mixing
from abacad.images.mixing import MIXED_LABELS, mix, pairs
from abacad.images.panel_batch import generators
from abacad.settings import Composition, Cutmix, Drift, Mixup

CHANNELS = ("normalized.on",)


def composition(channels=CHANNELS, view="time_frequency") -> Composition:
    drift = Drift(157, 3.3, None)
    return Composition(COMPETITION, channels, view, None, None, None, "bilinear", drift)


def mixup(images, labels, seed, options, channels=CHANNELS):
    """Of images of one view."""
    own = generators(seed, range(len(labels)))
    (mixed,), mixed_labels = mixing.mixup((images,), labels, own, options, composition(channels))
    return mixed, mixed_labels


def cutmix(images, labels, seed, options):
    own = generators(seed, range(len(labels)))
    (mixed,), mixed_labels = mixing.cutmix((images,), labels, own, options)
    return mixed, mixed_labels


def test_mixup_blends_images_and_linear_labels_by_the_same_weight():
    images = torch.tensor([0.0, 1.0, 0.0, 1.0])[:, None, None, None].expand(4, 1, 8, 8)
    labels = torch.tensor([0.0, 1.0, 0.0, 1.0])
    for seed in range(5):
        plain = Mixup(1.0, None, "linear", False, 9)
        mixed, mixed_labels = mixup(images, labels, seed, plain, CHANNELS)
        torch.testing.assert_close(mixed[:, 0, 0, 0], mixed_labels)


@pytest.mark.parametrize("count", [2, 3, 16])
def test_each_image_is_mixed_with_another_one_and_each_twice(count):
    images = 2.0 ** torch.arange(count)[:, None, None, None].expand(count, 1, 2, 2)
    halves = Mixup(1.0, (0.5, 0.5), "linear", False, 9)
    for seed in range(20):
        mixed, _ = mixup(images, torch.zeros(count), seed, halves, CHANNELS)
        partners = (2 * mixed - images)[:, 0, 0, 0]
        assert (partners != images[:, 0, 0, 0]).all()
        assert torch.equal(partners.sort().values, images[:, 0, 0, 0])


@pytest.mark.parametrize("count", [1, 2, 3, 7, 16])
def test_rows_are_in_pairs_and_an_odd_one_makes_the_first_pair_three(count):
    sizes = [len(pair) for pair in pairs(count)]
    assert sizes == [min(count, 2 + count % 2)] + [2] * (max(1, count // 2) - 1)
    assert torch.equal(
        torch.cat([torch.from_numpy(each) for each in pairs(count)]), torch.arange(count)
    )


@pytest.mark.parametrize("mixed_by", [mixup, cutmix])
def test_a_pair_is_mixed_alike_whatever_is_beside_it(mixed_by):
    options = {mixup: Mixup(1.0, None, "or", True, 9), cutmix: Cutmix(1.0, "linear", 9)}[mixed_by]
    images, labels = torch.randn(6, 1, 40, 30), torch.rand(6)
    together, its_labels = mixed_by(images, labels, 3, options)
    own = generators(3, range(6))[4:]
    how = (options, composition()) if mixed_by is mixup else (options,)
    of = {mixup: mixing.mixup, cutmix: mixing.cutmix}[mixed_by]
    (alone,), alone_labels = of((images[4:],), labels[4:], own, *how)
    assert torch.equal(together[4:], alone)
    assert torch.equal(its_labels[4:], alone_labels)


@pytest.mark.parametrize(
    ("one", "other", "either"), [(0, 0, 0), (1, 0, 1), (1, 1, 1), (0.5, 0.5, 0.75), (0.2, 0.5, 0.6)]
)
def test_the_or_label_is_the_probability_of_a_needle_in_either(one, other, either):
    labels = torch.tensor([one, other], dtype=torch.float32)
    options = Mixup(0.4, None, "or", True, 9)
    _, mixed_labels = mixup(torch.zeros(2, 1, 4, 4), labels, 0, options, CHANNELS)
    torch.testing.assert_close(mixed_labels, torch.tensor([either, either], dtype=torch.float32))


def test_the_max_label_is_the_larger_one():
    one, other = torch.tensor([0.2, 1.0]), torch.tensor([0.5, 0.0])
    assert MIXED_LABELS["max"](one, other, None).tolist() == [0.5, 1.0]


def drawn_weights(options: Mixup) -> torch.Tensor:
    """The weights of 999 pairs. A one and a zero blend to the weight of the one."""
    mixed, labels = [], torch.tensor([0.0, 1.0])
    for seed in range(999):
        images = labels[:, None, None, None].expand(2, 1, 1, 1)
        mixed.append(mixup(images, labels, seed, options, CHANNELS)[0][1, 0, 0, 0])
    return torch.stack(mixed)


@pytest.mark.parametrize(
    ("label", "weights", "low", "high"),
    [
        ("linear", None, 0, 1),
        ("or", None, 0.3, 0.7),
        ("max", None, 0.3, 0.7),
        ("or", (0.0, 1.0), 0, 1),
        ("linear", (0.4, 0.6), 0.4, 0.6),
    ],
)
def test_weights_lie_within_their_range_which_is_narrow_where_the_label_does_not_tell_them(
    label, weights, low, high
):
    drawn = drawn_weights(Mixup(1.0, weights, label, False, 9))
    margin = (high - low) / 20
    assert low <= drawn.min() < low + margin and high - margin < drawn.max() <= high
    assert drawn.std().item() == pytest.approx((high - low) / 12**0.5, rel=0.1)  # uniform


def test_the_weights_of_a_small_alpha_are_at_both_ends_of_the_range():
    drawn = drawn_weights(Mixup(0.1, (0.2, 0.6), "linear", False, 9))
    assert drawn.min() >= 0.2 and drawn.max() <= 0.6
    assert ((drawn < 0.25) | (drawn > 0.55)).float().mean() > 0.7


NOISE_AND_LINE = torch.randn(64, 1, 200, 100, generator=torch.Generator().manual_seed(0))
NOISE_AND_LINE[::4, :, :, 50] += 20


def test_a_needle_of_an_or_label_keeps_its_strength_in_noise_of_spread_1():
    labels = torch.tensor([1.0, 0.0, 0.0, 0.0]).repeat(16)
    for seed in range(5):
        options = Mixup(1.0, None, "or", True, 9)
        mixed, mixed_labels = mixup(NOISE_AND_LINE, labels, seed, options, CHANNELS)
        spread = mixed[..., :50].std((1, 2, 3))
        torch.testing.assert_close(spread, torch.ones(64), atol=0.03, rtol=0)
        strength = mixed[:, 0, :, 50].mean(1) / 20
        assert strength[mixed_labels == 1].min() > 0.38
        assert strength[mixed_labels == 0].abs().max() < 0.02


def test_without_rescaling_noise_is_calmer_in_a_blend():
    options = Mixup(1.0, (0.5, 0.5), "linear", False, 9)
    mixed, _ = mixup(NOISE_AND_LINE, torch.zeros(64), 0, options, CHANNELS)
    assert mixed[..., :50].std().item() == pytest.approx(0.5**0.5, rel=0.01)


def test_masks_are_blended_and_not_rescaled():
    images = torch.ones(8, 3, 4, 4)
    channels = ("residual.on", "residual.mask", "residual.off")
    options = Mixup(1.0, (0.5, 0.5), "linear", True, 9)
    mixed, _ = mixup(images, torch.zeros(8), 0, options, channels)
    torch.testing.assert_close(mixed[0, :, 0, 0], torch.tensor([2**0.5, 1, 2**0.5]))


def test_cutmix_takes_one_rectangle_at_its_place_and_labels_by_area():
    images = torch.stack([torch.zeros(2, 30, 20), torch.ones(2, 30, 20)])
    labels = torch.tensor([0.0, 1.0])
    for seed in range(20):
        mixed, mixed_labels = cutmix(images, labels, seed, Cutmix(1.0, "linear", 9))
        torch.testing.assert_close(mixed.mean((1, 2, 3)), mixed_labels)
        inside = mixed[0, 0] == 1
        assert torch.equal(inside, inside.any(1)[:, None] & inside.any(0)[None])  # a rectangle
        assert torch.equal(mixed[:, 0], mixed[:, 1])
    assert images[0].max() == 0


def test_a_rectangle_of_an_or_label_is_of_half_the_image_and_a_fifth_more_or_less():
    images = torch.stack([torch.zeros(1, 100, 100), torch.ones(1, 100, 100)])
    kept = [
        cutmix(images, torch.zeros(2), seed, Cutmix(1.0, "or", 9))[0][1].mean().item()
        for seed in range(200)
    ]
    assert 0.29 < min(kept) < 0.32 and 0.68 < max(kept) < 0.71


def test_mixing_stops_at_its_stop_epoch_and_is_off_where_neither_is_set(make_run):
    images, labels = torch.randn(8, 1, 4, 4), torch.arange(8) / 8

    def changes(options, epoch) -> bool:
        (mixed,), _ = mix(
            (images,), labels, generators(0, range(len(labels))), options, composition(), epoch
        )
        return not torch.equal(mixed, images)

    assert [changes(make_run().mixing, epoch) for epoch in range(3)] == [True, True, False]
    assert not changes(make_run(mixup=None).mixing, 0)
    cut = make_run(mixup=None, cutmix={"alpha": 1.0, "label": "or", "stop_epoch": 1}).mixing
    assert [changes(cut, epoch) for epoch in range(2)] == [True, False]


def test_both_views_of_a_cadence_are_mixed_with_the_same_one_by_the_same_weight():
    values = torch.arange(8.0)[:, None, None, None]
    images = values.expand(8, 2, 4, 4), values.expand(8, 6, 5, 4)
    both = composition(("flattened.on", "residual.mask"), "both")
    options = Mixup(1.0, (0.5, 0.5), "linear", True, 9)
    (time, drift), _ = mixing.mixup(images, torch.zeros(8), generators(0, range(8)), options, both)
    torch.testing.assert_close(time[:, 0, 0, 0], drift[:, 0, 0, 0])
    torch.testing.assert_close(time[:, 1, 0, 0], drift[:, 3, 0, 0])  # the mask, not rescaled
    torch.testing.assert_close(drift[:, 2], drift[:, 3] * 2**0.5)

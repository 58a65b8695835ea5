"""Augmentation keeps to its panel, treats channels alike, and does what it says."""

import numpy as np
import pytest
import torch

from abacad.augment import augment, flip, mix, shift_scale, spec_augment

ALL = {
    "flip": {"frequency": 0.5, "time": 0.5},
    "shift_scale": {"probability": 0.8, "shift": 0.3, "scale": 0.5},
    "spec_augment": {"probability": 0.5, "masks": 2, "time_width": 60, "frequency_width": 40},
}


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("lit", range(3))
def test_nothing_moves_from_one_panel_to_another(lit):
    panels = torch.zeros(32, 1, 3, 273, 256, dtype=torch.float16)
    panels[:, :, lit] = 1
    changed = augment(panels, ALL, random(lit))
    others = [panel for panel in range(3) if panel != lit]
    assert (changed[:, :, others] == 0).all()
    assert (changed[:, :, lit] != 1).any()


def test_all_channels_of_a_cadence_change_alike():
    one = torch.randn(16, 1, 3, 273, 256, dtype=torch.float16)
    changed = augment(one.repeat(1, 2, 1, 1, 1), ALL, random())
    torch.testing.assert_close(changed[:, 0], changed[:, 1], rtol=0, atol=0)
    assert (changed[:, 0] != one[:, 0]).any()


def test_equal_seeds_change_equally():
    panels = torch.randn(8, 1, 3, 273, 256)
    first, again, other = (augment(panels.clone(), ALL, random(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_what_is_off_changes_nothing():
    panels = torch.randn(8, 1, 3, 273, 256)
    off = {"flip": {"frequency": 0, "time": 0}, "shift_scale": None, "spec_augment": None}
    assert torch.equal(augment(panels.clone(), off, random()), panels)


@pytest.mark.parametrize(("axis", "probabilities"), [(-1, (1, 0)), (-2, (0, 1))])
def test_flips_mirror_frequency_and_time_within_each_panel(axis, probabilities):
    panels = torch.randn(3, 2, 3, 273, 256)
    flipped = flip(panels.clone(), random(), *probabilities)
    assert torch.equal(flipped, panels.flip(axis))


def test_a_shift_moves_along_frequency_by_at_most_its_fraction_and_fills_with_zero():
    panels = torch.ones(64, 1, 3, 273, 256)
    moved = shift_scale(panels, random(), probability=1, shift=0.25, scale=0)
    zero_columns = (moved[:, 0, 1, 100] < 0.01).sum(-1)
    assert zero_columns.max() > 50
    assert zero_columns.max() <= 64
    assert (moved[:, 0, 1, 100] > 0.99).sum(-1).min() >= 256 - 65


def test_a_zoom_changes_widths_by_at_most_its_fraction_and_keeps_the_middle():
    panels = torch.zeros(64, 1, 3, 273, 256)
    panels[..., 87:187, 78:178] = 1  # 100 x 100 bins in the middle of each panel
    zoomed = shift_scale(panels, random(), probability=1, shift=0, scale=0.2)[:, 0, 2]
    for axis, middle in ((1, 128), (2, 137)):
        widths = zoomed.select(3 - axis, middle).sum(1)
        assert widths.min() < 90 and widths.max() > 110
        assert widths.min() > 79 and widths.max() < 121
    assert (zoomed[:, 137, 128] > 0.99).all()


def test_spec_augment_zeroes_stretches_that_are_the_same_in_all_panels():
    panels = torch.ones(64, 2, 3, 273, 256)
    masked = spec_augment(panels, random(), 1, masks=1, time_width=40, frequency_width=24)
    assert ((masked == 0) | (masked == 1)).all()
    assert torch.equal(masked, masked[:, :1, :1].expand_as(masked))
    times = (masked[:, 0, 0] == 0).all(2).sum(1)  # masked time bins of each cadence
    frequencies = (masked[:, 0, 0] == 0).all(1).sum(1)
    assert times.max() <= 40 and times.max() > 30
    assert frequencies.max() <= 24 and frequencies.max() > 18
    expected = 273 * 256 - (273 - times) * (256 - frequencies)
    assert torch.equal((masked[:, 0, 0] == 0).sum((1, 2)), expected)


def test_spec_augment_masks_are_of_every_width_from_none_to_the_largest():
    masked = spec_augment(torch.ones(64, 1, 3, 273, 256), random(), 1, 1, 3, 0)
    widths = (masked[:, 0, 0, :, 0] == 0).sum(1)
    assert set(widths.tolist()) == {0, 1, 2, 3}


def test_spec_augment_spares_the_cadences_that_are_not_chosen():
    masked = spec_augment(torch.ones(200, 1, 3, 273, 256), random(), 0.25, 3, 40, 40)
    assert 25 < (masked == 0).any(3).any(3).any(1).any(1).sum() < 75


def test_mixup_blends_images_and_linear_labels_by_the_same_weight():
    images = torch.tensor([0.0, 1.0, 0.0, 1.0])[:, None, None, None].expand(4, 1, 8, 8)
    labels = torch.tensor([0.0, 1.0, 0.0, 1.0])
    for seed in range(5):
        mixed, mixed_labels = mix(images, labels, random(seed), alpha=1.0, label="linear")
        torch.testing.assert_close(mixed[:, 0, 0, 0], mixed_labels)


@pytest.mark.parametrize(
    ("one", "other", "either"), [(0, 0, 0), (1, 0, 1), (1, 1, 1), (0.5, 0.5, 0.75), (0.2, 0.5, 0.6)]
)
def test_the_or_label_is_the_probability_of_a_needle_in_either(one, other, either):
    labels = torch.tensor([one, other], dtype=torch.float32)
    seed = next(seed for seed in range(99) if random(seed).permutation(2)[0] == 1)  # they swap
    _, mixed_labels = mix(torch.zeros(2, 1, 4, 4), labels, random(seed), alpha=0.4, label="or")
    torch.testing.assert_close(mixed_labels, torch.tensor([either, either], dtype=torch.float32))

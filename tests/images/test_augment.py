"""Augmentation keeps to its panel, treats channels alike, and does what it says."""

import msgspec
import numpy as np
import pytest
import torch

from abacad.cadences.layout import COMPETITION
from abacad.images.augment import AUGMENTATIONS, augment, other_side
from abacad.images.composition import compose
from abacad.images.panel_batch import PanelBatch, generators
from abacad.settings import Augmentation, Composition, Drift

NO_FLIP = {"flip": {"frequency": 0, "time": 0, "of": "image"}}
MOVES = {
    "flip": {"frequency": 0.5, "time": 0.5, "of": "panels"},
    "roll": {"probability": 0.5, "frequency": 0.2, "time": 0.3},
    "shift_scale_rotate": {"probability": 0.8, "shift": 0.3, "scale": 0.5, "rotate": 30},
    "cutout": {"probability": 0.5, "holes": 3, "time": 0.2, "frequency": 0.1},
    "spec_augment": {"probability": 0.5, "masks": 2, "time_width": 60, "frequency_width": 40},
}
VALUES = {
    "sharpen": {"probability": 0.7, "amount": 0.5},
    "brightness_contrast": {"probability": 0.7, "brightness": 0.2, "contrast": 0.3},
}
ALL = MOVES | VALUES


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def changed(panels: torch.Tensor, settings: dict, seed: int = 0, channels=None) -> torch.Tensor:
    """A copy of the panels after the augmentations that `settings` name."""
    channels = channels or tuple(f"store{i}.on" for i in range(panels.shape[1]))
    return augment(batch_of(panels, channels, seed), augmentation(settings)).panels


def batch_of(panels: torch.Tensor, channels: tuple[str, ...], seed: int = 0) -> PanelBatch:
    rows = len(panels)
    return PanelBatch(panels.clone(), torch.ones(rows), channels, generators(seed, range(rows)))


def augmentation(settings: dict) -> Augmentation:
    """The settings of the augmentations that `settings` name, with all others off."""
    return msgspec.convert(dict.fromkeys(AUGMENTATIONS) | NO_FLIP | settings, Augmentation)


@pytest.mark.parametrize("lit", range(3))
def test_nothing_moves_from_one_panel_to_another(lit):
    panels = torch.zeros(32, 1, 3, 273, 256, dtype=torch.float16)
    panels[:, :, lit] = 1
    after = changed(panels, MOVES | {"sharpen": VALUES["sharpen"]}, lit)
    others = [panel for panel in range(3) if panel != lit]
    assert (after[:, :, others] == 0).all()
    assert (after[:, :, lit] != 1).any()


def test_all_channels_of_a_cadence_change_alike():
    one = torch.randn(16, 1, 3, 273, 256, dtype=torch.float16)
    after = changed(one.repeat(1, 2, 1, 1, 1), ALL)
    torch.testing.assert_close(after[:, 0], after[:, 1], rtol=0, atol=0)
    assert (after[:, 0] != one[:, 0]).any()


def test_equal_seeds_change_equally():
    panels = torch.randn(8, 1, 3, 273, 256)
    first, again, other = (changed(panels, ALL, seed) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)


@pytest.mark.parametrize("channels", [("a.on", "a.off", "a.mask"), ("a.all", "b.all")])
def test_how_a_row_changes_does_not_depend_on_the_rows_beside_it(channels):
    count = 6 if channels[0].endswith("all") else 3
    panels = torch.randn(8, len(channels), count, 60, 50).half()
    settings = ALL | {
        "noise": {"probability": 0.7, "kind": "chi_squared", "level": 0.5},
        "panel_permutation": {"probability": 0.5},
        "on_off_swap": {"probability": 0.5},
        "cutout": {"probability": 0.5, "holes": 3, "time": 0.2, "frequency": 0.1},
        "spec_augment": {"probability": 0.5, "masks": 2, "time_width": 20, "frequency_width": 10},
    }
    whole = augment(batch_of(panels, channels, 5), augmentation(settings))
    some = [6, 1, 4]
    few = PanelBatch(panels[some], torch.ones(3), channels, generators(5, some))
    augment(few, augmentation(settings))
    assert torch.equal(few.panels, whole.panels[some])
    assert torch.equal(few.labels, whole.labels[some])
    assert not torch.equal(few.panels, panels[some])


def test_what_is_off_changes_nothing():
    panels = torch.randn(8, 1, 3, 273, 256)
    assert torch.equal(changed(panels, NO_FLIP), panels)


def flipped_by(of: str, frequency: float = 0, time: float = 0) -> dict:
    return {"flip": {"frequency": frequency, "time": time, "of": of}}


def test_a_flip_of_panels_mirrors_frequency_or_time_within_each_panel():
    panels = torch.randn(3, 2, 3, 273, 256)
    for axis, name in ((-1, "frequency"), (-2, "time")):
        assert torch.equal(changed(panels, flipped_by("panels", **{name: 1})), panels.flip(axis))


def test_a_flip_of_the_image_mirrors_the_image_that_is_composed_of_the_panels():
    panels = torch.randn(3, 2, 3, 273, 256)
    drift = Drift(157, 3.3, None)
    whole = Composition(
        COMPETITION, ("a.on", "a.off"), "time_frequency", None, None, None, "bilinear", drift
    )
    for axis, name in ((-1, "frequency"), (-2, "time")):
        flipped = changed(panels, flipped_by("image", **{name: 1}))
        (image,), (expected,) = compose(flipped, whole), compose(panels, whole)
        assert torch.equal(image, expected.flip(axis))


def steps_between_panels(panels: torch.Tensor) -> list[int]:
    """How many bins a line moves from the end of each panel to the start of the next."""
    columns = panels.argmax(2)
    return (columns[1:, 0] - columns[:-1, -1]).tolist()


def test_a_flip_of_the_image_keeps_a_drifting_line_whole_and_one_of_panels_breaks_it():
    cadence = torch.zeros(6, 273, 256)
    time = torch.arange(6 * 273)
    cadence.view(-1, 256)[time, 40 + time * 100 // (6 * 273)] = 1  # it drifts by 100 bins in all
    on = cadence[None, None, 0::2]
    (step,) = set(steps_between_panels(on[0, 0]))
    for panels, sides in ((on, slice(None)), (cadence[None, None], slice(0, None, 2))):
        name = ("a.on",) if len(panels[0, 0]) == 3 else ("a.all",)
        whole = changed(panels, flipped_by("image", time=1), channels=name)[0, 0, sides]
        assert {-round(each) for each in steps_between_panels(whole)} == {step}
        broken = changed(panels, flipped_by("panels", time=1), channels=name)[0, 0, sides]
        assert min(map(abs, steps_between_panels(broken))) > 2 * step


def test_a_flip_of_the_image_keeps_on_panels_at_on_places_where_a_channel_has_all_six():
    flipped = changed(SIX, flipped_by("image", time=1), channels=("a.all",))
    assert flipped[0, 0, :, 0, 0].tolist() == [4, 5, 2, 3, 0, 1]


def test_a_shift_moves_along_frequency_by_at_most_its_fraction_and_fills_with_zero():
    panels = torch.ones(64, 1, 3, 273, 256)
    moved = changed(panels, moved_by(shift=0.25))
    zero_columns = (moved[:, 0, 1, 100] < 0.01).sum(-1)
    assert zero_columns.max() > 50
    assert zero_columns.max() <= 64
    assert (moved[:, 0, 1, 100] > 0.99).sum(-1).min() >= 256 - 65


def test_a_zoom_changes_widths_by_at_most_its_fraction_and_keeps_the_middle():
    panels = torch.zeros(64, 1, 3, 273, 256)
    panels[..., 87:187, 78:178] = 1  # 100 x 100 bins in the middle of each panel
    zoomed = changed(panels, moved_by(scale=0.2))[:, 0, 2]
    for axis, middle in ((1, 128), (2, 137)):
        widths = zoomed.select(3 - axis, middle).sum(1)
        assert widths.min() < 90 and widths.max() > 110
        assert widths.min() > 79 and widths.max() < 121
    assert (zoomed[:, 137, 128] > 0.99).all()


def test_spec_augment_zeroes_stretches_that_are_the_same_in_all_panels():
    panels = torch.ones(64, 2, 3, 273, 256)
    masked = changed(panels, masked_by(1, 1, 40, 24))
    assert ((masked == 0) | (masked == 1)).all()
    assert torch.equal(masked, masked[:, :1, :1].expand_as(masked))
    times = (masked[:, 0, 0] == 0).all(2).sum(1)  # masked time bins of each cadence
    frequencies = (masked[:, 0, 0] == 0).all(1).sum(1)
    assert times.max() <= 40 and times.max() > 30
    assert frequencies.max() <= 24 and frequencies.max() > 18
    expected = 273 * 256 - (273 - times) * (256 - frequencies)
    assert torch.equal((masked[:, 0, 0] == 0).sum((1, 2)), expected)


def test_spec_augment_masks_are_of_every_width_from_none_to_the_largest():
    masked = changed(torch.ones(64, 1, 3, 273, 256), masked_by(1, 1, 3, 0))
    widths = (masked[:, 0, 0, :, 0] == 0).sum(1)
    assert set(widths.tolist()) == {0, 1, 2, 3}


def test_spec_augment_spares_the_cadences_that_are_not_chosen():
    masked = changed(torch.ones(200, 1, 3, 273, 256), masked_by(0.25, 3, 40, 40))
    assert 25 < (masked == 0).any(3).any(3).any(1).any(1).sum() < 75


def moved_by(shift: float = 0, scale: float = 0, rotate: float = 0) -> dict:
    options = {"probability": 1, "shift": shift, "scale": scale, "rotate": rotate}
    return {"shift_scale_rotate": options}


def masked_by(probability: float, masks: int, time: int, frequency: int) -> dict:
    options = {"probability": probability, "masks": masks}
    return {"spec_augment": options | {"time_width": time, "frequency_width": frequency}}


def test_a_turn_keeps_the_middle_and_turns_by_at_most_its_angle():
    panels = torch.zeros(32, 1, 3, 255, 255)
    panels[..., 127] = 1  # a line that does not drift
    turned = changed(panels, moved_by(rotate=20))[:, 0, 1]
    assert (turned[:, 127, 127] > 0.5).all()
    top = turned[:, 27].argmax(1) - 127  # 100 bins from the middle: tan 20 degrees = 0.364
    assert 25 < top.abs().max() <= 37 and top.abs().min() < 10


def test_a_roll_keeps_every_value_of_each_panel():
    panels = torch.arange(3 * 273 * 256.0).view(1, 1, 3, 273, 256).repeat(8, 1, 1, 1, 1)
    rolled = changed(panels, {"roll": {"probability": 1, "frequency": 0.5, "time": 0.5}})
    assert not torch.equal(rolled, panels)
    for panel in range(3):
        ordered = rolled[:, 0, panel].flatten(1).sort(1).values
        assert torch.equal(ordered, panels[:, 0, panel].flatten(1))


def test_cutout_cuts_rectangles_of_single_panels_in_all_channels_at_the_same_place():
    panels = torch.ones(32, 2, 3, 273, 256)
    cut = changed(panels, {"cutout": {"probability": 1, "holes": 1, "time": 0.2, "frequency": 0.1}})
    assert torch.equal(cut[:, 0], cut[:, 1])
    assert set((cut[:, 0] == 0).flatten(2).sum(2).flatten().tolist()) == {0, 55 * 26}
    assert ((cut[:, 0] == 0).flatten(2).any(2).sum(1) == 1).all()


def test_sharpening_raises_a_line_above_its_neighbours_and_keeps_what_is_flat():
    panels = torch.ones(16, 1, 3, 273, 256)
    panels[..., 100] = 2
    sharp = changed(panels, {"sharpen": {"probability": 1, "amount": 0.5}})
    strength = (sharp[:, 0, 0, 0, 100] - 2) / 2  # 2 + 2 a (2 - 1)
    assert strength.min() >= 0 and 0.35 < strength.max() <= 0.5
    torch.testing.assert_close(sharp[:, 0, 0, 0, 99], 1 - strength)
    torch.testing.assert_close(sharp[..., :99], panels[..., :99])


def test_brightness_and_contrast_add_and_multiply_within_their_limits():
    panels = torch.randn(64, 1, 3, 20, 20)
    options = {"probability": 1, "brightness": 0.2, "contrast": 0.3}
    after = changed(panels, {"brightness_contrast": options})
    factor = after.std((1, 2, 3, 4)) / panels.std((1, 2, 3, 4))
    added = (after - factor[:, None, None, None, None] * panels).mean((1, 2, 3, 4))
    assert 0.7 <= factor.min() < 0.8 and 1.2 < factor.max() <= 1.3
    assert added.abs().max() <= 0.2001 and added.abs().max() > 0.15


@pytest.mark.parametrize(("kind", "skewness"), [("gaussian", 0), ("chi_squared", 2**0.5)])
def test_noise_has_mean_0_at_most_its_level_and_the_skewness_of_its_kind(kind, skewness):
    panels = torch.zeros(32, 1, 3, 273, 256)
    noisy = changed(panels, {"noise": {"probability": 1, "kind": kind, "level": 0.5}})
    levels = noisy.std((1, 2, 3, 4))
    assert levels.min() < 0.1 and 0.4 < levels.max() <= 0.51
    scaled = noisy[levels.argmax()] / levels.max()
    assert abs(scaled.mean()) < 0.02
    assert (scaled**3).mean() == pytest.approx(skewness, abs=0.05)


SIX = torch.arange(6.0).view(1, 1, 6, 1, 1).repeat(40, 1, 1, 4, 4)


def test_panels_are_permuted_among_on_and_among_off_alike_in_all_channels():
    channels = ("a.on", "a.off", "b.on")
    panels = torch.stack([SIX[:, 0, 0::2], SIX[:, 0, 1::2], 10 + SIX[:, 0, 0::2]], dim=1)
    permuted = changed(panels, {"panel_permutation": {"probability": 1}}, 0, channels)[..., 0, 0]
    assert {tuple(row) for row in permuted[:, 0].sort().values.tolist()} == {(0, 2, 4)}
    assert {tuple(row) for row in permuted[:, 1].sort().values.tolist()} == {(1, 3, 5)}
    assert torch.equal(permuted[:, 2], permuted[:, 0] + 10)
    assert len({tuple(row) for row in permuted[:, 0].tolist()}) == 6
    whole = changed(SIX, {"panel_permutation": {"probability": 1}}, 0, ("a.all",))[:, 0, :, 0, 0]
    assert {tuple(row) for row in whole[:, 0::2].sort().values.tolist()} == {(0, 2, 4)}
    assert {tuple(row) for row in whole[:, 1::2].sort().values.tolist()} == {(1, 3, 5)}


def test_a_swap_of_on_and_off_takes_the_label_away_and_no_other():
    channels = ("a.on", "a.off", "a.mask")
    panels = torch.stack([SIX[:, 0, 0::2], SIX[:, 0, 1::2], torch.ones(40, 3, 4, 4)], dim=1)
    batch = augment(batch_of(panels, channels), augmentation({"on_off_swap": {"probability": 0.5}}))
    swapped = batch.labels == 0
    assert 10 < swapped.sum() < 30
    assert torch.equal(batch.panels[swapped], panels[swapped][:, [1, 0, 2]])
    assert torch.equal(batch.panels[~swapped], panels[~swapped])
    always = augmentation({"on_off_swap": {"probability": 1}})
    whole = augment(batch_of(SIX, ("a.all",)), always)
    assert whole.panels[0, 0, :, 0, 0].tolist() == [1, 0, 3, 2, 5, 4]
    assert other_side("nmf.on") == "nmf.off" and other_side("residual.mask") == "residual.mask"


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("channels", [("a.on", "a.off", "b.on"), ("a.all", "b.all")])
def test_no_energy_of_on_panels_reaches_off_panels_but_by_the_swap(seed, channels):
    """For all augmentations with random parameters, except noise, which adds energy of its own."""
    rng = random(seed)
    drawn = {
        "flip": {
            "frequency": rng.random(),
            "time": rng.random(),
            "of": ("image", "panels")[seed % 2],
        },
        "roll": {"probability": 1, "frequency": rng.random(), "time": rng.random()},
        "shift_scale_rotate": {
            **{"probability": 1, "shift": rng.random(), "scale": 0.9 * rng.random()},
            "rotate": 180 * rng.random(),
        },
        "panel_permutation": {"probability": 1},
        "sharpen": {"probability": 1, "amount": 3 * rng.random()},
        "brightness_contrast": {"probability": 1, "brightness": 0, "contrast": rng.random()},
        "cutout": {"probability": 1, "holes": 3, "time": rng.random(), "frequency": rng.random()},
        "spec_augment": {**MOVES["spec_augment"], "probability": 1},
    }
    assert {*drawn} == {*AUGMENTATIONS} - {"noise", "on_off_swap"}
    count = 6 if channels[0].endswith("all") else 3
    panels = torch.zeros(4, len(channels), count, 60, 50)
    if count == 6:
        panels[:, :, 0::2] = 1
        after = changed(panels, drawn, seed, channels)
        assert after[:, :, 1::2].abs().max() == 0
    else:
        panels[:, [0, 2]] = 1
        after = changed(panels, drawn, seed, channels)
        assert after[:, 1].abs().max() == 0


def test_masks_move_with_their_columns_and_keep_their_values():
    panels = torch.ones(16, 2, 3, 273, 256)
    panels[..., 100:] = 0
    settings = {name: MOVES[name] for name in ("flip", "roll", "shift_scale_rotate")} | VALUES
    settings |= {"noise": {"probability": 1, "kind": "gaussian", "level": 0.5}}
    moves = {name: settings[name] for name in ("flip", "roll", "shift_scale_rotate")}
    after = changed(panels, settings, 1, ("a.on", "a.mask"))
    assert torch.equal(after[:, 1], changed(panels, moves, 1, ("a.on", "a.mask"))[:, 1])
    assert not torch.equal(after[:, 0], after[:, 1])

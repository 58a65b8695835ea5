"""Images keep time and frequency where they belong."""

import pytest
import torch

from abacad.cadences.layout import COMPETITION
from abacad.images.composition import (
    FREQUENCY,
    TIME,
    compose,
    compose_mirrored,
    image_channels,
    image_size,
    mirrored,
    panel_count,
    views,
)
from abacad.images.drift import Drifts, drift_means, drift_sums
from abacad.settings import Composition, Drift


def composition(
    image_size: tuple[int, int] | None,
    standardize: str | None = None,
    channels=("nmf.on",),
    resize: str = "bilinear",
    view: str = "time_frequency",
    panels: str | None = None,
    drift_size: tuple[int, int] | None = None,
) -> Composition:
    drift = Drift(157, 19.7, drift_size)
    return Composition(COMPETITION, channels, view, panels, standardize, image_size, resize, drift)


def seen(panels: torch.Tensor, composition: Composition) -> torch.Tensor:
    """The image of the only view."""
    (image,) = compose(panels, composition)
    return image


def test_panels_are_stacked_in_the_order_of_time():
    panels = torch.randn(5, 2, 3, 273, 256, dtype=torch.float16)
    images = seen(panels, composition(None))
    assert images.shape == (5, 2, 819, 256)
    assert images.dtype == torch.float32
    for panel in range(3):
        torch.testing.assert_close(
            images[:, :, 273 * panel : 273 * (panel + 1)], panels[:, :, panel].float()
        )


def test_an_image_is_time_by_frequency_never_swapped():
    panels = torch.zeros(1, 1, 3, 273, 256)
    panels[..., 128:] = 1  # the upper half of the band, at all times
    image = seen(panels, composition((100, 40)))[0, 0]
    assert image.shape == (100, 40)
    torch.testing.assert_close(image[:, :18], torch.zeros(100, 18))
    torch.testing.assert_close(image[:, 22:], torch.ones(100, 18))


def test_a_line_narrower_than_a_pixel_keeps_its_energy():
    """Without anti-aliasing it would vanish or not, depending on its place."""
    for column in range(100, 108):
        panels = torch.zeros(1, 1, 3, 273, 256)
        panels[..., column] = 1
        image = seen(panels, composition((64, 32)))
        assert image.sum().item() == pytest.approx(64 * 32 / 256, rel=0.02)


@pytest.mark.parametrize(
    ("resize", "options"),
    [
        ("bilinear", {"mode": "bilinear", "antialias": True}),
        ("bicubic", {"mode": "bicubic", "antialias": True}),
        ("area", {"mode": "area"}),
        ("nearest", {"mode": "nearest-exact"}),
    ],
)
def test_the_resize_is_torchs_own_of_both_axes_at_once(resize, options):
    panels = torch.randn(6, 2, 3, 273, 256)
    for size in ((96, 300), (900, 100)):
        expected = torch.nn.functional.interpolate(panels.flatten(2, 3), size, **options)
        resized = seen(panels, composition(size, resize=resize))
        torch.testing.assert_close(resized, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("standardize", "axes"), [("panel", (2, 3)), ("cadence", (1, 2, 3))])
def test_panels_or_cadences_are_standardised_and_masks_are_not(standardize, axes):
    panels = 5 + torch.randn(3, 2, 3, 273, 256) * torch.arange(1, 4)[:, None, None]
    panels[:, 1] = 0
    panels[:, 1, ..., :100] = 1
    options = composition(None, standardize, ("residual.on", "residual.mask"))
    images = seen(panels, options).unflatten(2, (3, 273))
    means, deviations = images[:, 0].mean(axes), images[:, 0].std(axes)
    torch.testing.assert_close(means, torch.zeros_like(means), atol=1e-4, rtol=0)
    torch.testing.assert_close(deviations, torch.ones_like(deviations), atol=1e-3, rtol=0)
    assert torch.equal(images[:, 1], panels[:, 1])


def test_a_constant_panel_is_standardised_to_zero():
    images = seen(torch.full((1, 1, 3, 273, 256), 7.0), composition(None, "panel"))
    assert torch.equal(images, torch.zeros_like(images))


DRIFTS = Drifts(157, 19.7)
CHANNELS = ("flattened.on", "flattened.off", "residual.mask")


def test_the_drift_view_is_of_the_drift_sums_of_each_panel():
    panels = torch.randn(5, 3, 3, 273, 256).half()
    panels[:, 2] = panels[:, 2] > 1
    image = seen(panels, composition(None, channels=CHANNELS, view="drift"))
    assert image.shape == (5, 9, len(DRIFTS.rates), 256)
    expected = (
        drift_sums(panels[:, 0], DRIFTS, (0, 2, 4)),
        drift_sums(panels[:, 1], DRIFTS, (1, 3, 5)),
        drift_means(panels[:, 2], DRIFTS, (0, 2, 4)),
    )
    torch.testing.assert_close(image, torch.cat(expected, dim=1))
    stacked = seen(panels, composition(None, channels=CHANNELS, view="drift", panels="stacked"))
    torch.testing.assert_close(stacked, image.unflatten(1, (3, 3)).flatten(2, 3))
    six = torch.randn(1, 1, 6, 273, 256)
    image = seen(six, composition(None, channels=("nmf.all",), view="drift"))
    torch.testing.assert_close(image[0], drift_sums(six[0, 0], DRIFTS))


@pytest.mark.parametrize("channels", [("nmf.on", "nmf.off"), ("nmf.all",)])
def test_sorted_panels_are_those_of_a_side_from_the_faintest_to_the_brightest(channels):
    panels = torch.randn(2, len(channels), 6 // len(channels), 273, 256)
    plain = compose(panels, composition(None, channels=channels, view="both"))
    ordered = compose(panels, composition(None, channels=channels, view="both", panels="sorted"))
    assert torch.equal(plain[0], ordered[0])
    sides = (slice(0, 3), slice(3, 6)) if len(channels) == 2 else (slice(0, 6, 2), slice(1, 6, 2))
    for side in sides:
        assert torch.equal(ordered[1][:, side], plain[1][:, side].sort(dim=1).values)


def test_panels_of_the_time_frequency_view_may_be_channels():
    panels = torch.randn(2, 2, 3, 273, 256)
    options = composition(None, channels=("nmf.on", "nmf.off"), panels="channels")
    assert torch.equal(seen(panels, options), panels.flatten(1, 2))


def test_both_views_are_seen_each_in_its_size_and_each_channel_has_a_name():
    panels = torch.randn(5, 3, 3, 273, 256)
    both = composition((64, 32), channels=CHANNELS, view="both", drift_size=(40, 128))
    images = compose(panels, both)
    assert [image.shape[1:] for image in images] == [(3, 64, 32), (9, 40, 128)]
    for image, view in zip(images, views(both), strict=True):
        assert image.shape[1] == len(image_channels(both, view))
        assert image.shape[2:] == image_size(both, view)
    assert image_channels(both, "drift")[2:4] == ["flattened.on", "flattened.off"]
    for panels_are in ("stacked", "channels", None):
        whole = composition(None, channels=("nmf.all",), view="both", panels=panels_are)
        images = compose(torch.randn(1, 1, 6, 273, 256), whole)
        for image, view in zip(images, views(whole), strict=True):
            assert image.shape[2:] == image_size(whole, view)


@pytest.mark.parametrize("of", ["image", "panels"])
@pytest.mark.parametrize(
    "how",
    [
        composition((130, 100), channels=("nmf.on", "nmf.off")),
        composition((130, 100), "panel", resize="area"),
        composition((130, 128), resize="nearest"),
        composition(None, channels=("nmf.all",)),
        composition((60, 100), panels="channels"),
        composition(None, view="drift"),
        composition(None, view="drift", panels="stacked"),
        composition((130, 100), channels=("nmf.on", "nmf.off"), view="both", drift_size=(40, 128)),
    ],
    ids=["stacked", "area", "nearest", "six", "channels", "drift", "drift_stacked", "both"],
)
def test_images_of_mirrored_panels_are_as_if_each_copy_was_composed(how, of):
    panels = torch.randn(2, len(how.channels), panel_count(how.channels), 273, 256)
    every = [(), (FREQUENCY,), (TIME,), (FREQUENCY, TIME)]
    for axes, images in zip(every, compose_mirrored(panels, how, every, of), strict=True):
        expected = compose(mirrored(panels, axes, of) if axes else panels, how)
        for image, other in zip(images, expected, strict=True):
            torch.testing.assert_close(image, other, atol=1e-4, rtol=0)


def test_a_flip_of_frequency_is_a_flip_of_drift():
    panels = torch.randn(2, 2, 3, 273, 256)
    options = composition(None, channels=("nmf.on", "nmf.off"), view="drift")
    flipped = seen(mirrored(panels, (FREQUENCY,), "image"), options)
    torch.testing.assert_close(flipped, seen(panels, options).flip(-1, -2), atol=1e-4, rtol=0)

"""Images keep time and frequency where they belong."""

import pytest
import torch

from abacad.images.composition import compose
from abacad.settings import Composition


def view(
    image_size: tuple[int, int] | None,
    standardize: str | None = None,
    channels=("nmf.on",),
    resize: str = "bilinear",
) -> Composition:
    return Composition(channels, standardize, image_size, resize)


def test_panels_are_stacked_in_the_order_of_time():
    panels = torch.randn(5, 2, 3, 273, 256, dtype=torch.float16)
    images = compose(panels, view(None))
    assert images.shape == (5, 2, 819, 256)
    assert images.dtype == torch.float32
    for panel in range(3):
        torch.testing.assert_close(
            images[:, :, 273 * panel : 273 * (panel + 1)], panels[:, :, panel].float()
        )


def test_an_image_is_time_by_frequency_never_swapped():
    panels = torch.zeros(1, 1, 3, 273, 256)
    panels[..., 128:] = 1  # the upper half of the band, at all times
    image = compose(panels, view((100, 40)))[0, 0]
    assert image.shape == (100, 40)
    torch.testing.assert_close(image[:, :18], torch.zeros(100, 18))
    torch.testing.assert_close(image[:, 22:], torch.ones(100, 18))


def test_a_line_narrower_than_a_pixel_keeps_its_energy():
    """Without anti-aliasing it would vanish, or not, by where it lies."""
    for column in range(100, 108):
        panels = torch.zeros(1, 1, 3, 273, 256)
        panels[..., column] = 1
        image = compose(panels, view((64, 32)))
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
        resized = compose(panels, view(size, resize=resize))
        torch.testing.assert_close(resized, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("standardize", "axes"), [("panel", (2, 3)), ("cadence", (1, 2, 3))])
def test_panels_or_cadences_are_standardised_and_masks_are_not(standardize, axes):
    panels = 5 + torch.randn(3, 2, 3, 273, 256) * torch.arange(1, 4)[:, None, None]
    panels[:, 1] = 0
    panels[:, 1, ..., :100] = 1
    options = view(None, standardize, ("residual.on", "residual.mask"))
    images = compose(panels, options).unflatten(2, (3, 273))
    means, deviations = images[:, 0].mean(axes), images[:, 0].std(axes)
    torch.testing.assert_close(means, torch.zeros_like(means), atol=1e-4, rtol=0)
    torch.testing.assert_close(deviations, torch.ones_like(deviations), atol=1e-3, rtol=0)
    assert torch.equal(images[:, 1], panels[:, 1])


def test_a_constant_panel_is_standardised_to_zero():
    images = compose(torch.full((1, 1, 3, 273, 256), 7.0), view(None, "panel"))
    assert torch.equal(images, torch.zeros_like(images))

"""Images keep time and frequency where they belong."""

import pytest
import torch

from abacad.views import compose


def test_panels_are_stacked_in_the_order_of_time():
    panels = torch.randn(5, 2, 3, 273, 256, dtype=torch.float16)
    images = compose(panels, None)
    assert images.shape == (5, 2, 819, 256)
    assert images.dtype == torch.float32
    for panel in range(3):
        torch.testing.assert_close(
            images[:, :, 273 * panel : 273 * (panel + 1)], panels[:, :, panel].float()
        )


def test_an_image_is_time_by_frequency_never_swapped():
    panels = torch.zeros(1, 1, 3, 273, 256)
    panels[..., 128:] = 1  # the upper half of the band, at all times
    image = compose(panels, [100, 40])[0, 0]
    assert image.shape == (100, 40)
    torch.testing.assert_close(image[:, :18], torch.zeros(100, 18))
    torch.testing.assert_close(image[:, 22:], torch.ones(100, 18))


def test_a_line_narrower_than_a_pixel_keeps_its_energy():
    """Without anti-aliasing it would vanish, or not, by where it lies."""
    for column in range(100, 108):
        panels = torch.zeros(1, 1, 3, 273, 256)
        panels[..., column] = 1
        image = compose(panels, [64, 32])
        assert image.sum().item() == pytest.approx(64 * 32 / 256, rel=0.02)


def test_the_resize_is_torchs_own():
    panels = torch.randn(6, 2, 3, 273, 256)
    expected = torch.nn.functional.interpolate(
        panels.flatten(2, 3), (96, 300), mode="bilinear", antialias=True
    )
    torch.testing.assert_close(compose(panels, [96, 300]), expected)

"""Maps are where the logit rises, in the panels that the model sees, in their own coordinates."""

import numpy as np
import pytest
import torch
from torch import nn

from abacad.cadences.layout import COMPETITION, ON_PANELS, PANELS
from abacad.explain.maps import MAP_SHAPE, explain, layer_of, scaled, to_panels
from abacad.images.composition import image_size
from abacad.images.drift import Drifts
from abacad.model.detector import Branch, Detector, build_model
from abacad.model.layers import LinearHead, MultiSampleDropout

_, TIME_BINS, FREQUENCY_BINS = COMPETITION.of_cadence

ON = ["normalized.on"]
BOTH = ["normalized.on", "normalized.off"]


class Blur(nn.Module):
    """A backbone whose one layer averages 8 x 8 pixels of the first channel; with timm's names."""

    num_features = 1
    feature_info = [{"reduction": 8, "module": "layer"}]

    def __init__(self):
        super().__init__()
        self.layer = nn.AvgPool2d(8)
        self.weight = nn.Parameter(torch.ones(1))

    def forward_features(self, image):
        return self.layer(image[:, :1] * self.weight)


class Mean(nn.Module):
    def forward(self, maps):
        return maps.mean((2, 3))


def detector(weight: float) -> Detector:
    """Its logit is `weight` times the mean of the image."""
    head = LinearHead(1)
    nn.init.constant_(head.linear.weight, weight)
    branch = Branch("blur", nn.Identity(), Blur(), Mean())
    return Detector([branch], MultiSampleDropout(0.0, 1), head)


def panels(channels: int, panel: int, time: int, frequency: int) -> torch.Tensor:
    """One cadence of zeros with a bright block about a place of one of the panels of the first channel."""
    cadence = torch.zeros(1, channels, len(ON_PANELS), TIME_BINS, FREQUENCY_BINS)
    cadence[0, 0, panel, time - 10 : time + 10, frequency - 10 : frequency + 10] = 1
    return cadence


def test_a_map_is_highest_where_brightness_raises_the_logit(make_run):
    run = make_run(channels=ON, image_size=None)
    seen = explain(detector(1.0), panels(1, 1, 140, 60), run, reduction=8)
    assert seen.shape == (1, *MAP_SHAPE) and seen.dtype == np.float32
    assert seen.max() == 1 and seen.min() == 0
    panel, time, frequency = np.unravel_index(seen[0].argmax(), MAP_SHAPE)
    assert panel == ON_PANELS[1]
    assert abs(time - 140 // 7) <= 1 and abs(frequency - 60 // 4) <= 2


def test_where_brightness_lowers_the_logit_a_map_is_empty(make_run):
    run = make_run(channels=ON, image_size=None)
    assert explain(detector(-1.0), panels(1, 1, 140, 60), run, reduction=8).max() == 0


def test_each_cadence_has_the_map_that_it_has_alone(make_run):
    run = make_run(channels=BOTH, image_size=[136, 128], backbone="test_byobnet")
    torch.manual_seed(0)
    model = build_model(run)
    batch = torch.randn(2, 2, 3, TIME_BINS, FREQUENCY_BINS)
    both = explain(model, batch, run)
    alone = explain(model, batch[1:], run)
    np.testing.assert_allclose(both[1:], alone, atol=1e-4)


def test_activations_that_training_computed_again_are_kept_here(make_run):
    seen = []
    panels_ = torch.randn(1, 2, 3, TIME_BINS, FREQUENCY_BINS, generator=torch.manual_seed(1))
    for again in (False, True):
        run = make_run(channels=BOTH, backbone="test_byobnet", gradient_checkpointing=again)
        torch.manual_seed(0)
        seen.append(explain(build_model(run), panels_, run))
    np.testing.assert_allclose(*seen, atol=1e-5)


def test_a_stacked_image_is_cut_into_its_panels(make_run):
    composition = make_run(channels=BOTH, image_size=[117, 64]).composition
    seen = torch.zeros(1, 117, 64)
    seen[0, 39 + 5, 7] = 1  # in the second panel of three
    maps = to_panels(seen, composition, "time_frequency")
    assert sorted(np.unique(np.argwhere(maps[0].numpy())[:, 0])) == [2, 3]  # ON, and OFF beside it
    assert maps[0, 2, 5, 7] == maps[0, 3, 5, 7] == 1


def test_panels_that_no_channel_shows_are_empty(make_run):
    composition = make_run(channels=ON, image_size=[117, 64]).composition
    maps = to_panels(torch.ones(1, 117, 64), composition, "time_frequency")
    assert maps[0].amax((1, 2)).tolist() == [1, 0, 1, 0, 1, 0]


def test_all_six_panels_of_one_channel_have_maps_of_their_own(make_run):
    composition = make_run(channels=["normalized.all"], image_size=[234, 64]).composition
    seen = torch.arange(6.0).repeat_interleave(39)[None, :, None].expand(1, 234, 64)
    maps = to_panels(seen, composition, "time_frequency")
    assert maps[0, :, 20, 30].tolist() == [0, 1, 2, 3, 4, 5]


def test_panels_that_are_channels_share_the_map_of_their_image(make_run):
    composition = make_run(channels=ON, panels="channels", image_size=[39, 64]).composition
    seen = torch.zeros(1, 39, 64)
    seen[0, 5, 7] = 1
    assert (
        to_panels(seen, composition, "time_frequency")[0, list(ON_PANELS), 5, 7].tolist() == [1] * 3
    )


def test_a_place_of_the_drift_view_is_a_line_through_the_panels(make_run):
    composition = make_run(channels=BOTH, view="drift").composition
    drifts = Drifts(composition.drift.largest, composition.drift.step)
    height, width = image_size(composition, "drift")
    assert (height, width) == (len(drifts.rates), FREQUENCY_BINS)
    seen = torch.zeros(1, height, width)
    row, middle = height // 2 + 1, 120
    seen[0, row, middle] = 1
    maps = to_panels(seen, composition, "drift")[0].numpy()
    bins_a_panel = drifts.rates[row] / COMPETITION.unit_drift
    for panel in range(PANELS):
        places = np.argwhere(maps[panel] > 0)
        since_middle = panel - PANELS / 2 + (places[:, 0] + 0.5) / MAP_SHAPE[1]  # in panels
        expected = (middle + 0.5 + bins_a_panel * since_middle) / 4 - 0.5
        assert len(places) >= MAP_SHAPE[1]
        assert np.abs(places[:, 1] - expected).max() <= 1


def test_of_two_views_the_map_is_the_mean(make_run):
    run = make_run(channels=BOTH, view="both", image_size=[64, 32], backbone="test_byobnet")
    torch.manual_seed(0)
    model = build_model(run)
    assert len(model.branches) == 2
    seen = explain(model, torch.randn(1, 2, 3, TIME_BINS, FREQUENCY_BINS), run)
    assert seen.shape == (1, *MAP_SHAPE) and seen.max() == 1 and np.isfinite(seen).all()


def test_the_layer_is_the_last_one_of_its_reduction(make_run):
    (branch,) = build_model(make_run(backbone="test_byobnet")).branches
    assert layer_of(branch, 16) is branch.backbone.get_submodule("stages.2")
    assert layer_of(branch, 31) is branch.backbone.get_submodule("stages.2")
    with pytest.raises(ValueError, match="backbone test_byobnet: timm tells no feature map"):
        layer_of(branch, 1)


def test_a_map_of_zeros_stays_so():
    assert scaled(torch.zeros(1, *MAP_SHAPE)).max() == 0

"""A detector and panels in, maps of where it sees a needle out, in the panels' own coordinates.

A map is of one detector and one cadence: (panel=6, time=39, frequency=64), so that of a cadence of the
competition a cell is 7 time bins by 4 frequency bins. It is 1 in its highest cell and at least 0, and tells
where the image raises the logit. A detector that sees ON and OFF panels as channels of one image weighs both
at one place: both panels get its map.

Source: Grad-CAM, Selvaraju et al. 2017, arXiv:1610.02391, computed by the package grad-cam.

The layer that is asked is the last one whose cells are 16 pixels wide. Of 150 simulated needles whose path is
known, the share of the map within 8 bins of the path, over that of an even map (medians; models of 136 x 128
pixels, out of fold):

    cells of        4      8     16     32 pixels
    residual     17.7   12.6    6.7    3.5    (residual_injected of config.benchmark.yaml)
    flattened     3.1    3.0    4.3    2.1    (flattened_nmf)
    untrained     0.9    0.8    0.7    0.7    (flattened_nmf)

Of the store residual that says little: the needle is the brightest thing there, and an untrained detector may
point at it as well (5.2 at 16 pixels, of the experiment residual). Among the ripple and the interference of
flattened panels, only what was learnt points at it. At 16 pixels HiResCAM is no better (3.4 on flattened),
and LayerCAM is worse (1.8). `make benchmark-grad-cam` measures it.
"""

from collections.abc import Sequence

import numpy as np
import torch
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.base_cam import BaseCAM
from pytorch_grad_cam.utils.model_targets import RawScoresOutputTarget
from torch import nn
from torch.nn import functional

from abacad.cadences.layout import MAP_SHAPE, PANELS_OF_SIDE
from abacad.images.composition import (
    Images,
    View,
    compose,
    drifts,
    intensities,
    is_stacked,
    panel_count,
    views,
)
from abacad.images.drift import Drifts, path_offsets
from abacad.model.detector import Branch, Detector
from abacad.settings import Composition, Run

REDUCTION = 16  # of the layer that is asked: cells are so many pixels of the image wide and high


class _OneView(nn.Module):
    """A detector as a function of the images of one view, (batch, ...), to logits (batch, 1)."""

    def __init__(self, model: Detector, images: Images, place: int):
        super().__init__()
        self.model, self.images, self.place = model, images, place

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        images = (*self.images[: self.place], image, *self.images[self.place + 1 :])
        return self.model(images)[:, None]


def explain(
    model: Detector,
    panels: torch.Tensor,
    run: Run,
    reduction: int = REDUCTION,
    method: type[BaseCAM] = GradCAM,
) -> np.ndarray:
    """The map of each cadence, (batch, *MAP_SHAPE), float32, 0 to 1.

    panels     (batch, channel, panel, time, frequency), as a model of `run` sees them, on its device
    reduction  of the layer that is asked, see `layer_of`
    method     of the package grad-cam
    Of several views, a map is the mean of theirs. Panels that no channel of intensities shows are 0. Where
    nothing raises the logit, a map is 0 everywhere.
    """
    model.eval()
    for branch in model.branches:
        if (
            run.architecture.gradient_checkpointing
        ):  # computes layers twice: their hooks would miss gradients
            branch.backbone.set_grad_checkpointing(False)
    images = compose(panels, run.composition)
    maps = []
    for place, (view, branch) in enumerate(
        zip(views(run.composition), model.branches, strict=True)
    ):
        image = images[place].detach().requires_grad_()
        targets = [RawScoresOutputTarget()] * len(image)
        layer = layer_of(branch, reduction)
        with method(_OneView(model, images, place), [layer]) as cam:
            seen = torch.from_numpy(cam(image, targets))
        maps.append(scaled(to_panels(seen, run.composition, view)))
    return scaled(torch.stack(maps).mean(0)).numpy()


def layer_of(branch: Branch, reduction: int) -> nn.Module:
    """The layer of a timm backbone whose cells are `reduction` pixels wide, or the next finer one.

    By timm's feature_info: as the backbone was designed, before any change of its first stride.
    ValueError, naming the backbone: timm tells no such layer of it.
    """
    told = getattr(branch.backbone, "feature_info", None)
    stages = [stage for stage in told or () if stage["reduction"] <= reduction]
    if not stages:
        raise ValueError(
            f"backbone {branch.name}: timm tells no feature map of a reduction of {reduction} or less, so "
            "what it looks at cannot be mapped"
        )
    return branch.backbone.get_submodule(stages[-1]["module"])


def to_panels(seen: torch.Tensor, composition: Composition, view: View) -> torch.Tensor:
    """Values at the pixels of a view's images, (batch, height, width), as (batch, *MAP_SHAPE).

    Of the drift view, a value goes to all bins of its path, and values of paths that cross add up: it is the
    transpose of summing along paths.
    """
    count = panel_count(composition.channels)
    stacked = is_stacked(composition, view)
    sides = {composition.channels[n].split(".")[1] for n in intensities(composition.channels)}
    if view == "time_frequency":
        _, height, width = MAP_SHAPE
    else:
        paths = drifts(composition)
        height, width = len(paths.rates), paths.shape.frequency_bins
    size = (count * height if stacked else height, width)
    resized = functional.interpolate(seen[:, None], size, mode="bilinear", antialias=True)[:, 0]
    shape = (len(seen), count, height, width)
    by_panel = resized.reshape(shape) if stacked else resized[:, None].expand(shape)
    maps = torch.zeros(len(seen), *MAP_SHAPE)
    for side in sides:
        numbers = PANELS_OF_SIDE[side]
        if view == "time_frequency":
            maps[:, list(numbers)] = by_panel
        else:
            maps[:, list(numbers)] = _along_paths(by_panel, paths, numbers)
    return maps


def scaled(maps: torch.Tensor) -> torch.Tensor:
    """Maps of which each is 1 in its highest cell, and 0 at the least."""
    maps = maps.clamp(min=0)
    return maps / maps.amax((1, 2, 3), keepdim=True).clamp(min=1e-12)


def _along_paths(by_path: torch.Tensor, paths: Drifts, numbers: Sequence[int]) -> torch.Tensor:
    """Values of paths, (batch, panel, drift, frequency), summed up in the cells that they cross.

    A path is taken to be, for the time bins of a cell, where it is in the middle one.
    """
    _, height, width = MAP_SHAPE
    _, time_bins, bins = paths.shape.of_cadence
    middle_rows = (2 * np.arange(height) + 1) * time_bins // (2 * height)
    cells = []
    for place, number in enumerate(numbers):
        offsets = path_offsets(paths, number)[:, middle_rows]  # (drift, time)
        middles = torch.arange(bins) - torch.from_numpy(offsets)[..., None]
        inside = (middles >= 0) & (middles < bins)
        path = torch.arange(len(paths.rates))[:, None, None].expand(middles.shape)
        crossing = by_path[:, place][:, path, middles.clamp(0, bins - 1)] * inside
        cells.append(crossing.sum(1).unflatten(-1, (width, -1)).mean(-1))
    return torch.stack(cells, dim=1)

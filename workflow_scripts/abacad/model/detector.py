"""The detector: a timm backbone and pooling for each view, dropout and one logit; images in, logits out."""

from collections.abc import Sequence
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError
from timm.layers import SelectAdaptivePool2d
from torch import nn

from abacad.devices.device import autocast
from abacad.images.composition import Images, image_channels, image_size, views
from abacad.model.backbone import build_backbone, check_pretrained
from abacad.model.layers import (
    ArcFaceHead,
    AsinhStretch,
    GeM,
    HighResolutionFront,
    LinearHead,
    MultiSampleDropout,
)
from abacad.settings import Architecture, Run
from abacad.tables.files import whole_file


class Branch(nn.Module):
    """Images of one view, (batch, channel, height, width), in, features (batch, feature) out, float32."""

    def __init__(self, name: str, front: nn.Module, backbone: nn.Module, pool: nn.Module):
        super().__init__()
        self.name = name
        self.front = front
        self.backbone = backbone
        self.pool = pool

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        images = images.contiguous(memory_format=torch.channels_last)
        maps = self.backbone.forward_features(self.front(images))  # (batch, feature, height, width)
        if maps.ndim != 4 or maps.shape[1] != self.backbone.num_features:
            raise ValueError(
                f"backbone {self.name}: its last feature map is {tuple(maps.shape)}, not "
                f"(batch, feature={self.backbone.num_features}, height, width)"
            )
        return self.pool(maps.float())


class Detector(nn.Module):
    """Images of each view in, one logit for each cadence (batch,) out. The views' features are joined
    before the head."""

    def __init__(self, branches: Sequence[Branch], dropout: nn.Module, head: nn.Module):
        super().__init__()
        self.branches = nn.ModuleList(branches)
        self.dropout = dropout
        self.head = head

    @property
    def name(self) -> str:
        """The name of the backbones, which are the same for all views."""
        return self.branches[0].name

    @property
    def num_features(self) -> int:
        """The number of features that the head sees."""
        return sum(branch.backbone.num_features for branch in self.branches)

    def forward(self, images: Images, labels: torch.Tensor | None = None) -> torch.Tensor:
        """`labels`: (batch,), given in training, for a head with a margin."""
        return self.classify(self.features(images), labels)

    def features(self, images: Images) -> torch.Tensor:
        """The input of the last layer for each cadence, (batch, feature), float32."""
        seen = [branch(image) for branch, image in zip(self.branches, images, strict=True)]
        return torch.cat(seen, dim=1)

    def classify(self, features: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """One logit for each row of features: (batch, feature) to (batch,).

        Computed in float32 even under autocast: for a cosine near 1 in bfloat16, ArcFace's gradient is NaN.
        """
        with autocast(features.device, torch.float32):
            return self.dropout(features.float(), lambda some: self.head(some, labels))


POOLINGS = {
    "gem": lambda gem: GeM(**vars(gem)),
    "average": lambda gem: SelectAdaptivePool2d(pool_type="fastavg", flatten=True),
    "max": lambda gem: SelectAdaptivePool2d(pool_type="fastmax", flatten=True),
}


def build_model(run: Run, backbone_weights: str | Path | None = None) -> Detector:
    """The detector of a run, for its views and its loss. Weights are random, or those of the backbone
    are read from a file.

    ValueError, naming the backbone: see `build_backbone`.
    """
    architecture, loss = run.architecture, run.loss_terms.loss
    branches = [
        _build_branch(architecture, len(image_channels(run.composition, view)), backbone_weights)
        for view in views(run.composition)
    ]
    features = sum(branch.backbone.num_features for branch in branches)
    dropout = MultiSampleDropout(architecture.drop_rate, architecture.dropout_samples)
    arcface = loss.name == "arcface"
    head = ArcFaceHead(features, **vars(loss.arcface)) if arcface else LinearHead(features)
    return Detector(branches, dropout, head)


def _build_branch(
    architecture: Architecture, channels: int, backbone_weights: str | Path | None
) -> Branch:
    front = nn.Sequential()
    if architecture.asinh:
        front.append(AsinhStretch(architecture.asinh.softening))
    if architecture.front == "high_resolution":
        front.append(HighResolutionFront(channels))
        channels = HighResolutionFront.CHANNELS[-1]
    backbone = build_backbone(architecture, channels, backbone_weights)
    pool = POOLINGS[architecture.pooling](architecture.gem)
    return Branch(architecture.backbone, front, backbone, pool)


def check_detector(run: Run) -> None:
    """Build the detector of a run without memory for its weights, and test it on images of the run's sizes.

    ValueError: see `build_backbone`; or the run asks for weights that timm does not have; or the output
    for such an image is not a feature map. The message names the backbone.
    """
    backbone = run.architecture.backbone
    if run.architecture.pretrained is True:
        check_pretrained(backbone)
    with torch.device("meta"), torch.inference_mode():
        detector = build_model(run).eval()
        for branch, image in zip(detector.branches, empty_images(run), strict=True):
            try:
                branch(image)
            except (RuntimeError, AssertionError) as error:
                size = tuple(image.shape[2:])
                raise ValueError(
                    f"backbone {backbone}: cannot see images of {size}: {error}"
                ) from error


def empty_images(run: Run) -> Images:
    """The images of one cadence that a run's detector sees, without values."""
    composition = run.composition
    return tuple(
        torch.empty(1, len(image_channels(composition, view)), *image_size(composition, view))
        for view in views(composition)
    )


def save_weights(path: str | Path, module: nn.Module) -> None:
    """Write all of a module's parameters and buffers as safetensors, whole or not at all."""
    tensors = {name: tensor.cpu().contiguous() for name, tensor in module.state_dict().items()}
    with whole_file(path) as temporary:
        safetensors.torch.save_file(tensors, temporary)


def load_weights(path: str | Path, model: Detector) -> None:
    """Read what save_weights wrote. ValueError: it does not belong to exactly this model."""
    try:
        model.load_state_dict(safetensors.torch.load_file(path))
    except (RuntimeError, SafetensorError) as error:
        raise ValueError(
            f"{path}: not the weights of this detector ({model.name}): {error}"
        ) from error

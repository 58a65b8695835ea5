"""The detector: a timm backbone, pooling, dropout and one logit; images in, logits out."""

from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError
from timm.layers import SelectAdaptivePool2d
from torch import nn

from abacad.cadences.layout import FREQUENCY_BINS, ON_PANELS, PANELS, TIME_BINS
from abacad.devices.device import autocast
from abacad.model.backbone import build_backbone, check_pretrained
from abacad.model.layers import (
    ArcFaceHead,
    GeM,
    HighResolutionFront,
    LinearHead,
    MultiSampleDropout,
)
from abacad.settings import Run
from abacad.tables.files import whole_file


class Detector(nn.Module):
    """Images (batch, channel, time, frequency) in, one logit each (batch,) out."""

    def __init__(
        self,
        name: str,
        front: nn.Module,
        backbone: nn.Module,
        pool: nn.Module,
        dropout: nn.Module,
        head: nn.Module,
    ):
        super().__init__()
        self.name = name
        self.front = front
        self.backbone = backbone
        self.pool = pool
        self.dropout = dropout
        self.head = head

    def forward(self, images: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """`labels`: (batch,), in training, for a head with a margin."""
        return self.classify(self.features(images), labels)

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """What the last layer sees of each image, (batch, feature), float32."""
        maps = self.backbone.forward_features(self.front(images))  # (batch, feature, height, width)
        if maps.ndim != 4 or maps.shape[1] != self.backbone.num_features:
            raise ValueError(
                f"backbone {self.name}: its last feature map is {tuple(maps.shape)}, not "
                f"(batch, feature={self.backbone.num_features}, height, width)"
            )
        return self.pool(maps.float())

    def classify(self, features: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        """One logit each, (batch,), of features (batch, feature).

        In float32 under autocast too: of a cosine near 1 in bfloat16, ArcFace's gradient is not a number.
        """
        with autocast(features.device, torch.float32):
            return self.dropout(features.float(), lambda some: self.head(some, labels))


POOLINGS = {
    "gem": lambda gem: GeM(**vars(gem)),
    "average": lambda gem: SelectAdaptivePool2d(pool_type="fastavg", flatten=True),
    "max": lambda gem: SelectAdaptivePool2d(pool_type="fastmax", flatten=True),
}


def build_model(run: Run, backbone_weights: str | Path | None = None) -> Detector:
    """The detector of a run, for its channels and its loss, with random weights or a backbone's from a file.

    ValueError, naming the backbone: see `build_backbone`.
    """
    architecture, loss = run.architecture, run.loss_terms.loss
    channels, front = len(run.composition.channels), nn.Identity()
    if architecture.front == "high_resolution":
        front = HighResolutionFront(channels)
        channels = front.CHANNELS[-1]
    backbone = build_backbone(architecture, channels, backbone_weights)
    pool = POOLINGS[architecture.pooling](architecture.gem)
    dropout = MultiSampleDropout(architecture.drop_rate, architecture.dropout_samples)
    if loss.name == "arcface":
        head = ArcFaceHead(backbone.num_features, **vars(loss.arcface))
    else:
        head = LinearHead(backbone.num_features)
    return Detector(architecture.backbone, front, backbone, pool, dropout, head)


def check_detector(run: Run) -> None:
    """Build the detector of a run without memory for its weights, and show it one image of the run's size.

    ValueError, naming the backbone: see `build_backbone`; timm has no weights of it, where the run asks for
    them; or what it makes of such an image is no feature map.
    """
    backbone = run.architecture.backbone
    if run.architecture.pretrained is True:
        check_pretrained(backbone)
    with torch.device("meta"), torch.inference_mode():
        detector, image = build_model(run).eval(), empty_image(run)
        try:
            detector(image)
        except (RuntimeError, AssertionError) as error:
            size = tuple(image.shape[2:])
            raise ValueError(
                f"backbone {backbone}: cannot see images of {size}: {error}"
            ) from error


def empty_image(run: Run) -> torch.Tensor:
    """One image as a run's detector sees it, without values: (1, channel, time, frequency)."""
    panels = PANELS if run.composition.channels[0].endswith(".all") else len(ON_PANELS)
    size = run.composition.image_size or (panels * TIME_BINS, FREQUENCY_BINS)
    return torch.empty(1, len(run.composition.channels), *size)


def save_weights(path: str | Path, module: nn.Module) -> None:
    """Write all of a module's parameters and buffers as safetensors, whole or not at all."""
    tensors = {name: tensor.cpu().contiguous() for name, tensor in module.state_dict().items()}
    with whole_file(path) as temporary:
        safetensors.torch.save_file(tensors, temporary)


def load_weights(path: str | Path, model: Detector) -> None:
    """Read what save_weights wrote; ValueError where it is not of exactly this model."""
    try:
        model.load_state_dict(safetensors.torch.load_file(path))
    except (RuntimeError, SafetensorError) as error:
        raise ValueError(
            f"{path}: not the weights of this detector ({model.name}): {error}"
        ) from error

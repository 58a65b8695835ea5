"""The detector: a timm backbone, pooling, dropout and one logit; images in, logits out."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import safetensors.torch
import timm
import torch
from safetensors import SafetensorError
from torch import nn

from abacad.files import whole_file


class Detector(nn.Module):
    """Images (batch, channel, time, frequency) in, one logit each (batch,) out."""

    def __init__(self, name: str, backbone: nn.Module, pooling: str, drop_rate: float):
        super().__init__()
        self.name = name
        self.backbone = backbone
        self.pool = POOLINGS[pooling]()
        self.dropout = nn.Dropout(drop_rate)
        self.head = nn.Linear(backbone.num_features, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features = self.backbone.forward_features(images)  # (batch, feature, height, width)
        if features.ndim != 4 or features.shape[1] != self.head.in_features:
            raise ValueError(
                f"backbone {self.name}: its last feature map is {tuple(features.shape)}, not "
                f"(batch, feature={self.head.in_features}, height, width)"
            )
        return self.head(self.dropout(self.pool(features.float()))).squeeze(1)


class GeM(nn.Module):
    """Generalised mean: (batch, feature, height, width) -> (batch, feature).

    The exponent is learnt; 1 is the mean, infinity the maximum. Negative activations count as 0.

    Source: Radenovic et al. 2018, Fine-tuning CNN Image Retrieval with No Human Annotation,
    arXiv:1711.02512.
    """

    def __init__(self, exponent: float = 3.0):
        super().__init__()
        self.exponent = nn.Parameter(torch.tensor(exponent))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        powers = features.clamp(min=1e-6).pow(self.exponent)
        return powers.mean((2, 3)).pow(1 / self.exponent)


class AveragePooling(nn.Module):
    """The mean: (batch, feature, height, width) -> (batch, feature)."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features.mean((2, 3))


POOLINGS = {"gem": GeM, "average": AveragePooling}


def build_model(settings: dict[str, Any], backbone_weights: str | Path | None = None) -> Detector:
    """The detector that a run's settings describe, with random weights or a backbone's from a file.

    `backbone_weights`: weights in timm's format for this backbone; the first convolution is adapted
    to the number of channels. ValueError, naming the backbone: unknown to timm, an option that it
    does not have, or weights that are not its own.
    """
    name, channels = settings["backbone"], len(settings["channels"])
    check_backbone(name)
    options = {"drop_path_rate": settings["drop_path_rate"]} if settings["drop_path_rate"] else {}
    if backbone_weights is not None:
        options |= {"pretrained": True, "pretrained_cfg_overlay": {"file": str(backbone_weights)}}
        if not Path(backbone_weights).is_file():
            raise ValueError(f"backbone {name}: no such file of weights: {backbone_weights}")
    try:
        backbone = timm.create_model(name, in_chans=channels, num_classes=0, **options)
    except TypeError as error:
        if "drop_path_rate" not in str(error):
            raise
        raise ValueError(f"backbone {name} has no drop_path_rate; set it to 0") from error
    except (RuntimeError, SafetensorError) as error:
        if backbone_weights is None:
            raise
        raise ValueError(f"backbone {name}: cannot load {backbone_weights}: {error}") from error
    if backbone_weights is not None:
        _check_complete(name, backbone, backbone_weights)
    if settings["stem_stride"] is not None:
        set_stem_stride(name, backbone, channels, settings["stem_stride"])
    return Detector(name, backbone, settings["pooling"], settings["drop_rate"])


def fetch_backbone(name: str) -> nn.Module:
    """The backbone with timm's pretrained weights, from its hub or its hub's cache on this machine.

    ValueError: timm knows no such model, or no weights of it. ConnectionError: out of reach.
    """
    check_backbone(name)
    if not timm.is_model_pretrained(name):
        architecture = name.split(".")[0]
        known = ", ".join(timm.list_pretrained(f"{architecture}.*")) or "none"
        raise ValueError(
            f"backbone {name}: timm has no weights of this name; of {architecture}: {known}"
        )
    try:
        return timm.create_model(name, pretrained=True)
    except Exception as error:  # the hub's client, HTTP and the system raise unrelated classes
        raise ConnectionError(
            f"backbone {name}: cannot fetch its weights from the hub ({error}). Run fetch_weights "
            "on a machine with internet (results/weights may be copied), set `pretrained: false` "
            "to start from random weights, or `pretrained:` to the path of a file of your own"
        ) from error


def check_backbone(name: str) -> None:
    """ValueError, with similar names, where timm knows no model of this name."""
    if not timm.is_model(name):
        similar = get_close_matches(name, timm.list_models(), n=5, cutoff=0)
        raise ValueError(
            f"backbone {name}: timm has no such model; similar are {', '.join(similar)}"
        )


def _check_complete(name: str, backbone: nn.Module, weights: str | Path) -> None:
    """timm loads a headless backbone leniently, and would leave what the file lacks random."""
    missing = backbone.state_dict().keys() - timm.models.load_state_dict(weights).keys()
    if missing:
        raise ValueError(
            f"backbone {name}: {weights} lacks {len(missing)} of its weights, as {min(missing)}"
        )


def set_stem_stride(
    name: str, backbone: nn.Module, channels: int, stride: int | Sequence[int]
) -> None:
    """Set the stride, a number or [time, frequency], of the backbone's first convolution.

    ValueError, naming the backbone: its first convolution does not read the image.
    """
    convolutions = (module for module in backbone.modules() if isinstance(module, nn.Conv2d))
    stem = next(convolutions, None)
    if stem is None or stem.in_channels != channels:
        raise ValueError(
            f"backbone {name}: found no convolution that reads the {channels} input channels, so "
            "stem_stride cannot be set; leave it null"
        )
    stem.stride = (stride, stride) if isinstance(stride, int) else tuple(stride)


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

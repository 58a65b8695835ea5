"""Settings in, a timm backbone out, which maps images (batch, channel, time, frequency) to its last
feature map.

Changes to it are made by looking at its modules, so they work for every family that has the part to be
changed. If a backbone does not have it, an error names the backbone.
"""

from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

import timm
from safetensors import SafetensorError
from timm.layers import EcaModule, SEModule
from timm.models._efficientnet_blocks import SqueezeExcite
from timm.models.nfnet import GammaAct, act_with_gamma
from torch import nn

from abacad.model.layers import TripletAttention
from abacad.settings import Architecture

CHANNEL_ATTENTION = (SqueezeExcite, SEModule, EcaModule)


def build_backbone(
    architecture: Architecture, channels: int, weights: str | Path | None = None
) -> nn.Module:
    """The backbone of an architecture, for `channels` input channels.

    `weights`: a file in timm's format for this backbone; its first convolution is adapted to the
    channels. None: random weights. ValueError: timm does not know the backbone, it does not have an
    option, or the weights are not its own or do not fit this many channels. The message names the
    backbone.
    """
    name = architecture.backbone
    check_backbone(name)
    options = {}
    if architecture.drop_path_rate:
        options["drop_path_rate"] = architecture.drop_path_rate
    if weights is not None:
        options |= {"pretrained": True, "pretrained_cfg_overlay": {"file": str(weights)}}
        if not Path(weights).is_file():
            raise ValueError(f"backbone {name}: no such file of weights: {weights}")
    try:
        backbone = timm.create_model(name, in_chans=channels, num_classes=0, **options)
    except TypeError as error:
        if "drop_path_rate" not in str(error):
            raise
        raise ValueError(f"backbone {name} has no drop_path_rate; set it to 0") from error
    except (RuntimeError, SafetensorError) as error:
        if weights is None:
            raise
        raise ValueError(f"backbone {name}: cannot load {weights}: {error}") from error
    if weights is not None:
        _check_complete(name, backbone, weights)
    if architecture.stem_stride is not None:
        set_stem_stride(name, backbone, channels, architecture.stem_stride)
    if not architecture.first_pooling:
        remove_first_pooling(name, backbone)
    if architecture.activation == "relu":
        replace_swish(name, backbone)
    if architecture.attention == "triplet":
        replace_attention(name, backbone)
    if architecture.gradient_checkpointing:
        set_gradient_checkpointing(name, backbone)
    return backbone


def fetch_backbone(name: str) -> nn.Module:
    """The backbone with timm's pretrained weights, from its hub or the hub's cache on this machine.

    ValueError: timm has no such model, or no weights for it. ConnectionError: the hub cannot be reached.
    """
    check_backbone(name)
    check_pretrained(name)
    try:
        return timm.create_model(name, pretrained=True)
    except Exception as error:  # the hub's client, HTTP and the system raise unrelated classes
        raise ConnectionError(
            f"backbone {name}: cannot fetch its weights from the hub ({error}). Run fetch_weights "
            "on a machine with internet (results/weights may be copied), set `pretrained: false` "
            "to start from random weights, or `pretrained:` to the path of a file of your own"
        ) from error


def check_backbone(name: str) -> None:
    """ValueError: timm has no model of this name, or not with this tag. The message lists similar names."""
    if not timm.is_model(name):
        similar = get_close_matches(name, timm.list_models(), n=5, cutoff=0)
        raise ValueError(
            f"backbone {name}: timm has no such model; similar are {', '.join(similar)}"
        )
    if "." in name:
        check_pretrained(name)


def check_pretrained(name: str) -> None:
    """ValueError: timm has no pretrained weights of this name. The message lists those that it has."""
    if not timm.is_model_pretrained(name):
        architecture = name.split(".")[0]
        known = ", ".join(timm.list_pretrained(f"{architecture}.*")) or "none"
        raise ValueError(
            f"backbone {name}: timm has no weights of this name; of {architecture}: {known}. Without "
            f"any: backbone {architecture}, pretrained false"
        )


def _check_complete(name: str, backbone: nn.Module, weights: str | Path) -> None:
    """Make sure that a file has all weights. timm would leave missing ones random, without an error."""
    missing = backbone.state_dict().keys() - timm.models.load_state_dict(weights).keys()
    if missing:
        raise ValueError(
            f"backbone {name}: {weights} lacks {len(missing)} of its weights, as {min(missing)}"
        )


def set_stem_stride(
    name: str, backbone: nn.Module, channels: int, stride: int | tuple[int, int]
) -> None:
    """Set the stride, a number or [time, frequency], of the backbone's first convolution.

    ValueError: the first convolution does not read the image. The message names the backbone.
    """
    convolutions = (module for module in backbone.modules() if isinstance(module, nn.Conv2d))
    stem = next(convolutions, None)
    if stem is None or stem.in_channels != channels:
        raise ValueError(
            f"backbone {name}: found no convolution that reads the {channels} input channels, so "
            "stem_stride cannot be set; leave it null"
        )
    stem.stride = (stride, stride) if isinstance(stride, int) else stride


def set_gradient_checkpointing(name: str, backbone: nn.Module) -> None:
    """Compute activations again instead of keeping them. ValueError: the backbone, which is named,
    cannot do this."""
    try:
        backbone.set_grad_checkpointing(True)
    except (AttributeError, AssertionError):
        raise ValueError(
            f"backbone {name}: cannot compute activations again; set gradient_checkpointing to false"
        ) from None


def remove_first_pooling(name: str, backbone: nn.Module) -> None:
    """Remove the backbone's first maximum pooling, which doubles the size of its feature map.

    ValueError, naming the backbone: it has none.
    """

    def is_pooling(module: nn.Module) -> bool:
        return isinstance(module, nn.MaxPool2d)

    if not _replace(backbone, is_pooling, lambda _: nn.Identity(), once=True):
        raise ValueError(
            f"backbone {name}: found no maximum pooling to take out; set first_pooling to true"
        )


def replace_swish(name: str, backbone: nn.Module) -> None:
    """Replace Swish (SiLU) by ReLU, in norm-free models with the gain that keeps their variance.

    ReLU is faster and as good, according to the competition's third place. ValueError: the backbone,
    which is named, has no Swish.
    """

    def is_swish(module: nn.Module) -> bool:
        scaled = isinstance(module, GammaAct) and module.act_fn.__name__ in ("silu", "swish")
        return scaled or type(module).__name__ in ("SiLU", "Swish")

    def relu(module: nn.Module) -> nn.Module:
        return act_with_gamma("relu")() if isinstance(module, GammaAct) else nn.ReLU()

    if not _replace(backbone, is_swish, relu):
        raise ValueError(f"backbone {name}: found no Swish to replace; set activation to null")


def replace_attention(name: str, backbone: nn.Module) -> None:
    """Replace channel attention (squeeze-and-excitation, efficient channel attention) by triplet attention.

    ValueError, naming the backbone: it has none.
    """

    def is_attention(module: nn.Module) -> bool:
        return isinstance(module, CHANNEL_ATTENTION)

    if not _replace(backbone, is_attention, lambda _: TripletAttention()):
        raise ValueError(
            f"backbone {name}: found no channel attention to replace; set attention to null"
        )


def _replace(
    module: nn.Module,
    wanted: Callable[[nn.Module], bool],
    made: Callable[[nn.Module], nn.Module],
    once: bool = False,
) -> int:
    """Replace the `wanted` modules at any depth, in order. Returns how many there were."""
    count = 0
    for parent in [*module.modules()]:
        for name, child in parent.named_children():
            if wanted(child) and not (once and count):
                setattr(parent, name, made(child))
                count += 1
    return count

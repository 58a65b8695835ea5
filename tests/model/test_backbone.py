"""The backbone is changed as the settings say, or refused with its name."""

import pytest
import safetensors.torch
import timm
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from abacad.model.backbone import build_backbone, fetch_backbone, set_stem_stride
from abacad.model.detector import build_model, save_weights
from abacad.model.layers import TripletAttention

FAMILIES = [
    *("efficientnet_b0", "tf_efficientnetv2_b0", "eca_nfnet_l0", "nf_regnet_b1", "resnet18"),
    *("densenet121", "hrnet_w18_small", "test_byobnet", "mobilenetv3_small_050"),
]


@pytest.fixture
def pretrained(tmp_path) -> tuple[str, dict[str, torch.Tensor]]:
    """A file as fetch_weights makes it, for three-channel images, and what is in it."""
    torch.manual_seed(1)
    backbone = timm.create_model("test_efficientnet")
    save_weights(tmp_path / "backbone.safetensors", backbone)
    return str(tmp_path / "backbone.safetensors"), backbone.state_dict()


@pytest.fixture
def built(make_run):
    """A function that builds a backbone for two channels."""

    def built(backbone: str, **changed) -> nn.Module:
        run = make_run(**{"backbone": backbone, "drop_path_rate": 0} | changed)
        return build_backbone(run.architecture, 2).eval()

    return built


@pytest.mark.parametrize("backbone", FAMILIES)
def test_stem_stride_one_doubles_the_feature_map(built, backbone):
    images = torch.randn(1, 2, 64, 96)
    usual, fine, tall = (
        built(backbone, stem_stride=stride).forward_features(images) for stride in (None, 1, [1, 2])
    )
    height, width = usual.shape[2:]
    assert fine.shape[2:] == (2 * height, 2 * width)
    assert tall.shape[2:] == (2 * height, width)


@pytest.mark.parametrize("backbone", ["resnet18", "densenet121"])
def test_without_the_first_pooling_the_feature_map_is_twice_as_large(built, backbone):
    images = torch.randn(1, 2, 64, 96)
    usual, fine = (
        built(backbone, first_pooling=kept).forward_features(images) for kept in (True, False)
    )
    assert fine.shape[2:] == (2 * usual.shape[2], 2 * usual.shape[3])


class Called(TorchFunctionMode):
    """Remembers the names of the functions of PyTorch that are called."""

    def __init__(self):
        super().__init__()
        self.names = set()

    def __torch_function__(self, function, types, args=(), kwargs=None):
        self.names.add(getattr(function, "__name__", ""))
        return function(*args, **kwargs or {})


@pytest.mark.parametrize("backbone", ["efficientnet_b0", "tf_efficientnetv2_b0", "eca_nfnet_l0"])
def test_swish_becomes_relu_everywhere(built, backbone):
    called = {}
    for activation in (None, "relu"):
        changed = built(backbone, activation=activation)
        with Called() as functions:
            changed.forward_features(torch.randn(1, 2, 64, 64))
        called[activation] = functions.names
    assert called[None] & {"silu", "silu_"}
    assert not called["relu"] & {"silu", "silu_"} and called["relu"] & {"relu", "relu_"}


@pytest.mark.parametrize("backbone", ["efficientnet_b0", "eca_nfnet_l0", "nf_regnet_b1"])
def test_channel_attention_becomes_triplet_attention_everywhere(built, backbone):
    usual, changed = (built(backbone, attention=attention) for attention in (None, "triplet"))
    kinds = [type(module).__name__ for module in usual.modules()]
    replaced = sum(kinds.count(kind) for kind in ("SqueezeExcite", "SEModule", "EcaModule"))
    assert sum(isinstance(module, TripletAttention) for module in changed.modules()) == replaced > 0
    assert changed.forward_features(torch.randn(1, 2, 64, 64)).shape[1] == changed.num_features


def test_gradients_are_the_same_when_activations_are_computed_again(built):
    grads = []
    for again in (False, True):
        torch.manual_seed(0)
        backbone = built("efficientnet_b0", gradient_checkpointing=again).train()
        torch.manual_seed(1)
        backbone.forward_features(torch.randn(2, 2, 64, 64)).sum().backward()
        grads.append(backbone.conv_stem.weight.grad)
    torch.testing.assert_close(*grads)


@pytest.mark.parametrize(
    ("backbone", "changed", "fault"),
    [
        ("test_efficientnet", {"first_pooling": False}, "no maximum pooling to take out"),
        ("resnet18", {"activation": "relu"}, "no Swish to replace; set activation to null"),
        ("resnet18", {"attention": "triplet"}, "no channel attention to replace; set attention"),
    ],
)
def test_what_a_backbone_does_not_have_cannot_be_changed(built, backbone, changed, fault):
    with pytest.raises(ValueError, match=f"backbone {backbone}: found {fault}"):
        built(backbone, **changed)


def test_a_stem_that_cannot_be_found_is_an_error_that_names_the_backbone():
    with pytest.raises(ValueError, match="backbone test_mambaout: found no convolution"):
        set_stem_stride("test_mambaout", nn.Linear(2, 2), 2, 1)


def test_an_unknown_backbone_is_an_error_with_similar_names(make_run):
    with pytest.raises(ValueError, match="efficientnet_b33: .* similar are .*efficientnet_b3"):
        build_model(make_run(backbone="efficientnet_b33"))


def test_a_backbone_without_drop_path_is_an_error_that_names_it(make_run):
    with pytest.raises(ValueError, match="backbone densenet121 has no drop_path_rate"):
        build_model(make_run(backbone="densenet121"))


def test_pretrained_weights_are_loaded_and_the_stem_adapted_to_the_channels(make_run, pretrained):
    path, expected = pretrained
    loaded = build_model(make_run(), path).branches[0].backbone.state_dict()
    for name, tensor in loaded.items():
        if name == "conv_stem.weight":
            assert tensor.shape[1] == 2
            torch.testing.assert_close(tensor, expected[name][:, :2] * 1.5)  # three summed as two
        else:
            assert torch.equal(tensor, expected[name]), name


def test_weights_that_are_not_the_backbones_own_are_refused(make_run, pretrained, tmp_path):
    path, tensors = pretrained
    with pytest.raises(ValueError, match="test_efficientnet: no such file of weights: nowhere"):
        build_model(make_run(), "nowhere.safetensors")
    with pytest.raises(ValueError, match="(?s)backbone test_resnet: cannot load .*size mismatch"):
        build_model(make_run(backbone="test_resnet"), path)
    part = {name: tensor for name, tensor in tensors.items() if name != "conv_head.weight"}
    safetensors.torch.save_file(part, tmp_path / "part.safetensors")
    with pytest.raises(ValueError, match="part.safetensors lacks 1 of its weights, as conv_head"):
        build_model(make_run(), tmp_path / "part.safetensors")
    (tmp_path / "text.safetensors").write_text("no weights")
    with pytest.raises(ValueError, match="test_efficientnet: cannot load .*text.safetensors"):
        build_model(make_run(), tmp_path / "text.safetensors")
    wide = tensors | {"conv_head.weight": torch.zeros(3, 3)}
    safetensors.torch.save_file(wide, tmp_path / "wide.safetensors")
    with pytest.raises(ValueError, match="(?s)cannot load .*wide.safetensors.*conv_head"):
        build_model(make_run(), tmp_path / "wide.safetensors")


def test_fetching_an_unknown_name_says_which_weights_there_are():
    with pytest.raises(
        ValueError, match="no weights of this name.*mobilenetv3_small_050.lamb_in1k"
    ):
        fetch_backbone("mobilenetv3_small_050.nosuch")


def test_a_hub_out_of_reach_is_an_error_that_says_what_to_do(monkeypatch):
    def out_of_reach(*_, **__):
        raise OSError("no route to host")

    monkeypatch.setattr(timm, "create_model", out_of_reach)
    with pytest.raises(ConnectionError, match="no route to host.*with internet.*pretrained: false"):
        fetch_backbone("test_efficientnet.r160_in1k")


def test_a_pretrained_stem_that_cannot_take_the_channels_is_refused(make_run, pretrained, tmp_path):
    _, tensors = pretrained
    stem = tensors["conv_stem.weight"]
    four = tensors | {"conv_stem.weight": torch.cat([stem, stem[:, :1]], dim=1)}
    safetensors.torch.save_file(four, tmp_path / "four.safetensors")
    with pytest.raises(ValueError, match="Pretrained conv_stem weight shape .* 2 channels"):
        build_model(make_run(), tmp_path / "four.safetensors")

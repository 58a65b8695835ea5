"""The detector is built as the settings say, or refused with the backbone's name."""

import pytest
import safetensors.torch
import timm
import torch

from abacad import model as module
from abacad.model import GeM, build_model, fetch_backbone, load_weights, save_weights


@pytest.fixture
def pretrained(tmp_path) -> tuple[str, dict[str, torch.Tensor]]:
    """A file as fetch_weights makes it, for three-channel images, and what is in it."""
    torch.manual_seed(1)
    backbone = timm.create_model("test_efficientnet")
    save_weights(tmp_path / "backbone.safetensors", backbone)
    return str(tmp_path / "backbone.safetensors"), backbone.state_dict()


def test_gem_is_the_mean_at_exponent_one_and_the_maximum_at_infinity():
    features = torch.rand(2, 5, 7, 6)
    torch.testing.assert_close(GeM(1.0)(features), features.mean((2, 3)))
    torch.testing.assert_close(
        GeM(200.0)(features * 0.5 + 0.5), features.amax((2, 3)) * 0.5 + 0.5, rtol=0.02, atol=0
    )


def test_a_detector_gives_one_logit_an_image(settings):
    for pooling in ("gem", "average"):
        detector = build_model(settings | {"pooling": pooling})
        assert detector(torch.randn(3, 2, 64, 32)).shape == (3,)


@pytest.mark.parametrize(
    "backbone", ["test_efficientnet", "test_resnet", "test_nfnet", "mobilenetv3_small_050"]
)
def test_stem_stride_one_doubles_the_feature_map(settings, backbone):
    images = torch.randn(1, 2, 64, 96)
    usual, fine, tall = (
        build_model(
            settings | {"backbone": backbone, "drop_path_rate": 0, "stem_stride": stride}
        ).backbone.forward_features(images)
        for stride in (None, 1, [1, 2])
    )
    height, width = usual.shape[2:]
    assert fine.shape[2:] == (2 * height, 2 * width)
    assert tall.shape[2:] == (2 * height, width)


def test_a_stem_that_cannot_be_found_is_an_error_that_names_the_backbone(settings):
    with pytest.raises(ValueError, match="backbone test_mambaout: found no convolution"):
        module.set_stem_stride("test_mambaout", torch.nn.Linear(2, 2), 2, 1)


def test_a_backbone_without_a_feature_map_is_an_error_that_names_it(settings):
    detector = build_model(settings | {"backbone": "test_vit", "drop_path_rate": 0})
    with pytest.raises(ValueError, match=r"backbone test_vit: .* not \(batch, feature"):
        detector(torch.randn(1, 2, 160, 160))


def test_an_unknown_backbone_is_an_error_with_similar_names(settings):
    with pytest.raises(ValueError, match="efficientnet_b33: .* similar are .*efficientnet_b3"):
        build_model(settings | {"backbone": "efficientnet_b33"})


def test_a_backbone_without_drop_path_is_an_error_that_names_it(settings):
    with pytest.raises(ValueError, match="backbone densenet121 has no drop_path_rate"):
        build_model(settings | {"backbone": "densenet121"})


def test_pretrained_weights_are_loaded_and_the_stem_adapted_to_the_channels(settings, pretrained):
    path, expected = pretrained
    loaded = build_model(settings, path).backbone.state_dict()
    for name, tensor in loaded.items():
        if name == "conv_stem.weight":
            assert tensor.shape[1] == 2
            torch.testing.assert_close(tensor, expected[name][:, :2] * 1.5)  # three summed as two
        else:
            assert torch.equal(tensor, expected[name]), name


def test_weights_that_are_not_the_backbones_own_are_refused(settings, pretrained, tmp_path):
    path, tensors = pretrained
    with pytest.raises(ValueError, match="test_efficientnet: no such file of weights: nowhere"):
        build_model(settings, "nowhere.safetensors")
    with pytest.raises(ValueError, match="(?s)backbone test_resnet: cannot load .*size mismatch"):
        build_model(settings | {"backbone": "test_resnet"}, path)
    part = {name: tensor for name, tensor in tensors.items() if name != "conv_head.weight"}
    safetensors.torch.save_file(part, tmp_path / "part.safetensors")
    with pytest.raises(ValueError, match="part.safetensors lacks 1 of its weights, as conv_head"):
        build_model(settings, tmp_path / "part.safetensors")
    (tmp_path / "text.safetensors").write_text("no weights")
    with pytest.raises(ValueError, match="test_efficientnet: cannot load .*text.safetensors"):
        build_model(settings, tmp_path / "text.safetensors")
    wide = tensors | {"conv_head.weight": torch.zeros(3, 3)}
    safetensors.torch.save_file(wide, tmp_path / "wide.safetensors")
    with pytest.raises(ValueError, match="(?s)cannot load .*wide.safetensors.*conv_head"):
        build_model(settings, tmp_path / "wide.safetensors")


def test_saved_weights_are_the_whole_detector(settings, tmp_path):
    detector, other = build_model(settings), build_model(settings)
    detector.pool.exponent.data.fill_(4.0)
    save_weights(tmp_path / "weights.safetensors", detector)
    load_weights(tmp_path / "weights.safetensors", other)
    for name, tensor in detector.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name]), name


def test_weights_of_another_detector_are_refused_by_file(settings, tmp_path):
    save_weights(tmp_path / "weights.safetensors", build_model(settings))
    with pytest.raises(ValueError, match="weights.safetensors: not the weights of this detector"):
        load_weights(
            tmp_path / "weights.safetensors", build_model(settings | {"pooling": "average"})
        )


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

"""The detector is built as the settings say, or refused with the backbone's name."""

import pytest
import torch

from abacad.model.detector import build_model, check_detector, load_weights, save_weights


def test_a_detector_gives_one_logit_an_image(make_run):
    changes = [{"pooling": pooling} for pooling in ("gem", "average", "max")]
    changes += [{"loss": {"name": "arcface"}}]
    changes += [{"dropout_samples": 5}, {"front": "high_resolution", "stem_stride": 1}]
    changes += [{**changes[-1], "asinh": {"softening": 3}}]
    for changed in changes:
        detector = build_model(make_run(**changed))
        assert detector((torch.randn(3, 2, 64, 32),)).shape == (3,)


def test_a_detector_of_both_views_joins_the_features_of_both(make_run):
    detector = build_model(make_run(view="both")).eval()
    time, drift = torch.randn(3, 2, 64, 32), torch.randn(3, 6, 17, 256)
    features = detector.features((time, drift))
    assert features.shape == (3, detector.num_features)
    parts = [branch(image) for branch, image in zip(detector.branches, (time, drift), strict=True)]
    torch.testing.assert_close(features, torch.cat(parts, dim=1))
    assert not torch.equal(detector((time, drift)), detector((time, drift.flip(0))))
    assert not torch.equal(detector((time, drift)), detector((time.flip(0), drift)))


def test_the_stretch_comes_before_the_first_convolution_of_each_view(make_run):
    images = torch.randn(3, 2, 64, 32), torch.randn(3, 6, 17, 256)
    plain = build_model(make_run(view="both")).eval()
    stretching = build_model(make_run(view="both", asinh={"softening": 0.5})).eval()
    stretching.load_state_dict(plain.state_dict())  # it has no weights
    stretched = tuple(0.5 * torch.asinh(image / 0.5) for image in images)
    torch.testing.assert_close(stretching(images), plain(stretched))


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [("average", lambda maps: maps.mean((2, 3))), ("max", lambda maps: maps.amax((2, 3)))],
)
def test_a_map_becomes_its_mean_or_its_maximum(make_run, pooling, expected):
    maps = torch.randn(2, 5, 7, 6)
    torch.testing.assert_close(
        build_model(make_run(pooling=pooling)).branches[0].pool(maps), expected(maps)
    )


def test_a_backbone_without_a_feature_map_is_an_error_that_names_it(make_run):
    detector = build_model(make_run(backbone="test_vit", drop_path_rate=0))
    with pytest.raises(ValueError, match=r"backbone test_vit: .* not \(batch, feature"):
        detector((torch.randn(1, 2, 160, 160),))


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"backbone": "resnet"}, "backbone resnet: timm has no such model; similar are resnet"),
        (
            {"backbone": "resnet18.no_tag"},
            "timm has no weights of this name; of resnet18: resnet18.a1",
        ),
        ({"backbone": "test_efficientnet_x"}, "timm has no such model"),
        ({"backbone": "vgg11", "drop_path_rate": 0.1}, "backbone vgg11 has no drop_path_rate"),
        ({"backbone": "vgg11", "gradient_checkpointing": True}, "cannot compute activations again"),
        (
            {"backbone": "test_vit", "image_size": [160, 160]},
            r"not \(batch, feature=64, height, width",
        ),
        ({"backbone": "test_vit", "image_size": [72, 32]}, "cannot see images of .*by patch size"),
        ({"backbone": "inception_v3"}, r"backbone inception_v3: cannot see images of \(64, 32\)"),
        ({"backbone": "sequencer2d_s"}, "its last feature map is"),
        ({"backbone": "hardcorenas_a", "pretrained": True, "attention": "triplet"}, None),
        ({"channels": ["normalized.all"], "image_size": None}, None),
        ({"view": "drift"}, None),
        ({"view": "both", "panels": "stacked"}, None),
        (
            {"view": "both", "backbone": "inception_v3", "image_size": [99, 99]},
            r"cannot see images of \(17, 256\)",
        ),
    ],
)
def test_a_model_that_cannot_be_is_refused_without_building_it(make_run, changed, fault):
    run = make_run(**{"drop_path_rate": 0} | changed)
    if fault is None:
        return check_detector(run)
    with pytest.raises(ValueError, match=fault):
        check_detector(run)


def test_pretrained_weights_that_timm_does_not_have_are_refused(make_run):
    run = make_run(backbone="test_byobnet.no_such_tag", pretrained=True)
    with pytest.raises(ValueError, match="timm has no weights of this name"):
        check_detector(run)


def test_saved_weights_are_the_whole_detector(make_run, tmp_path):
    detector, other = build_model(make_run()), build_model(make_run())
    detector.branches[0].pool.exponent.data.fill_(4.0)
    save_weights(tmp_path / "weights.safetensors", detector)
    load_weights(tmp_path / "weights.safetensors", other)
    for name, tensor in detector.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name]), name


def test_weights_of_another_detector_are_refused_by_file(make_run, tmp_path):
    save_weights(tmp_path / "weights.safetensors", build_model(make_run()))
    with pytest.raises(ValueError, match="weights.safetensors: not the weights of this detector"):
        load_weights(tmp_path / "weights.safetensors", build_model(make_run(pooling="average")))

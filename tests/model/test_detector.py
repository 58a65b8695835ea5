"""The detector is built as the settings say, or refused with the backbone's name."""

import pytest
import torch

from abacad.model.detector import build_model, load_weights, save_weights


def test_a_detector_gives_one_logit_an_image(make_run):
    changes = [{"pooling": pooling} for pooling in ("gem", "average", "max")]
    changes += [{"loss": {"name": "arcface"}}]
    changes += [{"dropout_samples": 5}, {"front": "high_resolution", "stem_stride": 1}]
    for changed in changes:
        detector = build_model(make_run(**changed))
        assert detector(torch.randn(3, 2, 64, 32)).shape == (3,)


def test_a_backbone_without_a_feature_map_is_an_error_that_names_it(make_run):
    detector = build_model(make_run(backbone="test_vit", drop_path_rate=0))
    with pytest.raises(ValueError, match=r"backbone test_vit: .* not \(batch, feature"):
        detector(torch.randn(1, 2, 160, 160))


def test_saved_weights_are_the_whole_detector(make_run, tmp_path):
    detector, other = build_model(make_run()), build_model(make_run())
    detector.pool.exponent.data.fill_(4.0)
    save_weights(tmp_path / "weights.safetensors", detector)
    load_weights(tmp_path / "weights.safetensors", other)
    for name, tensor in detector.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name]), name


def test_weights_of_another_detector_are_refused_by_file(make_run, tmp_path):
    save_weights(tmp_path / "weights.safetensors", build_model(make_run()))
    with pytest.raises(ValueError, match="weights.safetensors: not the weights of this detector"):
        load_weights(tmp_path / "weights.safetensors", build_model(make_run(pooling="average")))

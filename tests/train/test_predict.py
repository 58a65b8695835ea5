"""Predictions are probabilities, one for each row in order, and averaged over the flips asked for."""

import numpy as np
import pytest
import torch

from abacad.model.detector import build_model
from abacad.train.predict import predict


@pytest.fixture
def model(make_run):
    torch.manual_seed(0)
    model = build_model(make_run())
    model.head.linear.weight.data *= 1000  # far enough from 0.5 to tell one cadence from another
    return model


@pytest.fixture
def run(make_run):
    return make_run()


def batches_of(panels: torch.Tensor):
    """Batches of at most four, with no labels known."""
    return [(part, torch.full((len(part),), torch.nan)) for part in panels.split(4)]


def test_every_row_is_predicted_once_in_order_whatever_the_batches(model, run):
    panels = torch.randn(6, 2, 3, 273, 256, dtype=torch.float16)
    together = predict(model, batches_of(panels), run, flips=1)
    alone = [predict(model, batches_of(one[None]), run, flips=1) for one in panels]
    assert together.dtype == np.float32 and together.shape == (6,)
    assert ((together > 0) & (together < 1)).all()
    np.testing.assert_allclose(together, np.concatenate(alone), rtol=1e-4)


@pytest.mark.parametrize(
    ("flips", "axes", "same"),
    [
        (1, [-1], False),
        (2, [-1], True),
        (2, [-2], False),
        (4, [-1], True),
        (4, [-2], True),
        (4, [-1, -2], True),
    ],
)
def test_a_mirrored_cadence_is_predicted_alike_where_its_flip_is_averaged(
    model, run, flips, axes, same
):
    panels = torch.randn(4, 2, 3, 273, 256)
    plain, mirrored = (
        predict(model, batches_of(each), run, flips)
        for each in (panels, panels.flip([*axes, *[2] * (-2 in axes)]))
    )
    assert np.allclose(plain, mirrored, rtol=1e-5) == same


def test_the_copies_are_mirrored_as_in_training(model, make_run):
    panels = torch.randn(4, 2, 3, 273, 256)
    in_place, in_reverse = panels.flip(-2), panels.flip(-2, 2)
    for of, same in (("panels", in_place), ("image", in_reverse)):
        run = make_run(flip={"of": of})
        plain, alike = (predict(model, batches_of(each), run, 4) for each in (panels, same))
        np.testing.assert_allclose(plain, alike, rtol=1e-5)


def test_the_average_is_of_probabilities(model, run):
    panels = torch.randn(4, 2, 3, 273, 256)
    plain, mirrored, both = (
        predict(model, batches_of(each), run, flips)
        for each, flips in ((panels, 1), (panels.flip(-1), 1), (panels, 2))
    )
    np.testing.assert_allclose(both, (plain + mirrored) / 2, rtol=1e-5)

"""Promises of preparing snippets: the stores are those that training made, and what cannot be is refused."""

import numpy as np
import pytest

from abacad.observe.stores import off_first, store_function
from abacad.preprocess.flatten import flatten
from abacad.preprocess.level import level
from abacad.preprocess.unsharp import unsharp_mask

PREPROCESS = {
    "clip": [-5, 20],
    "nmf": {
        "basis": "off",
        "rank": 3,
        "iterations": 5,
        "seeding": "random",
        "backend": "nimfa",
    },
    "sharpen": {"direction": "frequency", "amount": 0.5},
}


@pytest.fixture
def panels() -> np.ndarray:
    return np.random.default_rng(0).normal(10, 1, (6, 273, 256)).astype(np.float16)


def test_stores_are_those_of_training(panels):
    clip = (-5, 20)
    for store, expected in (
        ("levelled", level(panels, clip)),
        ("flattened", flatten(panels, clip)),
        ("sharpened", unsharp_mask(flatten(panels, clip), "frequency", 0.5)),
    ):
        np.testing.assert_array_equal(store_function(store, PREPROCESS)(panels), expected)


@pytest.mark.parametrize("store", ["zscored", "normalized", "off_normalized", "nmf"])
def test_all_stores_of_one_cadence_are_made(store, panels):
    made = store_function(store, PREPROCESS)(panels)
    assert made.shape == panels.shape and np.isfinite(made).all()
    assert made.min() >= -5 and made.max() <= 20


def test_new_sky_needs_neither_nimfa_nor_pytorch_whatever_made_the_store_of_training(panels):
    stores = [
        store_function("nmf", PREPROCESS | {"nmf": PREPROCESS["nmf"] | {"backend": backend}})(
            panels
        )
        for backend in ("nimfa", "numpy", "torch")
    ]
    for store in stores[1:]:
        np.testing.assert_array_equal(store, stores[0])


def test_what_needs_other_cadences_is_refused():
    with pytest.raises(ValueError, match="'residual' cannot be made of new sky; allowed: zscored"):
        store_function("residual", PREPROCESS)


def test_off_panels_come_first_where_they_are_to_look_like_on_panels(panels):
    clip = (-5, 20)
    swapped = off_first(store_function("levelled", PREPROCESS))(panels)
    np.testing.assert_array_equal(swapped, level(panels[[1, 0, 3, 2, 5, 4]], clip))

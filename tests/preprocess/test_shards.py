"""Promises of writing a store: the panels and the type that are asked for, and errors that name cadences."""

from functools import partial

import numpy as np
import pytest

from abacad.cadences.compact import decode, encode
from abacad.cadences.shard import Shard
from abacad.cadences.store import Store, write_store
from abacad.preprocess.shards import FailedCadences, preprocess, preprocess_store
from abacad.preprocess.unsharp import unsharp_mask
from observe import prepare_snippets
from preprocess import sharpen_panels

SIDES = {"all": slice(None), "on": slice(0, 6, 2), "off": slice(1, 6, 2)}


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((6, 40, 64), np.float32)


def doubled(panels: np.ndarray) -> np.ndarray:
    return 2 * panels


def doubled_with_covering(panels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return 2 * panels, np.full(64, int(panels[0, 0, 0] > 0))


@pytest.fixture
def flattened(tmp_path):
    """A function that writes a store of cadences a and b."""

    def write(panels: str = "all", stored_as: str = "int8", store: str = "flattened") -> str:
        path = tmp_path / "source.arrow"
        shard = Shard(store, "train", 0, 1, panels, stored_as)
        write_store(path, shard, ["a", "b"], [shard.kept(noise(seed)) for seed in range(2)])
        return str(path)

    return write


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("panels", SIDES)
@pytest.mark.parametrize("stored_as", ["int8", "float16"])
def test_what_is_kept_is_what_was_asked_for(tmp_path, panels, stored_as, workers):
    shard = Shard("nmf", "train", 0, 1, panels, stored_as)
    sources = [noise(0), noise(1)]
    preprocess(tmp_path / "x", shard, ["a", "b"], doubled, sources, workers)
    store = Store([tmp_path / "x"])
    assert (store.panels, store.stored_as) == (panels, stored_as)
    expected = 2 * noise(1)[SIDES[panels]]
    if stored_as == "int8":
        expected = decode(encode(expected))
    np.testing.assert_array_equal(store[1], expected.astype(np.float16))


def test_the_covering_of_columns_is_kept_beside_panels_of_one_side(tmp_path):
    shard = Shard("residual", "train", 0, 1, "off", "int8")
    covering = np.zeros((3, 64), np.uint8)
    sources = [noise(seed) for seed in range(3)]
    preprocess(tmp_path / "x", shard, ["a", "b", "c"], doubled_with_covering, sources, 1, covering)
    store = Store([tmp_path / "x"])
    for row, panels in enumerate(sources):
        assert (store.covering(row) == (panels[0, 0, 0] > 0)).all()
        np.testing.assert_array_equal(store[row], decode(encode(2 * panels[1::2])))


def test_a_value_that_is_not_finite_is_an_error_that_names_the_cadence(tmp_path):
    shard = Shard("nmf", "train", 0, 1, "all", "int8")
    bad = noise(1)
    bad[3, 4, 5] = np.nan
    sources = [noise(0), bad, noise(2)]
    with pytest.raises(FailedCadences, match=r"1 of 3 .*\n  b: a value is not finite in float16"):
        preprocess(tmp_path / "x", shard, ["a", "b", "c"], doubled, sources, 1)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(("held", "asked"), [("all", "on"), ("on", "on"), ("off", "off")])
def test_a_store_is_made_from_what_another_one_holds(flattened, tmp_path, held, asked):
    function = partial(unsharp_mask, direction="frequency", amount=0.5)
    preprocess_store(flattened(held), "sharpened", function, tmp_path / "x", 1, asked, "int8")
    store = Store([tmp_path / "x"])
    assert (store.name, store.panels, store.ids) == ("sharpened", asked, ["a", "b"])
    before = decode(encode(noise(1)[SIDES[asked]]))
    np.testing.assert_array_equal(store[1], decode(encode(function(before))))


def test_panels_that_the_other_store_does_not_hold_are_refused(flattened, tmp_path, monkeypatch):
    words = f"x --input {flattened('on')} --output {tmp_path / 'x'} --panels all"
    monkeypatch.setattr("sys.argv", words.split())
    with pytest.raises(SystemExit, match="the store flattened of train holds its ON panels alone"):
        sharpen_panels.main()
    assert not (tmp_path / "x").exists()


def test_snippets_are_prepared_with_all_panels_and_kept_as_asked(flattened, tmp_path, monkeypatch):
    raw = flattened("all", "float16", "raw")
    options = ["--raw", raw, "--store", "zscored", "--preprocess", '{"clip": [-5, 20]}']
    kept = ["--panels", "on", "--stored-as", "int8", "--output", str(tmp_path / "x"), "--off-first"]
    monkeypatch.setattr("sys.argv", ["prepare_snippets", *options, *kept])
    prepare_snippets.main()
    store = Store([tmp_path / "x"])
    assert (store.panels, store.stored_as, store.name) == ("on", "int8", "zscored")
    off = noise(1)[1::2]
    means, spreads = (getattr(off, name)((1, 2), keepdims=True) for name in ("mean", "std"))
    np.testing.assert_allclose(store[1], (off - means) / spreads, atol=0.1)

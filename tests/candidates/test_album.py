"""Every candidate is drawn in every layer, or no folder of pictures is left."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from abacad.cadences.layout import COMPETITION, MAP_SHAPE
from abacad.cadences.shard import Shard
from abacad.cadences.store import open_stores, write_store
from abacad.candidates.album import draw_candidates, layers_of, read_candidates, stored_panels
from abacad.candidates.pictures import FINE, waterfall

IDS = ["b", "a"]


def panels(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(COMPETITION.of_cadence).astype(np.float16)


@pytest.fixture
def paths(tmp_path) -> dict[str, str]:
    for seed, cadence_id in enumerate("abc"):
        np.save(tmp_path / f"{cadence_id}.npy", panels(seed))
    return {cadence_id: str(tmp_path / f"{cadence_id}.npy") for cadence_id in "abc"}


@pytest.fixture
def stores(tmp_path):
    files = []
    for collection in ("train", "test"):
        for index, ids in enumerate((["a", "b"], ["c"])):
            files.append(tmp_path / f"{collection}{index}.arrow")
            cadences = [2 * panels("abc".index(one)) for one in ids]
            write_store(files[-1], Shard("nmf", collection, index, 2), ids, cadences)
    return open_stores(files)


def test_the_layers_are_the_stores_of_test_and_the_raw_panels(stores):
    assert layers_of(stores) == {"nmf": "denoised (NMF)", "raw": "raw"}
    of_train = {key: store for key, store in stores.items() if key[1] == "train"}
    assert layers_of(of_train) == {"raw": "raw"}


@pytest.mark.parametrize("workers", [1, 2])
def test_each_candidate_is_drawn_in_each_layer(tmp_path, paths, stores, workers):
    maps = {"a": np.zeros(MAP_SHAPE), "b": np.ones(MAP_SHAPE)}
    folder = tmp_path / "out/pictures"
    draw_candidates(folder, read_candidates(IDS, paths, stores, maps), 2, FINE, workers)
    layers = ("nmf", "raw", "grad_cam")
    expected = {f"{one}.{layer}.webp" for one in IDS for layer in layers}
    assert {path.name for path in folder.iterdir()} == expected
    assert (folder / "b.raw.webp").read_bytes() == waterfall(panels(1), FINE)
    assert (folder / "b.nmf.webp").read_bytes() == waterfall(2 * panels(1), FINE)
    assert [path.name for path in folder.parent.iterdir()] == ["pictures"]


def test_panels_from_elsewhere_are_drawn_in_the_layers_that_they_come_in(tmp_path):
    views = {"levelled": panels(0), "raw": panels(1).astype(np.float32)}
    draw_candidates(tmp_path / "pictures", iter([("000000512", views, None)]), 1, FINE, 1)
    drawn = {path.name: path.read_bytes() for path in (tmp_path / "pictures").iterdir()}
    assert drawn == {f"000000512.{name}.webp": waterfall(views[name], FINE) for name in views}


def test_where_one_cannot_be_drawn_the_folder_stays_as_it_was(tmp_path, paths, stores):
    folder = tmp_path / "out/pictures"
    draw_candidates(folder, read_candidates(["a"], paths, stores, {}), 1, FINE, 1)
    with pytest.raises(ValueError, match=r"1 rows \(d\) are not in the store nmf of test"):
        draw_candidates(folder, read_candidates(["a", "d"], paths, stores, {}), 2, FINE, 1)
    assert {path.name for path in folder.iterdir()} == {"a.nmf.webp", "a.raw.webp"}
    assert [path.name for path in folder.parent.iterdir()] == ["pictures"]


def test_panels_that_a_store_does_not_hold_are_told_and_left_dark(tmp_path, paths):
    shard = Shard("nmf", "test", 0, 1, "on", "int8")
    write_store(tmp_path / "nmf.arrow", shard, ["a"], [shard.kept(panels(0))])
    stores = open_stores([tmp_path / "nmf.arrow"])
    told = {name: [*numbers] for name, numbers in stored_panels(stores).items()}
    assert told == {"nmf": [0, 2, 4], "raw": [0, 1, 2, 3, 4, 5]}
    ((_, views, _),) = read_candidates(["a"], paths, stores, {})
    with Image.open(BytesIO(waterfall(views["nmf"], FINE))) as image:
        drawn = np.asarray(image.convert("L")).reshape(6, -1)
    assert [bool(panel.any()) for panel in drawn] == [True, False] * 3

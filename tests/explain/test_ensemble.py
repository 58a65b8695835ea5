"""Training cadences are explained only by models that never saw them, and what is wrong is named."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from abacad.cadences.store import open_stores
from abacad.explain import ensemble as module
from abacad.explain.ensemble import TrainedModel, maps_table, mean_maps, read_chosen
from abacad.explain.maps import MAP_SHAPE
from abacad.model.detector import build_model, save_weights
from abacad.tables.files import write_json

FOLDS = pa.table({"id": ["a", "b"], "fold": [0, 1]})
CADENCES = [("test", "t"), ("train", "b"), ("train", "a")]
CPU = torch.device("cpu")


@pytest.fixture
def stores(make_store):
    paths = [
        make_store(name, collection, ids, [0] * len(ids))
        for name in ("normalized", "flattened")
        for collection, ids in (("train", ["a", "b"]), ("test", ["t"]))
    ]
    return open_stores(paths)


@pytest.fixture
def models(settings, make_run, tmp_path):
    """The files of one model of each of two folds."""
    write_json(tmp_path / "settings.json", settings)
    save_weights(tmp_path / "weights.safetensors", build_model(make_run()))
    return [
        TrainedModel(tmp_path / "settings.json", fold, tmp_path / "weights.safetensors")
        for fold in (0, 1)
    ]


def test_a_training_cadence_is_shown_to_its_own_fold_alone_and_test_to_all(
    stores, models, monkeypatch
):
    calls = []

    def explain(detector, panels, run):
        calls.append(len(panels))
        maps = np.zeros((len(panels), *MAP_SHAPE), np.float32)
        maps[:, len(calls) - 1] = 1  # the first model lights panel 0, the second panel 1
        return maps

    monkeypatch.setattr(module, "explain", explain)
    maps = mean_maps(models, stores, CADENCES, np.array([-1, 1, 0]), CPU, 1)
    assert calls == [2, 2]
    lit = [np.flatnonzero(each.max((1, 2))).tolist() for each in maps]
    assert lit == [[0, 1], [1], [0]]
    assert maps.max() == 1


def test_real_models_give_maps_of_the_right_form(stores, models):
    maps = mean_maps(models, stores, CADENCES, np.array([-1, 1, 0]), CPU, 1)
    table = maps_table(CADENCES, maps)
    assert table.column_names == ["collection", "id", "map"]
    assert table["map"].type == pa.list_(pa.float16(), 6 * 39 * 64)
    assert table["id"].to_pylist() == ["t", "b", "a"]
    read = table["map"].combine_chunks().flatten().to_numpy().reshape(-1, *MAP_SHAPE)
    np.testing.assert_allclose(read, maps, atol=1e-3)
    assert np.allclose(maps.max((1, 2, 3)), 1)


def test_a_model_whose_backbone_cannot_be_mapped_is_named_and_left_out(
    stores, models, monkeypatch, capsys
):
    def layer_of(branch, reduction):
        raise ValueError("backbone x: timm tells no feature map")

    monkeypatch.setattr(module, "layer_of", layer_of)
    maps = mean_maps(models, stores, CADENCES, np.array([-1, 1, 0]), CPU, 1)
    assert not maps.any()
    assert "weights.safetensors: backbone x: timm tells no feature map" in capsys.readouterr().out


def test_a_cadence_that_the_stores_lack_is_named(stores, models):
    with pytest.raises(ValueError, match="test u.* are not in the stores"):
        mean_maps(models, stores, [("test", "u")], np.array([-1]), CPU, 1)


def test_a_cadence_that_no_model_may_see_is_named(stores, models):
    with pytest.raises(ValueError, match="train b.* are shown to no model"):
        mean_maps(models[:1], stores, CADENCES, np.array([-1, 1, 0]), CPU, 1)


def test_nothing_chosen_gives_an_empty_table():
    empty = maps_table([], np.zeros((0, *MAP_SHAPE)))
    assert len(empty) == 0 and empty["map"].type == pa.list_(pa.float16(), 6 * 39 * 64)


def test_the_chosen_are_read_once_each_with_their_folds(tmp_path):
    path = tmp_path / "chosen.parquet"
    chosen = {"collection": ["test", "train", "test"], "id": ["t", "b", "t"], "reason": ["x"] * 3}
    pq.write_table(pa.table(chosen), path)
    cadences, folds = read_chosen(path, FOLDS)
    assert cadences == [("test", "t"), ("train", "b")] and folds.tolist() == [-1, 1]


@pytest.mark.parametrize(
    ("collection", "cadence_id", "message"),
    [
        ("injected", "a", r"chosen\.parquet: .*injected a.* of no collection among train, test"),
        ("train", "z", r"chosen\.parquet: .*train z.* in no fold"),
    ],
)
def test_a_cadence_that_cannot_be_explained_is_named(tmp_path, collection, cadence_id, message):
    path = tmp_path / "chosen.parquet"
    pq.write_table(pa.table({"collection": [collection], "id": [cadence_id]}), path)
    with pytest.raises(ValueError, match=message):
        read_chosen(path, FOLDS)

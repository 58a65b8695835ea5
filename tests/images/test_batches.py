"""Batches hold the panels that the channels name, and each row as often as it should."""

import pickle
import random
import threading
import time
from multiprocessing.process import BaseProcess

import numpy as np
import pytest
import torch

from abacad.cadences.compact import Compact, decode, encode
from abacad.cadences.shard import Shard
from abacad.cadences.store import open_stores, write_store
from abacad.images import batches as module
from abacad.images.batches import (
    PanelReader,
    drawn,
    in_order,
    load_batches,
    read_ahead,
    shuffled,
)
from abacad.images.selection import Rows

IDS = ["a", "b", "c", "d", "e"]
CHANNELS = ["normalized.on", "nmf.on", "normalized.off"]


@pytest.fixture
def stores(make_store):
    paths = [
        make_store(store, "train", IDS, [0] * 5, seed)
        for seed, store in enumerate(("normalized", "nmf"))
    ]
    return open_stores(paths)


def test_a_channel_holds_the_on_or_off_panels_of_its_store(stores):
    panels = PanelReader(stores, CHANNELS).read(["train", "train"], [4, 1])
    for row, place in enumerate((4, 1)):
        normalized, nmf = stores["normalized", "train"][place], stores["nmf", "train"][place]
        np.testing.assert_array_equal(panels[row, 0], normalized[[0, 2, 4]])
        np.testing.assert_array_equal(panels[row, 1], nmf[[0, 2, 4]])
        np.testing.assert_array_equal(panels[row, 2], normalized[[1, 3, 5]])


def test_a_mask_is_1_in_the_columns_that_other_cadences_cover(tmp_path):
    covering = np.zeros((2, 256), np.uint8)
    covering[1, 40:100] = 3
    cadences = np.ones((2, 6, 273, 256), np.float16)
    shard = Shard("residual", "train", 0, 1)
    write_store(tmp_path / "0-of-1.arrow", shard, ["a", "b"], cadences, covering)
    stores = open_stores([tmp_path / "0-of-1.arrow"])
    panels = PanelReader(stores, ["residual.on", "residual.mask"]).read(["train"] * 2, [0, 1])
    assert (panels[:, 0] == 1).all() and (panels[0, 1] == 0).all()
    assert (panels[1, 1, :, :, 40:100] == 1).all() and panels[1, 1].sum() == 3 * 273 * 60


def test_a_mask_of_a_store_without_one_is_an_error(stores):
    with pytest.raises(ValueError, match="store normalized does not tell which columns are cove"):
        PanelReader(stores, ["normalized.mask"]).read(["train"], [0])


def test_a_channel_of_a_store_that_is_not_given_is_an_error(stores):
    with pytest.raises(ValueError, match="need the store sharpened of train; given are: .*nmf"):
        PanelReader(stores, ["normalized.on", "sharpened.on"])


def test_stores_of_one_collection_with_different_rows_are_an_error(make_store):
    paths = [
        make_store("normalized", "train", IDS, [0] * 5),
        make_store("nmf", "train", IDS[:4], [0] * 4),
    ]
    with pytest.raises(ValueError, match="normalized and nmf of train do not hold the same ids"):
        PanelReader(open_stores(paths), CHANNELS)


def test_the_digest_changes_with_a_stores_content(make_store):
    same, again, other = (
        PanelReader(
            open_stores([make_store("normalized", "train", IDS, [0] * 5, seed)]), CHANNELS[:1]
        )
        for seed in (0, 0, 1)
    )
    assert same.digest() == again.digest() != other.digest()


def test_batches_come_as_ordered_with_their_labels_and_the_last_is_kept(stores):
    reader = PanelReader(stores, CHANNELS)
    rows = Rows(np.full(5, "train"), np.array([4, 3, 2, 1, 0]), np.float32([0.4, 0.3, 0.2, 0.1, 0]))
    batches = list(load_batches(reader, rows, in_order(5, 2), torch.device("cpu"), threads=1))
    assert [len(panels) for panels, _ in batches] == [2, 2, 1]
    np.testing.assert_array_equal(torch.cat([labels for _, labels in batches]), rows.labels)
    expected = reader.read(rows.collections, rows.places)
    np.testing.assert_array_equal(torch.cat([panels for panels, _ in batches]), expected)


def test_reading_leaves_the_generator_of_dropout_alone(stores):
    reader = PanelReader(stores, CHANNELS)
    rows = Rows(np.full(5, "train"), np.arange(5), np.zeros(5, np.float32))
    before = torch.get_rng_state()
    list(load_batches(reader, rows, in_order(5, 2), torch.device("cpu"), threads=1))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.fixture
def for_a_gpu(stores, monkeypatch):
    """A function that reads rows at these places one by one, as for a GPU but without pinning or moving."""
    monkeypatch.setattr(module, "pinned", lambda tensor, device: tensor)
    monkeypatch.setattr(torch.Tensor, "to", lambda tensor, *_, **__: tensor)
    reader = PanelReader(stores, CHANNELS)

    def batches(places: list[int]):
        rows = Rows(np.full(len(places), "train"), np.array(places), np.arange(len(places)))
        return load_batches(reader, rows, in_order(len(places), 1), torch.device("cuda"), threads=3)

    return reader, batches


def test_threads_read_many_batches_in_order(for_a_gpu):
    reader, batches = for_a_gpu
    places = [place % 5 for place in range(100)]
    for number, (panels, labels) in enumerate(batches(places)):
        assert labels.tolist() == [number]
        np.testing.assert_array_equal(panels, reader.read(["train"], [places[number]]))
    assert number == 99


def test_an_error_of_a_row_arrives_where_its_batch_is_taken_and_ends_the_threads(for_a_gpu):
    _, batches = for_a_gpu
    before = threading.active_count()
    read = []
    with pytest.raises(IndexError, match="row 99 of a store of 5"):
        for _, labels in batches([0, 1, 2, 3, 99, 4, 0, 1]):
            read += labels.tolist()
    assert read == [0, 1, 2, 3]
    assert threading.active_count() == before


def test_no_process_and_no_shared_memory_is_used(for_a_gpu, monkeypatch):
    def start(process):
        raise AssertionError("a process is started")

    monkeypatch.setattr(BaseProcess, "start", start)
    reader, batches = for_a_gpu
    readers = set()
    read = reader.read
    monkeypatch.setattr(
        reader, "read", lambda *at: readers.add(threading.current_thread()) or read(*at)
    )
    assert not any(panels.is_shared() for panels, _ in batches([0, 1, 2, 3, 4]))
    assert readers and threading.main_thread() not in readers


def test_slow_items_keep_their_order():
    def load(item: int) -> int:
        time.sleep(random.random() / 200)
        return item

    assert list(read_ahead(load, range(100), 4)) == [*range(100)]


def test_few_batches_are_read_ahead_and_an_iteration_left_early_ends_its_threads():
    before = threading.active_count()
    loaded = []
    batches = read_ahead(loaded.append, range(100), 3)
    for _ in range(10):
        next(batches)
    batches.close()
    assert len(loaded) <= 10 + 3 + 1
    assert threading.active_count() == before


def test_a_reader_travels_to_another_process(stores):
    reader = PanelReader(stores, CHANNELS)
    copy = pickle.loads(pickle.dumps(reader))
    np.testing.assert_array_equal(copy.read(["train"], [2]), reader.read(["train"], [2]))


@pytest.mark.parametrize("count", [2, 15, 16, 17, 33])
def test_every_row_is_in_one_training_batch_and_no_batch_has_a_single_row(count):
    batches = shuffled(np.arange(count), 16, np.random.default_rng(0))
    assert sorted(np.concatenate(batches)) == list(range(count))
    assert all(2 <= len(batch) <= 16 for batch in batches)


def test_an_under_sampled_epoch_has_all_needles_and_others_drawn_anew():
    labels = np.float32([0, 1, 0.2, 0.9, 0, 0, 0, 0])
    epochs = [drawn(labels, 1.5, np.random.default_rng(seed)) for seed in range(50)]
    assert all({1, 3} <= set(rows) and len(rows) == 2 + 3 for rows in epochs)
    assert set(np.concatenate(epochs)) == set(range(8))
    assert drawn(labels, None, np.random.default_rng(0)).tolist() == [*range(8)]
    assert len(drawn(labels, 99, np.random.default_rng(0))) == 8
    assert len(drawn(np.zeros(5), 1, np.random.default_rng(0))) == 5


def test_a_channel_of_all_panels_has_six(stores):
    panels = PanelReader(stores, ["normalized.all", "nmf.all"]).read(["train"], [3])
    assert panels.shape == (1, 2, 6, 273, 256)
    np.testing.assert_array_equal(panels[0, 1], stores["nmf", "train"][3])


# Stores of bytes, and of one side


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((6, 273, 256), np.float32)


@pytest.fixture
def kept(tmp_path):
    """A function that writes stores, by name the panels that each holds, and opens them."""

    def make(stored_as: str, covering: np.ndarray | None = None, **panels: str) -> dict:
        paths = []
        for number, (store, side) in enumerate(panels.items()):
            shard = Shard(store, "train", 0, 1, side, stored_as)
            paths.append(tmp_path / f"{store}-{side}-{stored_as}.arrow")
            cadences = [shard.kept(noise(10 * number + row)) for row in range(5)]
            known = covering if store == "residual" else None
            write_store(paths[-1], shard, IDS, cadences, known)
        return open_stores(paths)

    return make


def batches_of(stores: dict, channels: list[str]) -> torch.Tensor:
    reader = PanelReader(stores, channels)
    rows = Rows(np.full(5, "train"), np.arange(5), np.zeros(5, np.float32))
    return torch.cat(
        [panels for panels, _ in load_batches(reader, rows, in_order(5, 2), torch.device("cpu"), 1)]
    )


def test_batches_of_bytes_are_what_numpy_decodes(kept):
    stores = kept("int8", flattened="all", nmf="on")
    panels = batches_of(stores, ["flattened.off", "nmf.on"])
    assert panels.dtype == torch.float16 and panels.shape == (5, 2, 3, 273, 256)
    for row in range(5):
        expected = decode(encode(noise(row)[1::2])), decode(encode(noise(10 + row)[::2]))
        np.testing.assert_allclose(
            panels[row], np.stack(expected), rtol=2**-10
        )  # a step of float16


def test_a_batch_of_bytes_is_read_as_bytes(kept):
    stores = kept("int8", nmf="all")
    codes, largest = PanelReader(stores, ["nmf.all"]).read(["train"] * 2, [3, 4])
    assert codes.dtype == np.int8 and codes.shape == (2, 1, 6, 273, 256)
    np.testing.assert_array_equal(largest[1, 0], encode(noise(4)).largest)


@pytest.mark.parametrize("stored_as", ["int8", "float16"])
def test_masks_are_exactly_0_and_1_whatever_the_type(kept, stored_as):
    covering = np.zeros((5, 256), np.uint8)
    covering[1, 40:100] = 3
    stores = kept(stored_as, covering, residual="on")
    mask = batches_of(stores, ["residual.on", "residual.mask"])[:, 1]
    expected = np.zeros((5, 3, 273, 256), np.float16)
    expected[1, ..., 40:100] = 1
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize("stored_as", ["int8", "float16"])
def test_panels_are_the_same_whether_or_not_the_others_are_stored(kept, stored_as):
    alone = batches_of(kept(stored_as, nmf="off"), ["nmf.off"])
    assert torch.equal(alone, batches_of(kept(stored_as, nmf="all"), ["nmf.off"]))


@pytest.mark.parametrize("channel", ["nmf.off", "nmf.all"])
def test_a_channel_of_panels_that_are_not_stored_is_an_error(kept, channel):
    with pytest.raises(ValueError, match="the store nmf of train holds its ON panels alone"):
        PanelReader(kept("int8", nmf="on"), [channel])


def test_stores_of_two_types_are_an_error(kept):
    stores = kept("int8", nmf="on") | kept("float16", flattened="all")
    with pytest.raises(
        ValueError, match="one type, not flattened of train float16, nmf of train i"
    ):
        PanelReader(stores, ["flattened.on", "nmf.on"])


def test_the_digest_of_bytes_changes_with_their_codes_and_with_the_largest_value(tmp_path):
    digests = set()
    for number, factor in enumerate((1, 1, 2)):
        shard = Shard("nmf", "train", 0, 1, "on", "int8")
        codes, largest = shard.kept(noise(0))
        path = tmp_path / f"{number}.arrow"
        write_store(path, shard, ["a"], [Compact(codes, factor * largest)])
        digests.add(PanelReader(open_stores([path]), ["nmf.on"]).digest())
    assert len(digests) == 2

"""Promises about stores: rows, views, memory, and files that are not what they should be."""

import pickle
import weakref

import numpy as np
import pytest

from abacad.cadences.compact import decode, encode
from abacad.cadences.layout import COMPETITION
from abacad.cadences.shard import Shard, shard_position
from abacad.cadences.store import (
    ROWS_PER_BLOCK,
    Store,
    open_stores,
    read_shard,
    read_shard_file,
    write_store,
)


def cadence(value: float) -> np.ndarray:
    return np.full(COMPETITION.of_cadence, value, np.float16)


@pytest.fixture
def shards(tmp_path):
    """Two shards of a store: rows a, b, c with all values 0, 1, 2."""
    paths = [tmp_path / f"{index}-of-2.arrow" for index in range(2)]
    for index, path in enumerate(paths):
        shard = Shard("normalized", "train", index, 2)
        rows = shard.rows(3)
        write_store(path, shard, ["abc"[row] for row in rows], [cadence(row) for row in rows])
    return paths


@pytest.mark.parametrize(("total", "count"), [(0, 3), (2, 5), (10, 3), (60_000, 16)])
def test_shards_share_out_every_row_once_and_evenly(total, count):
    parts = [Shard("nmf", "train", index, count).rows(total) for index in range(count)]
    assert [row for part in parts for row in part] == list(range(total))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_a_shard_beyond_the_last_is_refused():
    with pytest.raises(ValueError, match="shard 3 of 3: must be one of 0 to 2"):
        Shard("nmf", "train", 3, 3)


def test_a_shard_s_position_is_read_from_its_name():
    assert shard_position("3-of-16") == (3, 16)
    with pytest.raises(ValueError, match="must be INDEX-of-COUNT"):
        shard_position("3/16")


def test_rows_come_back_in_order_however_the_files_are_listed(shards):
    store = Store(shards[::-1])
    assert store.ids == ["a", "b", "c"]
    assert [store[row][5, 272, 255] for row in range(3)] == [0, 1, 2]


def test_a_row_is_a_read_only_view_and_not_a_copy(shards):
    store = Store(shards)
    row = store[2]
    assert row.shape == COMPETITION.of_cadence and row.dtype == np.float16
    assert not row.flags.writeable
    assert np.shares_memory(row, store[2])


def test_a_store_travels_to_a_worker_by_its_paths_alone(shards):
    travelled = pickle.dumps(Store(shards))
    assert len(travelled) < 2000
    assert pickle.loads(travelled)[1][0, 0, 0] == 1


def test_a_shard_can_be_read_by_itself(shards):
    shard, ids, cadences = read_shard_file(shards[1])
    assert shard == read_shard(shards[1]) == Shard("normalized", "train", 1, 2)
    assert ids == ["b", "c"]
    assert [panels[0, 0, 0] for panels in cadences] == [1, 2]


def test_writing_holds_one_block_of_cadences_however_many_there_are(tmp_path):
    yielded = []

    def cadences():
        for value in range(3 * ROWS_PER_BLOCK):
            panels = cadence(value)
            yielded.append(weakref.ref(panels))
            assert sum(panels() is not None for panels in yielded) <= ROWS_PER_BLOCK + 1
            yield panels

    ids = [str(value) for value in range(3 * ROWS_PER_BLOCK)]
    write_store(tmp_path / "0-of-1.arrow", Shard("nmf", "train", 0, 1), ids, cadences())
    assert Store([tmp_path / "0-of-1.arrow"]).ids == ids


def test_an_incomplete_set_of_shards_is_refused(shards):
    with pytest.raises(ValueError, match="not the 2 shards of one store"):
        Store(shards[:1])
    with pytest.raises(ValueError, match="got none"):
        Store([])


def test_stores_and_collections_are_told_apart(shards, tmp_path):
    other = tmp_path / "nmf.arrow"
    write_store(other, Shard("nmf", "test", 0, 1), ["z"], [cadence(9)])
    stores = open_stores([*shards, other])
    assert {key: store.ids for key, store in stores.items()} == {
        ("normalized", "train"): ["a", "b", "c"],
        ("nmf", "test"): ["z"],
    }


@pytest.mark.parametrize(
    ("panels", "why"),
    [
        (cadence(np.nan), "cadence b: a value is not finite"),
        (np.full(COMPETITION.of_cadence, 1e6), "cadence b: a value is not finite in float16"),
        (np.zeros((6, 256, 273)), r"cadence b: shape \(6, 256, 273\), must be \(6, 273, 256\)"),
    ],
)
def test_a_cadence_that_cannot_be_stored_is_named_and_no_file_is_left(tmp_path, panels, why):
    cadences = [cadence(0), panels]
    with pytest.raises(ValueError, match=why):
        write_store(tmp_path / "0-of-1.arrow", Shard("nmf", "train", 0, 1), ["a", "b"], cadences)
    assert list(tmp_path.iterdir()) == []


def test_a_cadence_of_five_panels_is_never_stored(tmp_path):
    with pytest.raises(ValueError, match=r"cadence a: shape \(5, 8, 9\), must be \(6, 8, 9\)"):
        write_store(tmp_path / "x.arrow", Shard("nmf", "train", 0, 1), ["a"], [np.zeros((5, 8, 9))])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shape", [(6, 64, 128), (6, 300, 512)])
def test_cadences_may_be_of_any_one_shape_and_shards_without_rows_of_none(tmp_path, shape):
    panels = np.random.default_rng(0).standard_normal((3, *shape)).astype(np.float16)
    write_store(tmp_path / "0", Shard("nmf", "train", 0, 3), ["a", "b"], panels[:2])
    write_store(tmp_path / "1", Shard("nmf", "train", 1, 3), [], [])
    write_store(tmp_path / "2", Shard("nmf", "train", 2, 3), ["c"], panels[2:])
    store = Store([tmp_path / name for name in "012"])
    assert store.ids == ["a", "b", "c"] and store.shape == shape
    np.testing.assert_array_equal([store[row] for row in range(3)], panels)
    write_store(tmp_path / "2", Shard("nmf", "train", 2, 3), ["c"], [np.zeros((6, 64, 64))])
    with pytest.raises(ValueError, match="cadences of different shapes"):
        Store([tmp_path / name for name in "012"])


def test_fewer_cadences_than_ids_leave_no_file(tmp_path):
    with pytest.raises(ValueError):
        write_store(tmp_path / "x.arrow", Shard("nmf", "train", 0, 1), ["a", "b"], [cadence(0)])
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_store_is_named(tmp_path):
    (tmp_path / "0-of-1.arrow").write_bytes(b"not Arrow at all")
    with pytest.raises(ValueError, match="0-of-1.arrow: not a store file"):
        Store([tmp_path / "0-of-1.arrow"])


# Types and sides


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(COMPETITION.of_cadence, np.float32)


def kept(folder, panels: str, stored_as: str, store: str = "nmf") -> Store:
    """A store of one collection of two cadences, a and b, in two shards."""
    paths = [folder / f"{panels}{stored_as}{index}.arrow" for index in range(2)]
    for index, path in enumerate(paths):
        shard = Shard(store, "train", index, 2, panels, stored_as)
        write_store(path, shard, ["ab"[index]], [shard.kept(noise(index))])
    return Store(paths)


SIDES = {"all": slice(None), "on": slice(0, 6, 2), "off": slice(1, 6, 2)}


@pytest.mark.parametrize("panels", SIDES)
def test_a_store_of_bytes_gives_what_its_codes_stand_for(tmp_path, panels):
    store = kept(tmp_path, panels, "int8")
    expected = decode(encode(noise(1)[SIDES[panels]]))
    assert (store.panels, store.stored_as, store.shape) == (panels, "int8", expected.shape)
    np.testing.assert_array_equal(store[1], expected)
    codes, largest = store.stored(1, panels)
    assert codes.dtype == np.int8 and np.shares_memory(codes, store.stored(1, panels).codes)
    np.testing.assert_array_equal(largest, encode(noise(1)[SIDES[panels]]).largest)


@pytest.mark.parametrize("panels", SIDES)
def test_a_store_of_one_side_has_its_panels_alone(tmp_path, panels):
    store = kept(tmp_path, panels, "float16")
    np.testing.assert_array_equal(store[0], noise(0)[SIDES[panels]].astype(np.float16))
    whole = store.whole(0)
    np.testing.assert_array_equal(whole[SIDES[panels]], store[0])
    assert np.isnan(whole).all((1, 2)).sum() == 6 - len(store[0])


@pytest.mark.parametrize("stored_as", ["int8", "float16"])
@pytest.mark.parametrize("side", ["on", "off"])
def test_one_side_of_all_panels_can_be_read_and_so_can_that_which_is_stored(
    tmp_path, side, stored_as
):
    of_all = kept(tmp_path, "all", stored_as).stored(0, side)
    alone = kept(tmp_path, side, stored_as).stored(0, side)
    for one, other in zip(of_all, alone, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("side", "told"), [("off", "the OFF panels are asked for"), ("all", "all six are asked for")]
)
def test_panels_that_are_not_stored_are_refused_by_name(tmp_path, side, told):
    store = kept(tmp_path, "on", "int8")
    with pytest.raises(ValueError, match=f"store nmf of train holds its ON panels alone; {told}"):
        store.stored(0, side)
    with pytest.raises(ValueError, match="store nmf of train holds its ON panels alone"):
        store.check_side(side)


def test_a_store_of_bytes_of_one_side_takes_a_quarter_of_the_room(tmp_path):
    kept(tmp_path, "all", "float16")
    kept(tmp_path, "on", "int8")
    whole, quarter = (
        (tmp_path / f"{name}0.arrow").stat().st_size for name in ("allfloat16", "onint8")
    )
    assert quarter < 0.26 * whole


def test_a_shard_of_bytes_can_be_read_by_itself(tmp_path):
    kept(tmp_path, "off", "int8")
    shard, ids, cadences = read_shard_file(tmp_path / "offint81.arrow")
    assert shard == Shard("nmf", "train", 1, 2, "off", "int8") and ids == ["b"]
    np.testing.assert_array_equal([*cadences], [decode(encode(noise(1)[1::2]))])


def test_shards_of_different_panels_or_types_are_no_store(tmp_path):
    kept(tmp_path, "on", "int8")
    for panels, stored_as in (("on", "float16"), ("off", "int8")):
        kept(tmp_path, panels, stored_as)
        with pytest.raises(ValueError, match="not the 2 shards of one store"):
            Store([tmp_path / "onint80.arrow", tmp_path / f"{panels}{stored_as}1.arrow"])


def test_a_cadence_of_other_panels_than_the_shard_s_is_never_stored(tmp_path):
    shard = Shard("nmf", "train", 0, 1, "on", "int8")
    with pytest.raises(ValueError, match=r"cadence a: shape \(6, .*, must be \(3, 273, 256\)"):
        write_store(tmp_path / "x.arrow", shard, ["a"], [encode(noise(0))])
    assert list(tmp_path.iterdir()) == []


def test_a_store_of_bytes_travels_and_may_have_no_rows(tmp_path):
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(kept(tmp_path, "on", "int8")))[0], decode(encode(noise(0)[::2]))
    )
    write_store(tmp_path / "x.arrow", Shard("nmf", "train", 0, 1, "on", "int8"), [], [])
    empty = Store([tmp_path / "x.arrow"])
    assert (len(empty), empty.shape, empty.panels) == (0, None, "on")

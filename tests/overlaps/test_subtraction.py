"""What partners share is taken away, and a cadence's own needle is not."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abacad.cadences.store import Store
from abacad.overlaps.subtraction import coverage, partners_of, subtract_background
from abacad.preprocess.normalize import normalize
from abacad.tables.files import write_table
from overlaps import subtract_background as script

CLIP = (-5.0, 20.0)
WIDE = np.random.default_rng(3).standard_normal((6, 273, 600)) * np.linspace(1, 3, 600) + 70


def cut(offset: int, needle: int | None = None, panels=(0, 2, 4)) -> np.ndarray:
    """256 columns of the wide background, perhaps a needle of brightness 10 in column `needle`
    of the wide one, then each panel z-scored."""
    cadence = WIDE[..., offset : offset + 256].copy()
    if needle is not None:
        cadence[list(panels), :, needle - offset] += 10
    cadence -= cadence.mean((1, 2), keepdims=True)
    return (cadence / cadence.std((1, 2), keepdims=True)).astype(np.float16)


def residual(one: np.ndarray, *partners: tuple[np.ndarray, int], uncovered: str = "zero"):
    return subtract_background(one, partners, uncovered, CLIP)


@pytest.mark.parametrize("shift", [0, 40, -40, 200])
def test_a_needle_is_left_and_the_background_is_not(shift):
    left = residual(cut(200, needle=330), (cut(200 - shift), shift))
    covered = coverage([shift]) > 0
    assert np.abs(np.delete(left, 130, axis=2)).max() < 0.01
    if covered[130]:
        assert left[[0, 2, 4], :, 130].min() > 3
        assert np.abs(left[[1, 3, 5], :, 130]).max() < 0.01


def test_a_needle_in_one_of_several_partners_leaves_no_trace():
    needles = [cut(200, needle=300), cut(210), cut(190)]
    shifts = [0, -10, 10]
    for count in (2, 3):
        for shown in range(count):
            partners = list(zip(needles, shifts, strict=True))[:count]
            partners = partners[shown:] + partners[:shown]
            assert np.abs(residual(cut(200), *partners)).max() < 0.02


def test_a_needle_in_the_only_partner_is_left_with_a_negative_sign():
    left = residual(cut(200), (cut(200, needle=300), 0))
    assert left[0, :, 100].max() < -3
    assert np.abs(np.delete(left, 100, axis=2)).max() < 0.02


def test_columns_that_no_partner_shares_are_zero_or_whitened():
    one = cut(200, needle=230)
    partner = (cut(300), -100)
    assert (residual(one, partner)[..., :100] == 0).all()
    whitened = residual(one, partner, uncovered="normalized")
    np.testing.assert_array_equal(whitened[..., :100], normalize(one, CLIP)[..., :100])
    np.testing.assert_array_equal(whitened[..., 100:], residual(one, partner)[..., 100:])


def test_without_partners_nothing_is_covered():
    np.testing.assert_array_equal(residual(cut(0), uncovered="normalized"), normalize(cut(0), CLIP))
    assert (residual(cut(0)) == 0).all()


def test_an_unknown_filling_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="'median', must be one of normalized, zero"):
        residual(cut(0), uncovered="median")


def test_coverage_counts_the_partners_of_each_column():
    covering = coverage([100, -200])
    assert covering.tolist() == [1] * 156 + [0] * 44 + [1] * 56


PAIRS = pa.table(
    {
        "collection_a": ["train", "train", "test"],
        "id_a": ["a", "a", "x"],
        "collection_b": ["train", "test", "train"],
        "id_b": ["b", "x", "b"],
        "shift": [10, 90, -20],
    }
)


def test_partners_come_from_both_sides_of_a_pair_and_the_nearest_first():
    assert partners_of([("train", "a"), ("train", "b"), ("train", "c")], PAIRS) == [
        [(("train", "b"), 10), (("test", "x"), 90)],
        [(("train", "a"), -10), (("test", "x"), 20)],
        [],
    ]
    assert partners_of([("test", "x")], PAIRS, 1) == [[(("train", "b"), -20)]]


def test_the_command_line_writes_the_shard_and_what_it_covers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    offsets = {"a": 200, "b": 190, "c": 0, "x": 110}
    for cadence_id, offset in offsets.items():
        np.save(f"{cadence_id}.npy", cut(offset))
    for collection, ids in (("train", ["a", "b", "c"]), ("test", ["x"])):
        manifest = {"id": ids, "path": [f"{i}.npy" for i in ids], "ok": [True] * len(ids)}
        write_table(f"{collection}.parquet", pa.table(manifest))
    write_table("pairs.parquet", PAIRS.set_column(4, "shift", pa.array([10, 90, -80])))
    arguments = """--manifests train.parquet test.parquet --pairs pairs.parquet --collection train
        --shard 0-of-1 --uncovered zero --coverage coverage.parquet --output out.arrow"""
    monkeypatch.setattr("sys.argv", ["subtract_background", *arguments.split()])
    script.main()
    store = Store(["out.arrow"])
    assert (store.name, store.ids) == ("residual", ["a", "b", "c"])
    assert max(np.abs(store[row].astype(float)).max() for row in range(3)) < 0.02
    assert [store.covering(row).sum() for row in range(3)] == [246 + 166, 246 + 176, 0]
    table = pq.read_table("coverage.parquet").to_pydict()
    assert table["partners"] == [2, 2, 0]
    assert table["covered"] == [246 / 256, 1, 0]


def test_an_injected_cadence_loses_the_background_that_it_was_injected_into(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["subtract_background", *INJECTED_ARGUMENTS.split()])
    arranged = [1, 3, 3, 5, 5, 1]
    np.save("a.npy", cut(200, needle=330))
    np.save("x.npy", cut(110))
    np.save("i.npy", cut(200)[arranged])
    for collection, cadence_id in (("train", "a"), ("test", "x"), ("injected", "i")):
        manifest = {"id": [cadence_id], "path": [f"{cadence_id}.npy"], "ok": [True]}
        if collection == "injected":
            manifest |= {"background_collection": ["train"], "background_id": ["a"]}
            manifest |= {"background_panels": [arranged]}
        write_table(f"{collection}.parquet", pa.table(manifest))
    write_table("pairs.parquet", PAIRS.slice(1, 1))
    script.main()
    store = Store(["out.arrow"])
    covered = store.covering(0) > 0
    assert covered.sum() == 166
    assert np.abs(store[0][..., covered].astype(float)).max() < 0.02


INJECTED_ARGUMENTS = """--manifests train.parquet test.parquet injected.parquet --pairs pairs.parquet
    --collection injected --shard 0-of-1 --uncovered zero --coverage coverage.parquet
    --output out.arrow"""

"""Snippets of one background are found, with the shift between them, whatever else is in them."""

from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abacad.cadences.layout import COMPETITION
from abacad.overlaps import search
from abacad.overlaps.search import (
    CROWD,
    LEAST_COSINE,
    candidates,
    find_pairs,
    landmarks,
    overlap_groups,
    sketch,
    unpack,
)
from abacad.tables.files import write_table
from overlaps import find_overlaps

_, _, FREQUENCY_BINS = COMPETITION.of_cadence

STRETCHES, SNIPPETS, WIDTH = 10, 8, 768


def background(random: np.random.Generator, noisy: bool) -> np.ndarray:
    """A stretch of receiver noise under a bandpass, with carriers of RFI and broadband bursts."""
    time, bins = np.arange(6 * 273), np.arange(WIDTH)
    stretch = 76 + random.standard_normal((6 * 273, WIDTH)) * (2.5 if noisy else 1)
    stretch *= 1 + 0.01 * np.sin(2 * np.pi * bins / random.uniform(12, 300))
    for _ in range(8):  # drifting carriers
        centre = random.uniform(0, WIDTH) + random.normal(0, 0.01) * time[:, None]
        stretch += random.uniform(1, 15) * np.exp(-((bins - centre) ** 2))
    for _ in range(3):  # bursts
        stretch += 3 * np.exp(-(((time - random.uniform(0, 6 * 273)) / 4) ** 2))[:, None]
    return stretch


def snippet(stretch: np.ndarray, offset: int, needle: bool, random) -> np.ndarray:
    """A cadence as the raw data hold it: perhaps a needle, then each panel z-scored, in float16."""
    cadence = stretch[:, offset : offset + FREQUENCY_BINS].reshape(COMPETITION.of_cadence).copy()
    if needle:
        time, bins = np.arange(6 * 273).reshape(6, 273, 1), np.arange(FREQUENCY_BINS)
        centre = random.uniform(40, 216) + random.normal(0, 0.02) * time
        line = 10 * np.exp(-((bins - centre) ** 2))
        cadence[[0, 2, 4]] += line[[0, 2, 4]]
    cadence -= cadence.mean((1, 2), keepdims=True)
    return (cadence / cadence.std((1, 2), keepdims=True)).astype(np.float16)


@pytest.fixture(scope="module")
def sky(tmp_path_factory):
    """Files of snippets, and where each was cut: (paths, stretch of each, offset of each)."""
    folder, random = tmp_path_factory.mktemp("sky"), np.random.default_rng(5)
    paths, stretches, offsets = [], [], []
    for number in range(STRETCHES):
        stretch = background(random, noisy=number % 2 == 1)
        for index in range(SNIPPETS):
            offsets.append(int(random.integers(WIDTH - FREQUENCY_BINS, endpoint=True)))
            stretches.append(number)
            paths.append(folder / f"{number}-{index}.npy")
            np.save(paths[-1], snippet(stretch, offsets[-1], index % 2 == 0, random))
    return paths, stretches, offsets


@pytest.fixture(scope="module")
def pairs(sky, tmp_path_factory):
    return find_pairs(sky[0], tmp_path_factory.mktemp("scratch"), workers=1)


@pytest.mark.parametrize(
    ("dropped", "drift"), [(1, 0), (3, 0), (5, 0), (0, 0.2), (0, 1.0), (5, 1.0)]
)
def test_what_an_observations_columns_share_in_time_makes_no_partners(tmp_path, dropped, drift):
    """Packets are dropped in all columns at once, and the gain drifts by this many deviations of the
    noise."""
    random = np.random.default_rng(dropped)
    gain = 1 + drift * 0.013 * np.cumsum(random.standard_normal(6 * 273)) / np.sqrt(6 * 273)
    lost = random.choice(6 * 273, 6 * dropped, replace=False)
    paths, offsets = [], []
    for _ in range(12):  # pairs of the same stretch; all of one observation
        stretch = 77 * (1 + 0.013 * (background(random, noisy=False) - 76)) * gain[:, None]
        stretch[lost] = 0
        for _ in ("one", "other"):
            offsets.append(int(random.integers(WIDTH - FREQUENCY_BINS, endpoint=True)))
            paths.append(tmp_path / f"{len(paths)}.npy")
            np.save(paths[-1], snippet(stretch, offsets[-1], False, random))
    pairs = find_pairs(paths, tmp_path, workers=1)
    found = set(zip(pairs.first.tolist(), pairs.second.tolist(), pairs.shift.tolist(), strict=True))
    true = {(at, at + 1, offsets[at] - offsets[at + 1]) for at in range(0, 24, 2)}
    likely = {pair for pair in true if abs(pair[2]) <= FREQUENCY_BINS - 24}
    assert likely <= found <= true


@pytest.mark.parametrize("bins", [64, 512, 1024])
def test_of_another_shape_pairs_are_found_with_their_shifts(tmp_path, bins):
    random = np.random.default_rng(bins)
    paths, shifts = [tmp_path / f"{number}.npy" for number in range(6)], [20, bins - 30, -30]
    for number, shift in enumerate(shifts):
        stretch = random.standard_normal((6, 50, bins + abs(shift)))
        first = max(-shift, 0)
        for path, start in zip(paths[2 * number :], (first + shift, first), strict=False):
            np.save(path, stretch[..., start : start + bins].astype("<f2"))
    pairs = find_pairs(paths, tmp_path, workers=1)
    assert pairs.first.tolist() == [0, 2, 4] and pairs.second.tolist() == [1, 3, 5]
    assert pairs.shift.tolist() == shifts
    assert pairs.shared_columns.tolist() == [bins - abs(shift) for shift in shifts]


def true_shifts(sky, least: int, most: int) -> dict[tuple[int, int], int]:
    """Shift of each true pair that shares `least` to `most` columns."""
    _, stretches, offsets = sky
    shifts = {
        (one, other): offsets[one] - offsets[other]
        for one, other in combinations(range(len(stretches)), 2)
        if stretches[one] == stretches[other]
    }
    return {p: s for p, s in shifts.items() if least <= FREQUENCY_BINS - abs(s) <= most}


def test_every_pair_of_64_columns_and_nearly_every_pair_of_24_is_found_with_its_shift(sky, pairs):
    found = dict(zip(zip(pairs.first, pairs.second, strict=True), pairs.shift, strict=True))
    many, few = true_shifts(sky, 64, 256), true_shifts(sky, 24, 63)
    assert len(many) > 100 and len(few) > 10
    assert {pair: found.get(pair) for pair in many} == many
    hits = [found.get(pair) == shift for pair, shift in few.items()]
    assert np.mean(hits) >= 0.95


def test_no_pair_is_found_that_shares_nothing(sky, pairs):
    shifts = true_shifts(sky, 1, 256)
    assert all(pair in shifts for pair in zip(pairs.first, pairs.second, strict=True))


def test_the_columns_that_a_pair_shares_are_counted_and_its_cosine_is_near_one(pairs):
    assert (pairs.shared_columns == FREQUENCY_BINS - np.abs(pairs.shift)).all()
    assert (pairs.cosine > 0.9999).all() and LEAST_COSINE < 0.9999


def test_a_needle_in_one_of_a_pair_shows_in_the_least_cosine(tmp_path):
    random = np.random.default_rng(0)
    stretch, paths = background(random, noisy=False), []
    for name, needle in (("plain", False), ("again", False), ("needle", True)):
        paths.append(tmp_path / f"{name}.npy")
        np.save(paths[-1], snippet(stretch, 100, needle, random))
    pairs = find_pairs(paths, tmp_path, workers=1)
    assert (pairs.cosine > 0.9999).all()
    assert (pairs.least_cosine > 0.9999).tolist() == [True, False, False]


def test_pairs_do_not_depend_on_the_number_of_workers(sky, pairs, tmp_path):
    again = find_pairs(sky[0], tmp_path, workers=2)
    for name, values in vars(pairs).items():
        np.testing.assert_array_equal(values, getattr(again, name))
    assert not list(tmp_path.iterdir())  # the sketches are gone


def test_pairs_do_not_depend_on_the_bar_that_shows_how_far_the_search_is(
    sky, pairs, tmp_path, monkeypatch
):
    monkeypatch.setattr(search, "progress", lambda items, *shown, size: items)
    again = find_pairs(sky[0], tmp_path, workers=1)
    np.testing.assert_array_equal(again.first, pairs.first)


def test_a_sketch_does_not_see_how_a_panel_was_scaled_and_shifted():
    panels = np.random.default_rng(0).standard_normal(COMPETITION.of_cadence).astype(np.float32)
    np.testing.assert_allclose(sketch(3 * panels + 7), sketch(panels), atol=1e-5)


def test_constant_columns_have_no_landmarks_and_match_nothing():
    panels = np.random.default_rng(0).standard_normal(COMPETITION.of_cadence)
    panels[..., 100:140] = 1
    columns, _ = landmarks(sketch(panels)[np.newaxis][0])
    assert not np.isin(columns, np.arange(100, 139)).any()  # differences from the next column


def test_candidates_are_each_pair_once_with_the_earlier_cadence_first():
    cadences, columns = np.array([2, 2, 4, 9]), np.array([30, 50, 10, 7], np.int16)
    keys = np.array([1, 1, 1, 5], np.uint64)
    first, second, shift = unpack(candidates(cadences, columns, keys, most=10))
    assert set(zip(first.tolist(), second.tolist(), shift.tolist(), strict=True)) == {
        (2, 4, -20),
        (2, 4, -40),
    }


def test_a_crowd_with_one_key_is_connected_at_a_cost_that_is_linear():
    count = 10 * CROWD
    columns, keys = np.zeros(count, np.int16), np.zeros(count, np.uint64)
    first, second, _ = unpack(candidates(np.arange(count), columns, keys, most=10**6))
    assert len(first) < count * CROWD
    assert set(zip(range(count - 1), range(1, count), strict=True)) <= set(
        zip(first.tolist(), second.tolist(), strict=True)
    )


def test_of_too_many_candidates_those_with_the_most_landmarks_in_common_are_compared(capsys):
    common = [(cadence, column, key) for key in range(50) for cadence, column in ((1, 9), (2, 5))]
    single = [(cadence, 7, 100 + key) for key in range(30) for cadence in (0, 3 + key)]
    cadences, columns, keys = map(np.array, zip(*sorted(common + single), strict=True))
    first, second, _ = unpack(candidates(cadences, columns, keys.astype(np.uint64), most=4))
    assert (1, 2) in set(zip(first.tolist(), second.tolist(), strict=True)) and len(first) == 4
    assert "27 of 31 candidates are not compared" in capsys.readouterr().out


def test_cadences_that_are_all_the_same_are_one_group(tmp_path):
    np.save(
        tmp_path / "same.npy",
        np.random.default_rng(0).standard_normal(COMPETITION.of_cadence, "f4"),
    )
    panels = np.load(tmp_path / "same.npy").astype(np.float16)
    np.save(tmp_path / "same.npy", panels)
    pairs = find_pairs([tmp_path / "same.npy"] * 5, tmp_path, workers=1)
    assert len(pairs.first) == 10 and (pairs.shift == 0).all()
    assert set(overlap_groups(5, pairs).tolist()) == {0}


def test_cadences_that_share_nothing_are_each_a_group(tmp_path):
    random, paths = np.random.default_rng(0), [tmp_path / f"{index}.npy" for index in range(4)]
    for path in paths:
        np.save(path, random.standard_normal(COMPETITION.of_cadence, "f4").astype(np.float16))
    pairs = find_pairs(paths, tmp_path, workers=1)
    assert len(pairs.first) == 0
    assert overlap_groups(4, pairs).tolist() == [0, 1, 2, 3]


def test_groups_are_what_pairs_connect_at_any_remove(sky, pairs):
    groups = overlap_groups(len(sky[0]), pairs)
    for number in set(groups.tolist()):
        assert len({sky[1][cadence] for cadence in np.flatnonzero(groups == number)}) == 1
    assert all(groups[one] == groups[other] for one, other in true_shifts(sky, 64, 256))


def test_the_command_line_names_pairs_and_groups_by_collection_and_id(sky, tmp_path, monkeypatch):
    manifests = []
    for collection, part in (("train", slice(0, 8)), ("test", slice(8, 16))):
        paths = [str(path) for path in sky[0][part]]
        ids = [f"{collection}{index}" for index in range(8)]
        manifests.append(f"{tmp_path}/{collection}.parquet")
        write_table(manifests[-1], pa.table({"id": ids, "path": paths, "ok": [True] * 7 + [False]}))
    outputs = ["--pairs", f"{tmp_path}/out/pairs.parquet", "--groups", f"{tmp_path}/groups.parquet"]
    monkeypatch.setattr("sys.argv", ["find_overlaps", "--manifests", *manifests, *outputs])
    find_overlaps.main()
    groups = pq.read_table(f"{tmp_path}/groups.parquet").to_pydict()
    assert groups["id"] == [f"{of}{index}" for of in ("train", "test") for index in range(7)]
    pairs = pq.read_table(f"{tmp_path}/out/pairs.parquet").to_pylist()
    assert pairs and all(pair["collection_a"] == pair["collection_b"] for pair in pairs)

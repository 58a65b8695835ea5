"""What partners share is subtracted, a cadence's own needle is not, and strangers share nothing."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abacad.cadences.arrangement import Arrangement
from abacad.cadences.layout import MADE_COLLECTIONS
from abacad.cadences.store import Store
from abacad.overlaps.subtraction import coverage, partners_of, subtract_background
from abacad.preprocess.flatten import flatten
from abacad.tables.files import write_table
from abacad.tables.pairs import numbered_pairs
from overlaps import subtract_background as script

NOISE = np.linspace(1, 3, 600)  # of each column of the wide background
RANDOM = np.random.default_rng(3)
WIDE = RANDOM.standard_normal((6, 273, 600)) * NOISE + 70
OTHER = RANDOM.standard_normal((6, 273, 600)) * NOISE + 70  # of another observation

Partner = tuple[np.ndarray, int]


def cut(offset: int, needle: int | None = None, wide: np.ndarray = WIDE, strength=10) -> np.ndarray:
    """256 columns of a wide background, perhaps a needle in column `needle` of the wide one, of this
    strength in that column's noise, then each panel z-scored."""
    cadence = wide[..., offset : offset + 256].copy()
    if needle is not None:
        cadence[::2, :, needle - offset] += strength * NOISE[needle]
    cadence -= cadence.mean((1, 2), keepdims=True)
    return (cadence / cadence.std((1, 2), keepdims=True)).astype(np.float16)


def subtracted(one: np.ndarray, *partners: Partner, uncovered="zero", most=8):
    """The residual as it is stored, and from how many partners each column is known."""
    readers = [(lambda partner=partner: partner, shift) for partner, shift in partners]
    return subtract_background(one, readers, uncovered, most)


def residual(one: np.ndarray, *partners: Partner) -> np.ndarray:
    """The residual in the noise of its columns; 0 in those that no partner shares."""
    return 20 * np.sinh(subtracted(one, *partners)[0] / 20)


def known(one: np.ndarray, *partners: Partner) -> np.ndarray:
    """Numbers of the columns that are known."""
    return np.flatnonzero(subtracted(one, *partners)[1])


@pytest.mark.parametrize("shift", [0, 40, -40, 200])
def test_a_needle_is_left_and_the_background_is_not(shift):
    left = residual(cut(200, needle=330), (cut(200 - shift), shift))
    assert np.abs(np.delete(left, 130, axis=2)).max() < 0.01
    if coverage([shift], 256)[130]:
        np.testing.assert_allclose(left[::2, :, 130], 10, rtol=0.2)
        assert np.abs(left[1::2, :, 130]).max() < 0.01


@pytest.mark.parametrize("carrier", [0, 50, 200, 1000])
@pytest.mark.parametrize("column", [330, 311, 304])  # apart from the carrier, beside it, in it
@pytest.mark.parametrize("flicker", [0, 0.3])
def test_a_needle_is_as_bright_as_in_its_column_s_noise_whatever_the_carrier(
    carrier, column, flicker
):
    wide = WIDE.copy()
    strength = carrier * (1 + flicker * np.random.default_rng(0).standard_normal((6, 273, 8)))
    wide[..., 302:310] += strength * NOISE[304]
    left = residual(cut(200, column, wide, 3.5), (cut(180, wide=wide), 20), (cut(230), -30))
    np.testing.assert_allclose(left[::2, :, column - 200].mean(axis=1), 3.5, rtol=0.2)
    assert np.abs(left[1::2].mean(axis=1)).max() < 0.2


def test_bright_values_are_compressed_and_keep_their_order():
    strengths = [2.0, 20.0, 200.0, 2000.0]
    stored = [
        subtracted(cut(200, 330, strength=strength), (cut(200), 0))[0][0, :, 130].mean()
        for strength in strengths
    ]
    np.testing.assert_allclose(stored[0], 2, rtol=0.2)
    assert stored[0] < stored[1] < stored[2] < stored[3] < 150


def changed_in_time(wide: np.ndarray, what: str) -> np.ndarray:
    """The background with what all its columns share in time; the same for every background."""
    random = np.random.default_rng(7)
    wide = wide.copy()
    if what == "dropped packets":
        for panel in wide:
            panel[random.choice(273, 5, replace=False)] = 0
    elif what == "a panel mostly dropped":
        wide[:, :161] = 0
    elif what == "gain drift":
        wide *= 1 + np.cumsum(random.standard_normal((6, 273, 1)), axis=1) / 300
    elif what == "bursts":
        wide += random.exponential(20, (6, 273, 1))
    return wide


IN_TIME = ["", "dropped packets", "a panel mostly dropped", "gain drift", "bursts"]


@pytest.mark.parametrize("what", IN_TIME)
def test_what_columns_share_in_time_hides_no_partner_and_no_needle(what):
    wide = changed_in_time(WIDE, what)
    left = residual(cut(200, 330, wide, 5), (cut(200, wide=wide), 0))
    np.testing.assert_allclose(left[::2, :, 130].mean(axis=1), 5, rtol=0.2)
    assert np.abs(np.delete(left, 130, axis=2)).max() < 0.05


@pytest.mark.parametrize("what", IN_TIME)
def test_a_stranger_is_never_subtracted(what):
    wide, other = changed_in_time(WIDE, what), changed_in_time(OTHER, what)
    stranger = (cut(210, wide=other), -10)
    left, covering = subtracted(cut(200, wide=wide), stranger, uncovered="flattened")
    np.testing.assert_array_equal(left, subtracted(cut(200, wide=wide), uncovered="flattened")[0])
    assert not covering.any()
    assert len(known(cut(200, wide=wide), stranger, (cut(200, wide=wide), 0))) == 256


def test_a_partner_at_a_wrong_shift_is_a_stranger():
    assert not len(known(cut(200), (cut(180), 21)))


@pytest.mark.parametrize("panel", range(6))
def test_a_partner_of_which_one_panel_is_of_another_sky_is_a_stranger(panel):
    wide = WIDE.copy()
    wide[panel] = OTHER[panel]
    assert not len(known(cut(200), (cut(180, wide=wide), 20)))


@pytest.mark.parametrize("panel", range(6))
def test_columns_of_a_partner_that_are_of_another_sky_are_not_subtracted(panel):
    wide = WIDE.copy()
    wide[panel, :, 300:340] = OTHER[panel, :, 300:340]
    columns = known(cut(200, needle=230), (cut(200, wide=wide), 0))
    np.testing.assert_array_equal(columns, [*range(100), *range(140, 256)])


def test_a_quiet_stranger_is_not_taken_for_a_partner_in_columns_that_are_constant():
    wide, other = WIDE.copy(), OTHER.copy()
    wide[..., 300:380] = other[..., 300:380] = 70
    assert not len(known(cut(200, wide=wide), (cut(200, wide=other), 0)))


def test_a_signal_that_was_in_the_sky_is_subtracted_as_background():
    """The store cannot show it, so it is refused unless needles were added after cutting."""
    wide = WIDE.copy()
    wide[::2, :, 330] += 5 * NOISE[330]
    assert np.abs(residual(cut(200, wide=wide), (cut(180, wide=wide), 20))).max() < 0.01


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
    np.testing.assert_allclose(left[::2, :, 100], -10, rtol=0.2)
    assert np.abs(np.delete(left, 100, axis=2)).max() < 0.02


def test_needles_of_a_cadence_and_of_its_partners_in_the_same_columns_are_told_apart():
    """Both drift through half of the columns, at different times."""
    time = np.arange(273)
    own, theirs = WIDE.copy(), WIDE.copy()
    own[::2, time, 250 + time // 3] += 10 * NOISE[250 + time // 3]
    theirs[::2, time, 380 - time // 3] += 10 * NOISE[380 - time // 3]
    left = residual(cut(200, wide=own), (cut(210, wide=theirs), -10), (cut(190), 10))
    needle = np.zeros((273, 256), bool)
    needle[time, 50 + time // 3] = True
    np.testing.assert_allclose(left[::2][:, needle], 10, rtol=0.2)
    assert np.abs(left[::2][:, ~needle]).max() < 0.05


def test_columns_that_no_partner_shares_are_zero_or_flattened_in_the_same_unit():
    one = cut(200, needle=230)
    partner = (cut(300), -100)
    assert (residual(one, partner)[..., :100] == 0).all()
    flattened, _ = subtracted(one, partner, uncovered="flattened")
    expected = flatten(one, (-np.inf, np.inf))[..., :100]
    seen = 20 * np.sinh(flattened[..., :100] / 20)
    np.testing.assert_allclose(seen, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(flattened[..., 100:], subtracted(one, partner)[0][..., 100:])


def test_without_partners_nothing_is_covered():
    stored, covering = subtracted(cut(0))
    assert (stored == 0).all() and (covering == 0).all()


def test_an_unknown_filling_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="'median', must be one of flattened, zero"):
        subtracted(cut(0), uncovered="median")


def test_no_partner_is_read_that_tells_nothing_new_and_no_more_than_asked_for():
    read = []

    def reader(offset: int, wide: np.ndarray = WIDE):
        return lambda: read.append(offset) or cut(offset, wide=wide)

    offsets = [200, 199, 201, 202, 197, 190]
    partners = [(reader(offset), 200 - offset) for offset in offsets]
    _, covering = subtract_background(cut(200), partners, "zero", 8)
    assert read == [200, 199, 201]  # each column twice
    assert covering.tolist() == [2] * 256
    read.clear()
    strangers = [(reader(offset, OTHER), 200 - offset) for offset in offsets]
    _, covering = subtract_background(cut(200), [*strangers, *partners], "zero", 8)
    assert read == [*offsets, 200, 199]
    assert covering.tolist() == [2] * 255 + [1]


def test_coverage_counts_the_partners_of_each_column():
    covering = coverage([100, -200], 256)
    assert covering.tolist() == [1] * 156 + [0] * 44 + [1] * 56


CADENCES = pa.table({"collection": ["test", "train", "train", "train"], "id": [*"xabc"]})
PAIRS = pa.table(
    {
        "collection_a": ["train", "train", "test"],
        "id_a": ["a", "a", "x"],
        "collection_b": ["train", "test", "train"],
        "id_b": ["b", "x", "b"],
        "shift": pa.array([10, 90, -20], pa.int16()),
    }
)


def test_partners_come_from_both_sides_of_a_pair_and_the_nearest_first():
    x, a, b, c = range(4)
    pairs = numbered_pairs(PAIRS, CADENCES)
    assert partners_of(np.array([a, b, c]), pairs) == [[(b, 10), (x, 90)], [(a, -10), (x, 20)], []]
    assert partners_of(np.array([b, b, c]), pairs) == [[(a, -10), (x, 20)]] * 2 + [[]]
    assert partners_of(np.array([], int), pairs) == []


def test_partners_are_those_that_one_finds_pair_by_pair():
    for seed in range(10):
        random = np.random.default_rng(seed)
        first, second = np.nonzero(np.triu(random.random((30, 30)) < 0.3, 1))
        shift = random.integers(-9, 9, len(first)).astype(np.int16)  # many are equal
        pairs = pa.table({"first": first, "second": second, "shift": shift})
        expected = [[] for _ in range(30)]
        for pair in pairs.take(random.permutation(len(pairs))).to_pylist():
            expected[pair["first"]].append((pair["second"], pair["shift"]))
            expected[pair["second"]].append((pair["first"], -pair["shift"]))
        for some in expected:
            some.sort(key=lambda one: (abs(one[1]), one[0]))
        asked = random.permutation(30)[:12]
        assert partners_of(asked, pairs) == [expected[cadence] for cadence in asked]


def write_manifests(**collections: dict[str, np.ndarray]) -> None:
    """The cadences as files and the manifests of their collections, here."""
    for collection, cadences in collections.items():
        for cadence_id, panels in cadences.items():
            np.save(f"{cadence_id}.npy", panels)
        paths = [f"{cadence_id}.npy" for cadence_id in cadences]
        manifest = {"id": [*cadences], "path": paths, "ok": [True] * len(paths)}
        write_table(f"{collection}.parquet", pa.table(manifest))


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs the command line in an empty folder; returns store and coverage."""
    monkeypatch.chdir(tmp_path)

    def run(collection: str, *others: str) -> tuple[Store, dict]:
        manifests = " ".join(f"{name}.parquet" for name in (collection, *others))
        arguments = f"""--manifests {manifests} --pairs pairs.parquet --collection {collection}
            --shard 0-of-1 --uncovered zero --coverage coverage.parquet --output out.arrow"""
        monkeypatch.setattr("sys.argv", ["subtract_background", *arguments.split()])
        script.main()
        return Store(["out.arrow"]), pq.read_table("coverage.parquet").to_pydict()

    return run


def test_the_command_line_writes_the_shard_and_what_it_covers(run, capsys):
    train = {"a": cut(200), "b": cut(190), "c": cut(0)}
    write_manifests(train=train, test={"x": cut(110)})
    write_table("pairs.parquet", PAIRS.set_column(4, "shift", pa.array([10, 90, -80])))
    store, table = run("train", "test")
    assert (store.name, store.ids) == ("residual", ["a", "b", "c"])
    assert max(np.abs(store[row].astype(float)).max() for row in range(3)) < 0.02
    assert [store.covering(row).sum() for row in range(3)] == [246 + 166, 246 + 176, 0]
    assert table["partners"] == [2, 2, 0]
    assert table["covered"] == table["shared"] == [246 / 256, 1, 0]
    assert "nothing is subtracted" not in capsys.readouterr().out


def test_the_command_line_tells_of_columns_that_are_said_to_be_shared_and_are_not(run, capsys):
    write_manifests(train={"a": cut(200), "b": cut(190, wide=OTHER)}, test={"x": cut(110)})
    write_table("pairs.parquet", PAIRS.slice(0, 2))
    store, table = run("train", "test")
    assert table["shared"] == [246 / 256, 246 / 256]
    assert table["covered"] == [166 / 256, 0]
    assert not store.covering(1).any() and not store[1].any()
    told = capsys.readouterr().out
    assert f"nothing is subtracted from {246 - 166 + 246} columns of 2 cadences" in told


@pytest.mark.parametrize("collection", MADE_COLLECTIONS)
def test_an_injected_cadence_loses_the_background_that_it_was_injected_into(run, collection):
    made = Arrangement((3, 1, 5, 3, 1, 5), (100, 0, 70, 0, 200, 0))
    train, test, injected = cut(200, needle=330), cut(110), made.of(cut(200))
    write_manifests(**{"train": {"a": train}, "test": {"x": test}, collection: {"i": injected}})
    of = {"background_collection": ["train"], "background_id": ["a"]}
    of |= {"background_panels": [made.panels], "background_rolls": [made.rolls]}
    table = pq.read_table(f"{collection}.parquet").to_pydict() | of
    write_table(f"{collection}.parquet", pa.table(table))
    write_table("pairs.parquet", PAIRS.slice(1, 1))
    store, _ = run(collection, "train", "test")
    covered = store.covering(0) > 0
    assert covered.sum() == 166
    assert np.abs(store[0][..., covered].astype(float)).max() < 0.02

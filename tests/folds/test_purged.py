"""Promises of purged folds: chains are cut, and no model learns from what overlaps with its fold."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from abacad.cadences.layout import COMPETITION
from abacad.folds.chains import cut_chains
from abacad.folds.overlapping import fold_of, left_out, overlapping_folds, overlaps_with
from abacad.folds.split import make_folds
from abacad.simulate.stretches import Simulation, plan_stretches
from abacad.tables.files import write_table
from abacad.tables.pairs import numbered_pairs
from folds import make_folds as script

_, _, FREQUENCY_BINS = COMPETITION.of_cadence

COUNTS = {"train": 1200, "test": 300, "train_old": 300, "test_old": 200}


@dataclass(frozen=True)
class Sky:
    """What the rules know about the cadences of a simulated sky, and where each was cut, (cadence,)."""

    manifest: pa.Table
    groups: pa.Table
    named_pairs: pa.Table  # as find_overlaps.py writes them
    place: np.ndarray  # of its first column, of all stretches one after the other

    @property
    def pairs(self) -> pa.Table:
        return numbered_pairs(self.named_pairs, self.groups)


@pytest.fixture(scope="module")
def sky() -> Sky:
    """Bands in which ten cadences cover each column, so that each band is one group, larger than a fold."""
    simulation = Simulation(COUNTS, positive_rate=0.3, coverage=10, stretch_width=12288)
    random = np.random.default_rng(0)
    rows = []
    for stretch in plan_stretches(simulation):
        for snippet in stretch.snippets:
            offset = random.integers(simulation.stretch_width - FREQUENCY_BINS, endpoint=True)
            place = (simulation.stretch_width * stretch.index) + offset
            rows.append((snippet.collection, snippet.id, int(snippet.kind is not None), place))
    collections, ids, targets, places = map(np.array, zip(*rows, strict=True))
    shift = places - places[:, None]
    first, second = np.nonzero(np.triu(np.abs(shift) < FREQUENCY_BINS, 1))
    edges = coo_matrix((np.ones(len(first)), (first, second)), (len(ids), len(ids)))
    pairs = {"collection_a": collections[first], "id_a": ids[first]}
    pairs |= {"collection_b": collections[second], "id_b": ids[second]}
    pairs["shared_columns"] = (FREQUENCY_BINS - np.abs(shift[first, second])).astype(np.int16)
    groups = {"collection": collections, "id": ids, "group": connected_components(edges)[1]}
    train = collections == "train"
    manifest = {"id": ids[train], "target": targets[train], "ok": [True] * train.sum()}
    return Sky(*map(pa.table, (manifest, groups, pairs)), places)


def test_chains_are_cut_into_groups_of_bounded_size_that_balance_folds(sky):
    with pytest.raises(ValueError, match="of 4 overlap groups: too few for 5 folds"):
        make_folds(sky.manifest, 5, 0, sky.groups)
    cut = cut_chains(sky.groups, sky.pairs, 48)
    sizes = np.bincount(cut["group"])
    assert sizes.sum() == 1200 and sizes.max() <= 48
    fold = make_folds(sky.manifest, 5, 0, cut)["fold"].to_numpy()
    assert np.ptp(np.bincount(fold)) < 0.2 * 240


def test_no_model_learns_from_a_cadence_that_shares_a_column_with_its_fold(sky):
    folds = make_folds(sky.manifest, 5, 0, cut_chains(sky.groups, sky.pairs, 48))
    overlaps = overlaps_with(overlapping_folds(folds, sky.groups, sky.pairs), 5)
    fold = fold_of(folds, sky.groups)
    for index in range(5):
        learnt, validated = sky.place[~overlaps[:, index]], sky.place[fold == index]
        assert np.abs(learnt[:, None] - validated).min() >= FREQUENCY_BINS
    assert np.bincount(fold[fold >= 0]).sum() == 1200  # each row is still scored


def test_of_other_cadences_none_is_left_out(sky):
    folds = make_folds(sky.manifest, 5, 0, cut_chains(sky.groups, sky.pairs, 48))
    overlaps = overlaps_with(overlapping_folds(folds, sky.groups, sky.pairs), 5)
    fold = fold_of(folds, sky.groups)
    for index in range(5):
        far, validated = sky.place[overlaps[:, index]], sky.place[fold == index]
        assert (np.abs(far[:, None] - validated).min(axis=1) < FREQUENCY_BINS).all()


def test_chains_are_cut_where_the_fewest_columns_are_shared():
    shared = {"ab": 200, "bc": 100, "cd": 30, "de": 100, "ef": 200, "ac": 44}
    pairs = pa.table(
        {
            "collection_a": ["train"] * 6,
            "id_a": [pair[1] for pair in shared],  # either way round
            "collection_b": ["train"] * 6,
            "id_b": [pair[0] for pair in shared],
            "shared_columns": list(shared.values()),
        }
    )
    groups = pa.table({"collection": ["train"] * 7 + ["test"], "id": [*"gfedcbaa"]})
    pairs = numbered_pairs(pairs, groups)
    cut = cut_chains(groups, pairs, 3)
    assert cut["id"].to_pylist() == [*"abcdefg"]
    assert cut["group"].to_pylist() == [0, 0, 0, 1, 1, 1, 2]
    assert len(np.unique(cut_chains(groups, pairs, 1)["group"])) == 7
    assert cut_chains(groups, pairs, 6)["group"].to_pylist() == [0] * 6 + [1]


def test_the_order_of_the_tables_does_not_matter(sky):
    random = np.random.default_rng(1)
    groups, pairs = (
        table.take(random.permutation(len(table))) for table in (sky.groups, sky.named_pairs)
    )
    assert cut_chains(groups, numbered_pairs(pairs, groups), 48).equals(
        cut_chains(sky.groups, sky.pairs, 48)
    )


def test_grouped_folds_leave_out_what_is_of_a_group_of_theirs():
    groups = pa.table(
        {
            "collection": ["train", "test", "train", "test", "train_old"],
            "id": ["a", "b", "c", "d", "e"],
            "group": [4, 4, 2, 7, 2],
        }
    )
    folds = pa.table({"id": ["a", "c"], "target": [0, 1], "fold": [1, 0]})
    table = overlapping_folds(folds, groups)
    assert table["folds"].to_pylist() == [[1], [1], [0], [0], [0]]
    assert table.select(["collection", "id"]).equals(groups.select(["collection", "id"]))


def test_what_each_fold_leaves_out_is_counted_by_collection():
    ids = ["a", "b", "c", "d", "e", "f", "t"]
    folds = pa.table({"id": ids[:6], "target": [0, 1, 1, 1, 0, 0], "fold": [0, 0, 0, 1, 1, 1]})
    overlapping = pa.table(
        {
            "collection": ["train"] * 6 + ["test"],
            "id": ids,
            "folds": [[0], [0], [0, 1], [1], [1], [0, 1], [1]],
        }
    )
    assert left_out(folds, overlapping) == [
        *[(0, "train", 1, 3), (0, "test", 0, 1)],
        *[(1, "train", 1, 3), (1, "test", 1, 1)],
    ]
    without_b = folds.set_column(1, "target", pa.array([0, 0, 1, 1, 0, 0]))
    with pytest.raises(ValueError, match="no positives are left for the model of fold 1 to learn"):
        left_out(without_b, overlapping)


@pytest.fixture
def run(sky, tmp_path, monkeypatch, capsys):
    """Run the command line over the sky's tables. Returns what it prints."""
    monkeypatch.chdir(tmp_path)
    for name in ("manifest", "groups", "named_pairs"):
        write_table(f"{name}.parquet", getattr(sky, name))

    def run(options: str) -> str:
        words = "make_folds --manifest manifest.parquet --count 5 --seed 0 --folds folds.parquet"
        monkeypatch.setattr("sys.argv", [*words.split(), *options.split()])
        script.main()
        return capsys.readouterr().out

    return run


def test_the_command_line_purges_where_pairs_are_given_and_tells_what_is_left_out(sky, run):
    options = "--groups groups.parquet --overlapping overlapping.parquet --largest-group 0.2"
    told = run(f"{options} --pairs named_pairs.parquet")
    folds = pq.read_table("folds.parquet")
    assert folds.equals(make_folds(sky.manifest, 5, 0, cut_chains(sky.groups, sky.pairs, 48)))
    overlapping = pq.read_table("overlapping.parquet")
    assert overlapping.equals(overlapping_folds(folds, sky.groups, sky.pairs))
    for fold, collection, dropped, rows in left_out(folds, overlapping):
        assert f"fold {fold} does not learn from {dropped} of {rows} rows of {collection}\n" in told
    assert len(told.splitlines()) == 5 * len(COUNTS)


def test_pairs_without_groups_are_refused(run, capsys):
    with pytest.raises(SystemExit):
        run("--pairs pairs.parquet")
    assert "--pairs needs --groups" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run("--groups groups.parquet")
    assert "--groups and --overlapping: give both or neither" in capsys.readouterr().err


def test_what_a_test_cadence_shares_is_learnt_by_the_models_of_all_folds_but_one():
    groups = pa.table(
        {
            "collection": ["train", "train", "test", "test", "train_old", "test", "train_old"],
            "id": ["a", "b", "x", "y", "p", "z", "q"],
            "group": [0, 1, 1, 2, 2, 3, 4],
        }
    )
    folds = pa.table({"id": ["a", "b"], "fold": [0, 1]})
    pairs = pa.table({name: pa.array([], pa.int32()) for name in ("first", "second")})
    for known_pairs, fold_of_x in (
        (None, [1]),
        (pairs, []),
    ):  # without a pair, nothing is said of x
        overlapping = overlapping_folds(folds, groups, known_pairs)
        assert overlapping["folds"].to_pylist() == [[0], [1], fold_of_x, [0], [0], [1], []]

"""The report counts exactly the rows whose background is on the other side too."""

import csv
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest

from abacad.folds.chains import cut_chains
from abacad.folds.overlapping import overlapping_folds
from abacad.folds.split import make_folds
from abacad.overlaps.leaks import (
    count_covered,
    count_leaks,
    count_left_out,
    count_true_pairs,
    find_conflicts,
)
from abacad.tables.files import write_table
from abacad.tables.pairs import numbered_pairs
from overlaps import report_leaks

TRAIN = [f"train{index}" for index in range(6)]
NAMED_PAIRS = pa.table(
    {
        "collection_a": ["train", "train", "test", "train_old"],
        "id_a": ["train0", "train2", "test0", "old0"],
        "collection_b": ["train", "train", "train", "test"],
        "id_b": ["train1", "train3", "train0", "test0"],
        "shift": [0, 128, 64, 64],
        "least_cosine": [1.0, 1.0, 1.0, 1.0],
    }
)
GROUPS = pa.table(
    {
        "collection": ["train"] * 6 + ["test", "train_old"],
        "id": [*TRAIN, "test0", "old0"],
        "group": [0, 0, 1, 1, 2, 3, 0, 0],
    }
)
BINS = 256  # of a cadence
PAIRS = numbered_pairs(NAMED_PAIRS, GROUPS)


def folds(*numbers: int) -> pa.Table:
    return pa.table({"id": TRAIN, "target": [0, 1, 0, 1, 0, 1], "fold": list(numbers)})


def overlapping(*folds: list[int]) -> pa.Table:
    """Of train, then of test0 and old0."""
    return GROUPS.select(["collection", "id"]).append_column("folds", pa.array(folds))


def counts(**splits: tuple[pa.Table, pa.Table | None]) -> dict[str, int]:
    return {row["what"]: row["count"] for row in count_leaks(PAIRS, GROUPS, splits)}


def test_both_rows_of_a_pair_in_two_folds_leak_and_a_pair_in_one_fold_does_not():
    apart, together = folds(0, 1, 0, 0, 1, 1), folds(0, 0, 1, 1, 0, 1)
    leaks = counts(apart=(apart, None), together=(together, None))
    where = "validation rows with a partner in their training folds"
    assert (leaks[f"{where}, apart"], leaks[f"{where}, together"]) == (2, 0)


def test_what_is_left_out_of_a_folds_training_does_not_leak_into_it():
    split = folds(0, 1, 0, 0, 1, 1)
    one_way = overlapping([0, 1], [1], [0], [0], [1], [1], [1], [])
    leaks = counts(purged=(split, overlapping([0, 1], [0, 1], [0], [0], [1], [1], [0], [])))
    assert [leaks[name] for name in VALIDATION] == [0, 0, 0]
    leaks = counts(purged=(split, one_way))  # fold 0 learns from train1 and from test0
    assert [leaks[name] for name in VALIDATION] == [1, 1, 0]
    shuffled = one_way.take([7, 1, 0, 2, 3, 4, 6, 5])
    assert counts(purged=(split, shuffled)) == leaks


def test_a_chain_that_ten_cadences_cover_leaks_nothing_where_folds_are_purged():
    random = np.random.default_rng(0)
    place = np.sort(random.integers(0, 200 * 256 // 10, 200))
    collection = random.permutation(["train"] * 120 + ["test"] * 40 + ["train_old"] * 40)
    ids = np.array([f"{row:03d}" for row in range(200)])
    first, second = np.nonzero(np.triu(place - place[:, None] < 256, 1))
    shift = place[first] - place[second]
    pairs = {"collection_a": collection[first], "id_a": ids[first]}
    pairs |= {"collection_b": collection[second], "id_b": ids[second]}
    pairs = pa.table(pairs | {"shift": shift, "shared_columns": 256 - abs(shift)})
    groups = pa.table({"collection": collection, "id": ids, "group": np.zeros(200, int)})
    pairs = numbered_pairs(pairs, groups)
    train = ids[collection == "train"]
    manifest = pa.table({"id": train, "target": np.arange(120) % 2, "ok": [True] * 120})

    split = make_folds(manifest, 3, 0, cut_chains(groups, pairs, most=20))
    splits = {"cut": (split, None), "purged": (split, overlapping_folds(split, groups, pairs))}
    leaks = {row["what"]: row["count"] for row in count_leaks(pairs, groups, splits)}
    assert [leaks[name] for name in VALIDATION] == [0, 0, 0]
    assert all(leaks[name.replace("purged", "cut")] > 30 for name in VALIDATION)


VALIDATION = [
    "validation rows with a partner in their training folds, purged",
    "validation rows with a partner on the test side that their model may learn from, purged",
    "validation rows with a partner in old data that their model may learn from, purged",
]


def test_what_each_folds_model_leaves_out_is_counted():
    left_out = count_left_out(
        folds(0, 1, 0, 0, 1, 1), overlapping([0, 1], [0, 1], [0], [0], [1], [1], [0], [])
    )
    assert {row["what"]: (row["count"], row["of"]) for row in left_out} == {
        "rows of train that the model of fold 0 leaves out": (1, 3),
        "rows of test that the model of fold 0 leaves out": (1, 1),
        "rows of train_old that the model of fold 0 leaves out": (0, 1),
        "rows of train that the model of fold 1 leaves out": (1, 3),
        "rows of test that the model of fold 1 leaves out": (0, 1),
        "rows of train_old that the model of fold 1 leaves out": (0, 1),
    }


def test_partners_elsewhere_are_counted_where_they_overlap_directly():
    leaks = counts()
    assert leaks["training rows with a partner on the test side"] == 1
    assert leaks["training rows with a partner in old data"] == 0  # old0 overlaps test0 alone


def test_of_true_pairs_those_that_were_found_are_counted_and_of_found_ones_those_that_are_true():
    truth = pa.table(
        {
            "collection": ["train"] * 6 + ["test", "train_old", "test"],
            "id": [*TRAIN, "test0", "old0", "bad"],  # of a bad file, so in no group
            "stretch": [0, 0, 1, 1, 1, 2, 0, 3, 0],
            "offset": [500, 500, 100, 90, 300, 0, 564, 0, 500],
        }
    )
    rows = count_true_pairs(PAIRS, GROUPS, truth, BINS)
    assert [(row["count"], row["of"]) for row in rows] == [
        (2, 4),  # not train1 and test0; nor train2 and train3, whose shift is not 128 but 10
        (0, 2),  # train4 with train2 and with train3, which share 56 and 46 columns
        (2, 4),
    ]


def test_a_column_is_covered_once_however_many_partners_share_it():
    covered = {row["what"]: (row["count"], row["of"]) for row in count_covered(PAIRS, GROUPS, BINS)}
    assert covered == {
        "columns of train that a partner shares": (256 + 256 + 128 + 128, 6 * 256),
        "columns of test that a partner shares": (256, 256),
        "columns of train_old that a partner shares": (192, 256),
    }


def test_the_same_cadence_with_two_labels_is_a_conflict_and_a_needle_makes_another_of_it():
    conflict = {"id_a": "train0", "target_a": 0, "id_b": "train1", "target_b": 1}
    assert find_conflicts(PAIRS, GROUPS, folds(0, 0, 1, 1, 0, 1)) == [conflict]
    needle = PAIRS.drop_columns("least_cosine").append_column("least_cosine", [[0.97, 1, 1, 1]])
    assert find_conflicts(needle, GROUPS, folds(0, 0, 1, 1, 0, 1)) == []


def test_the_command_line_writes_the_tables(tmp_path, monkeypatch):
    known = overlapping([0], [0], [1], [1], [0], [1], [0], [0])
    tables = {"pairs": NAMED_PAIRS, "groups": GROUPS, "folds": folds(0, 0, 1, 1, 0, 1)}
    for name, table in (tables | {"overlapping": known}).items():
        write_table(tmp_path / f"{name}.parquet", table)
    monkeypatch.chdir(tmp_path)
    inputs = "--pairs pairs.parquet --groups groups.parquet --folds folds.parquet --seed 0"
    inputs += " --overlapping overlapping.parquet --frequency-bins 256"
    outputs = "--table leaks.tsv --conflicts conflicts.tsv"
    monkeypatch.setattr("sys.argv", ["report_leaks", *inputs.split(), *outputs.split()])
    report_leaks.main()
    with open("leaks.tsv") as file:
        rows = {row["what"]: row for row in csv.DictReader(file, delimiter="\t")}
    assert rows["training rows with a partner on the test side"]["share"] == "0.1667"
    assert rows["validation rows with a partner in their training folds, folds"]["count"] == "0"
    assert rows["rows of test that the model of fold 0 leaves out"]["share"] == "1.0000"
    assert len((tmp_path / "conflicts.tsv").read_text().splitlines()) == 2  # a header, a pair


def test_pairs_without_their_columns_are_refused(tmp_path, monkeypatch):
    write_table(tmp_path / "pairs.parquet", NAMED_PAIRS.drop_columns("id_b"))
    write_table(tmp_path / "groups.parquet", GROUPS)
    write_table(tmp_path / "folds.parquet", folds(0, 0, 1, 1, 0, 1))
    words = "report_leaks --pairs pairs.parquet --groups groups.parquet --folds folds.parquet"
    words += " --seed 0 --frequency-bins 256 --table leaks.tsv --conflicts conflicts.tsv"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", words.split())
    with pytest.raises(KeyError, match="pairs.parquet: no column 'id_b'"):
        report_leaks.main()


# The same as by looking at one pair after the other


@dataclass(frozen=True)
class Sky:
    """Cadences of all collections, where they were cut, and those pairs of them that were found."""

    groups: pa.Table
    truth: pa.Table
    pairs: pa.Table

    def named(self, row: int) -> tuple[str, str]:
        return self.groups["collection"][row].as_py(), self.groups["id"][row].as_py()


@pytest.fixture(params=range(5))
def sky(request) -> Sky:
    """40 cadences of 3 stretches. A tenth of the pairs is not found, and a tenth has a wrong shift."""
    random = np.random.default_rng(request.param)
    collection = random.permutation(["train"] * 20 + ["test"] * 10 + ["train_old"] * 10)
    groups = pa.table({"collection": collection, "id": [f"{row:02d}" for row in range(40)]})
    stretch, offset = random.integers([[3], [900]], size=(2, 40))
    truth = groups.append_column("stretch", [stretch]).append_column("offset", [offset])
    truth = pa.concat_tables([truth, truth.slice(0, 1).set_column(1, "id", [["bad"]])])
    truth = truth.take(random.permutation(41))
    shift = offset[:, np.newaxis] - offset
    near = (np.abs(shift) < 248) & (stretch[:, np.newaxis] == stretch)
    first, second = np.nonzero(np.triu(near, 1) & (random.random((40, 40)) < 0.9))
    wrong = random.random(len(first)) < 0.1
    pairs = {"first": first, "second": second, "shift": shift[first, second] + wrong}
    return Sky(groups, truth, pa.table(pairs))


def test_leaks_are_those_that_one_finds_pair_by_pair(sky):
    random = np.random.default_rng(0)
    train = [cadence_id for of, cadence_id in map(sky.named, range(40)) if of == "train"]
    split = pa.table({"id": train, "fold": random.integers(3, size=20)})
    lists = [np.flatnonzero(random.random(3) < 0.4).tolist() for _ in range(40)]
    known = sky.groups.append_column("folds", pa.array(lists, pa.list_(pa.int16())))
    fold_of = dict(zip(train, split["fold"].to_pylist(), strict=True))
    sides = {"in their training folds": {"train"}, "on the test side": {"test"}, "in old data": OLD}

    expected = {}
    for name in ("plain", "purged"):
        for side, collections in sides.items():
            leaking = set()
            for pair in sky.pairs.to_pylist():
                ends = pair["first"], pair["second"]
                for here, there in (ends, ends[::-1]):
                    (of, one), (of_other, other) = sky.named(here), sky.named(there)
                    if of != "train" or of_other not in collections:
                        continue
                    overlaps = fold_of.get(other) == fold_of[one]
                    if name == "purged":
                        overlaps = fold_of[one] in lists[there]
                    if not overlaps:
                        leaking.add(one)
            expected[name, side] = len(leaking)
    rows = count_leaks(sky.pairs, sky.groups, {"plain": (split, None), "purged": (split, known)})
    found = [row["count"] for row in rows]
    assert found[:6] == [*expected.values()]
    assert len(set(found)) > 3


OLD = {"train_old", "test_old"}


def test_true_pairs_are_those_that_one_finds_pair_by_pair(sky):
    place = {
        (row["collection"], row["id"]): (row["stretch"], row["offset"])
        for row in sky.truth.to_pylist()
    }
    found, right = set(), 0
    for pair in sky.pairs.to_pylist():
        (stretch, offset), (other_stretch, other_offset) = (
            place[sky.named(pair[end])] for end in ("first", "second")
        )
        if stretch == other_stretch and offset - other_offset == pair["shift"]:
            found.add((pair["first"], pair["second"]))
            right += 1
    many, few = set(), set()
    for pair in combinations(range(40), 2):
        (stretch, offset), (other_stretch, other_offset) = (place[sky.named(row)] for row in pair)
        columns = 256 - abs(offset - other_offset)
        if stretch == other_stretch and columns >= 24:
            (many if columns >= 64 else few).add(pair)
    rows = count_true_pairs(sky.pairs, sky.groups, sky.truth, BINS)
    assert [(row["count"], row["of"]) for row in rows] == [
        (len(many & found), len(many)),
        (len(few & found), len(few)),
        (right, len(sky.pairs)),
    ]
    assert 0 < len(many & found) < len(many) and right < len(sky.pairs)

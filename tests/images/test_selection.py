"""A model never learns from the rows that it is scored on, and everything else is where it belongs."""

import numpy as np
import pyarrow as pa
import pytest

from abacad.images.selection import (
    Rows,
    apart_from_every_fold,
    apart_from_fold,
    check_apart,
    fold_rows,
    held_out,
    of_kinds,
    prediction_rows,
    pretraining_rows,
    without_kind,
)

IDS = {
    "train": ["a", "b", "c", "d", "e"],
    "test": ["x", "y", "z"],
    "train_old": ["o", "p"],
    "test_old": ["q"],
    "injected": ["0", "1", "2", "3"],
    "completeness": ["5", "6", "7", "8"],
}
FOLDS = pa.table({"id": IDS["train"], "target": [0, 1, 0, 1, 0], "fold": [0, 1, 0, 0, 1]})
OLD = {
    "train_old": pa.table(
        {"id": ["bad", "o", "p"], "target": [1, 0, 1], "ok": [False, True, True]}
    ),
    "test_old": pa.table({"id": ["q"], "target": [1], "ok": [True]}),
}
INJECTED = pa.table(  # e is of fold 1
    {
        "id": IDS["injected"],
        "target": [1, 1, 0, 1],
        "kind": ["dot", "s_shape", None, "dot"],
        "background_collection": ["train", "train", "test", "test"],
        "background_id": ["a", "e", "x", "z"],
    }
)
COMPLETENESS = pa.table(
    {
        "id": IDS["completeness"],
        "background_collection": ["test"] * 4,
        "background_id": ["x", "y", "z", "z"],
    }
)
OVERLAPPING = pa.table(  # with fold 1: x and p, and d of fold 0
    {
        "collection": [name for name, ids in [*IDS.items()][:4] for _ in ids],
        "id": [cadence_id for _, ids in [*IDS.items()][:4] for cadence_id in ids],
        "folds": [[0], [1], [0], [0, 1], [1], [1], [0], [], [], [1], []],
    }
)


def named(rows: Rows) -> list[tuple[str, float]]:
    """(id, label) of each row."""
    ids = [IDS[of][place] for of, place in zip(rows.collections, rows.places, strict=True)]
    return list(zip(ids, rows.labels.tolist(), strict=True))


def test_a_fold_is_scored_on_its_own_rows_and_learns_from_all_others():
    training, validation = fold_rows(IDS, FOLDS, 1)
    assert named(validation) == [("b", 1), ("e", 0)]
    assert named(training) == [("a", 0), ("c", 0), ("d", 1)]


def test_pseudo_labelled_rows_keep_their_soft_labels():
    labels = pa.table({"collection": ["test", "test"], "id": ["z", "x"], "label": [0.25, 0.75]})
    training, _ = fold_rows(IDS, FOLDS, 1, labels)
    assert named(training)[3:] == [("z", 0.25), ("x", 0.75)]


def test_of_old_collections_only_good_positives_are_learnt_from():
    training, _ = fold_rows(IDS, FOLDS, 1, old_manifests=OLD)
    assert named(training)[3:] == [("p", 1), ("q", 1)]


def test_a_pseudo_label_of_a_validation_row_is_refused_by_id():
    labels = pa.table({"collection": ["train"], "id": ["e"], "label": [0.5]})
    with pytest.raises(ValueError, match="validation rows are among .* cadence e of train"):
        fold_rows(IDS, FOLDS, 1, labels)


def test_rows_on_both_sides_are_refused():
    rows = Rows(np.array(["train"]), np.array([3]), np.array([1], np.float32))
    with pytest.raises(ValueError, match="cadence d of train"):
        check_apart(IDS, rows, rows)


def test_pretraining_learns_from_all_old_cadences_and_is_scored_on_its_fold():
    training, validation = pretraining_rows(IDS, FOLDS, 1, OLD)
    assert named(training) == [("o", 0), ("p", 1), ("q", 1)]
    assert named(validation) == [("b", 1), ("e", 0)]


def test_pretraining_on_half_of_the_old_data_is_refused():
    half = {"train_old": OLD["train_old"]}
    with pytest.raises(ValueError, match="train_old, test_old wanted, not train_old"):
        pretraining_rows(IDS, FOLDS, 1, half)


def test_a_fold_predicts_its_own_rows_and_all_of_test_once_each():
    rows = prediction_rows(IDS, FOLDS, 0)
    assert [name for name, _ in named(rows)] == ["a", "c", "d", "x", "y", "z"]


def test_without_stores_of_test_only_the_fold_is_predicted():
    rows = prediction_rows({"train": IDS["train"]}, FOLDS, 0)
    assert [name for name, _ in named(rows)] == ["a", "c", "d"]


@pytest.mark.parametrize(
    ("ids", "fold", "labels", "message"),
    [
        (IDS, 2, None, "no fold 2; there are 0, 1"),
        (IDS | {"train": ["a", "b"]}, 0, None, "do not hold the same ids"),
        (IDS, 0, {"collection": ["test"], "id": ["w"], "label": [0.5]}, "test lack 1 .* w"),
        (
            {"train": IDS["train"]},
            0,
            {"collection": ["test"], "id": ["x"], "label": [0.5]},
            "no store of test",
        ),
    ],
)
def test_what_the_stores_do_not_hold_is_an_error(ids, fold, labels, message):
    with pytest.raises(ValueError, match=message):
        fold_rows(ids, FOLDS, fold, pa.table(labels) if labels else None)


def test_injected_cadences_are_learnt_from_but_for_those_with_a_background_of_the_fold():
    training, validation = fold_rows(IDS, FOLDS, 1, injected=INJECTED)
    assert named(training)[3:] == [("0", 1), ("2", 0), ("3", 1)]
    assert named(validation) == [("b", 1), ("e", 0)]


def test_kinds_of_injected_needles_are_chosen_and_those_without_a_needle_always():
    chosen = of_kinds(INJECTED, ["s_shape"])
    assert chosen["id"].to_pylist() == ["1", "2"]
    training, _ = fold_rows(IDS, FOLDS, 0, injected=chosen)
    assert named(training)[2:] == [("1", 1), ("2", 0)]


def test_what_overlaps_with_the_fold_is_not_learnt_from_of_whatever_collection():
    labels = pa.table({"collection": ["test", "test"], "id": ["z", "x"], "label": [0.25, 0.75]})
    training, validation = fold_rows(IDS, FOLDS, 1, labels, OLD, INJECTED)
    apart = apart_from_fold(IDS, training, OVERLAPPING, 1, INJECTED)
    assert named(apart) == [
        *[("a", 0), ("c", 0), ("z", 0.25), ("q", 1)],
        *[("0", 1), ("3", 1)],  # 2 is injected into x
    ]
    assert named(validation) == [("b", 1), ("e", 0)]


def test_what_one_fold_leaves_out_another_learns_from():
    training, validation = fold_rows(IDS, FOLDS, 0, injected=INJECTED)
    apart = apart_from_fold(IDS, training, OVERLAPPING, 0, INJECTED)
    assert named(apart) == [("b", 1), ("e", 0), ("1", 1), ("2", 0), ("3", 1)]
    assert ("d", 1) in named(validation)  # which fold 1 leaves out is still scored in its own


def test_what_all_folds_start_from_overlaps_with_none_of_them():
    training, validation = pretraining_rows(IDS, FOLDS, 0, OLD)
    assert named(training) == [("o", 0), ("p", 1), ("q", 1)]
    assert named(apart_from_every_fold(IDS, training, OVERLAPPING)) == [("o", 0), ("q", 1)]
    assert named(validation) == [("a", 0), ("c", 0), ("d", 1)]


def test_nothing_to_learn_from_stays_nothing():
    nothing = Rows(np.empty(0, str), np.empty(0, np.int64), np.empty(0, np.float32))
    assert len(apart_from_fold(IDS, nothing, OVERLAPPING, 0)) == 0


def test_a_cadence_of_which_no_overlaps_are_known_is_named():
    training, _ = fold_rows(IDS, FOLDS, 0, injected=INJECTED)
    without_e = pa.concat_tables([OVERLAPPING.slice(0, 4), OVERLAPPING.slice(5)])
    with pytest.raises(ValueError, match=r"1 rows \(train e\) are not in the table of overlaps"):
        apart_from_fold(IDS, training, without_e, 0, INJECTED)
    with pytest.raises(ValueError, match=r"2 rows \(test x, test z\) are not in the table"):
        apart_from_fold(IDS, training, OVERLAPPING.slice(0, 5), 0, INJECTED)


def test_the_models_that_are_asked_for_completeness_learn_nothing_of_its_backgrounds():
    labels = pa.table({"collection": ["test"] * 3, "id": ["x", "y", "z"], "label": [0.5] * 3})
    asked = {}
    for fold in (0, 1):
        apart = held_out(COMPLETENESS, OVERLAPPING, fold)
        asked[fold] = COMPLETENESS.filter(pa.array(apart))["background_id"].to_pylist()
        training, _ = fold_rows(IDS, FOLDS, fold, labels, OLD, INJECTED)
        learnt = {
            one for one, _ in named(apart_from_fold(IDS, training, OVERLAPPING, fold, INJECTED))
        }
        assert not learnt & {*asked[fold], *("2" for one in asked[fold] if one == "x")}
    assert asked == {0: ["y"], 1: ["x"]}


def test_a_kind_that_is_left_out_is_learnt_of_injected_cadences_alone():
    training, _ = fold_rows(IDS, FOLDS, 1, old_manifests=OLD, injected=INJECTED)
    truth = OVERLAPPING.select(["collection", "id"]).append_column(
        "kind", pa.array([None, "dot", None, "dot", *[None] * 5, "dot", "dashed"])
    )
    kept = without_kind(IDS, training, truth, "dot")
    assert named(kept) == [("a", 0), ("c", 0), ("q", 1), ("0", 1), ("2", 0), ("3", 1)]
    with pytest.raises(ValueError, match="1 cadences are not in the truth, as q"):
        without_kind(IDS, training, truth.slice(0, 10), "dot")

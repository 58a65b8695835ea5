"""Forests are scored on rows that they did not learn from, and a random split shows what it leaks."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from compare_splits import (
    Rows,
    compare,
    draw_folds,
    made_rows,
    mean_of,
    out_of_fold,
    read_features,
    score,
    share_seen,
)
from describe_rows import ENERGY

from abacad.tables.files import write_json

FOLDS = 3


def rows_of_few_backgrounds(backgrounds: int = 40, each: int = 8) -> tuple[Rows, np.ndarray]:
    """Rows and their features: those without a needle are copies of their background, and a needle adds a
    little, so that only who knows the background can tell."""
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(backgrounds), each)
    target = np.tile([0, 1], backgrounds * each // 2)
    features = rng.standard_normal((backgrounds, 6))[group]
    features[:, 0] += target * rng.uniform(0.1, 0.4, len(target))
    ids = [str(number) for number in range(len(target))]
    return Rows(ids, target, group.astype(str), group % FOLDS, group), features


def test_grouped_folds_keep_groups_together_and_random_ones_do_not():
    rows, _ = rows_of_few_backgrounds()
    grouped = draw_folds(rows.target, rows.group, FOLDS, 0)
    random = draw_folds(rows.target, None, FOLDS, 0)
    assert share_seen(rows.backgrounds, grouped) == 0
    assert share_seen(rows.backgrounds, random) > 0.9
    for fold in (grouped, random):
        sizes = np.bincount(fold, minlength=FOLDS)
        assert sizes.max() - sizes.min() <= 8
        assert np.bincount(fold, rows.target, FOLDS) == pytest.approx(sizes / 2, abs=1)
    assert (draw_folds(rows.target, None, FOLDS, 1) != random).any()


def test_a_row_is_seen_if_its_background_is_in_another_fold():
    backgrounds = np.array(["a", "a", "b", "b", "c"])
    assert share_seen(backgrounds, np.array([0, 1, 2, 2, 0])) == pytest.approx(2 / 5)


def test_the_labels_of_a_fold_do_not_reach_its_own_predictions():
    rows, features = rows_of_few_backgrounds()
    told = out_of_fold(features, rows.target, rows.fold, trees=10, threads=1)
    first = rows.fold == 0
    turned = np.where(first, 1 - rows.target, rows.target)
    other = out_of_fold(features, turned, rows.fold, trees=10, threads=1)
    assert (told[first] == other[first]).all()
    assert (told[~first] != other[~first]).any()


def test_a_random_split_flatters_a_forest_that_knows_the_backgrounds():
    rows, features = rows_of_few_backgrounds()
    auc = {}
    for split, groups in (("grouped", rows.group), ("random", None)):
        fold = draw_folds(rows.target, groups, FOLDS, 0)
        prediction = out_of_fold(features, rows.target, fold, trees=100, threads=1)
        auc[split] = score(rows, fold, prediction)[0]["auc"]
    assert auc["random"] > auc["grouped"] + 0.2


def test_the_mean_of_draws_is_the_mean_of_their_scores_and_of_each_resample():
    names = ("auc", "recall", "partial_auc")
    draws = [
        (dict.fromkeys(names, value), pa.table(dict.fromkeys(names, [value, value + 0.1])))
        for value in (0.5, 0.7)
    ]
    means, resampled = mean_of(draws)
    assert means["auc"] == pytest.approx(0.6)
    assert resampled["recall"].to_pylist() == pytest.approx([0.6, 0.7])
    assert means["auc_low"] < means["auc_high"] <= 0.7


def write(path, **columns):
    pq.write_table(pa.table(columns), path)
    return str(path)


def test_tables_are_read_in_the_order_of_the_rows(tmp_path):
    parts = [
        write(tmp_path / "0.parquet", collection=["train"], id=["a"], value=[1.0]),
        write(tmp_path / "1.parquet", collection=["train"], id=["b"], value=[2.0]),
    ]
    assert {name: [*values] for name, values in read_features(parts, ["b", "a"]).items()} == {
        "value": [2.0, 1.0]
    }
    with pytest.raises(ValueError, match=r"1\.parquet: nothing of 1 rows \(c\)"):
        read_features(parts, ["a", "c"])
    with pytest.raises(ValueError, match="1 ids are there twice"):
        read_features([*parts, parts[0]], ["a"])
    with pytest.raises(KeyError, match=r"0\.parquet: no column 'id'"):
        read_features([write(tmp_path / "0.parquet", value=[1.0])], ["a"])


def test_made_rows_have_the_group_of_their_background(tmp_path):
    run = Rows(
        ["a", "b"], np.array([0, 0]), np.array(["a", "b"]), np.array([0, 1]), np.array([5, 6])
    )
    path = write(tmp_path / "made.parquet", id=["0", "1"], target=[0, 1], background_id=["b", "b"])
    rows = made_rows(path, run)
    assert [*rows.group] == [6, 6] and [*rows.fold] == [1, 1] and [*rows.target] == [0, 1]
    path = write(tmp_path / "made.parquet", id=["0"], target=[0], background_id=["c"])
    with pytest.raises(ValueError, match=r"made\.parquet: backgrounds that .*: 1 rows \(c\)"):
        made_rows(path, run)


@pytest.fixture
def finished(tmp_path):
    """What `compare` reads: of a run of 320 rows, and of rows made of it."""
    rows, features = rows_of_few_backgrounds()
    columns = {f"feature{place}": values for place, values in enumerate(features.T)}
    columns |= dict.fromkeys(ENERGY, features[:, 0])
    scores = tmp_path / "scores/residual/round1.json"
    value = {f"{name}{end}": 0.5 for name in ("auc", "recall") for end in ("", "_low", "_high")}
    write_json(scores, {**value, "rows": len(rows.ids)})
    folds = {"id": rows.ids, "target": rows.target, "fold": rows.fold, "group": rows.group}
    made = {"id": rows.ids, "target": rows.target, "background_id": np.repeat(rows.ids[::8], 8)}
    return SimpleNamespace(
        folds=write(tmp_path / "folds.parquet", **folds),
        run=[write(tmp_path / "run_levelled.parquet", id=rows.ids, **columns)],
        made=[write(tmp_path / "often.parquet", **made)],
        features=[write(tmp_path / "often_spline.parquet", id=rows.ids, **columns)],
        scores=[str(scores)],
        statistics=[write(tmp_path / "0-of-1.parquet", id=rows.ids, least=1.0 * rows.target)],
        trees=20,
        threads=1,
    )


def test_all_detectors_and_both_splits_are_told(finished, capsys):
    compare(finished)
    printed = capsys.readouterr().out
    cells = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in printed.splitlines()
        if line.startswith("| ") and "---" not in line
    ]
    told = {(row[0], row[1]): row for row in cells}
    assert len(told) == 1 + len(ENERGY) + 3 + 1 + 3  # with the two headings
    assert told["`residual`", ""][2] == "0.500"
    with_search = told["random forest, with the statistics of `search_drift`", "levelled"]
    assert float(with_search[2]) > 0.95 > float(told["random forest", "levelled"][2])
    made = "320 of 40 backgrounds"
    assert told[made, "grouped"][2] == "0.00" and float(told[made, "random"][2]) > 0.9
    gain = float(told[made, "random"][3]) - float(told[made, "grouped"][3])
    assert float(told[made, "difference"][3]) == pytest.approx(gain, abs=0.002) and gain > 0.1


def test_scores_of_another_run_are_refused_before_any_forest_grows(finished):
    write_json(finished.scores[0], {"rows": 10})
    finished.trees = 0  # a forest would be refused for this
    with pytest.raises(ValueError, match="the scores of residual are not of the 320 rows"):
        compare(finished)

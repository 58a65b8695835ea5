"""Promises of the report: the right AUC beside the right name, and readable tables."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abacad.ensemble.names import METHODS
from abacad.report.on_test import score_on_test, score_run_on_test
from abacad.report.tables import (
    COLUMNS,
    markdown,
    run_name,
    score_rows,
    shift_markdown,
    shift_rows,
    tsv_rows,
)
from conftest import resampled

TRUTH = pa.Table.from_pylist(
    [
        {"collection": "train", "id": "a", "target": 1, "kind": "straight"},
        {"collection": "train", "id": "b", "target": 0, "kind": None},
        {"collection": "test", "id": "s", "target": 1, "kind": "straight"},
        {"collection": "test", "id": "t", "target": 1, "kind": "s_shape"},
        {"collection": "test", "id": "u", "target": 0, "kind": None},
        {"collection": "test", "id": "v", "target": 0, "kind": None},
    ]
)
TEST = pa.table(  # b3 finds the straight one alone, b5 neither, the means both
    {
        "id": ["v", "u", "t", "s"],
        "rank_mean": [0.25, 0.5, 0.75, 1.0],
        "arithmetic_mean": [0.1, 0.2, 0.3, 0.4],
        "power_mean": [0.1, 0.2, 0.3, 0.4],
        "weighted_mean": [0.1, 0.2, 0.3, 0.4],
        "stacked": [0.1, 0.2, 0.3, 0.4],
        "b3": [0.75, 0.5, 0.25, 1.0],
        "b5": [1.0, 0.75, 0.5, 0.25],
    }
)


def score(auc: float, **run) -> dict[str, float]:
    scores = {"auc": auc, "auc_low": auc - 0.125, "auc_high": auc + 0.125}
    scores |= {"recall": auc / 2, "recall_low": auc / 4, "recall_high": auc}
    return scores | {"partial_auc": auc / 4, "partial_auc_low": 0.1, "partial_auc_high": 0.2, **run}


EXPERIMENTS = [
    score(0.5, experiment="b5", round=0),
    score(0.5625, experiment="b5", round=1),
    score(0.625, experiment="b3", round=1),
    score(0.6875, experiment="outsider", round=1),
]
ENSEMBLE = {
    "means": {
        "rank_mean": score(0.75),
        "arithmetic_mean": score(0.8125),
        "power_mean": score(0.78),
        "weighted_mean": score(0.79),
        "stacked": score(0.77),
    },
    "members": {"b5": score(0.5625), "b3": score(0.625)},
}


RESAMPLED = {
    run_name(one["experiment"], one["round"]): resampled(one["auc"]) for one in EXPERIMENTS
}
RESAMPLED |= {name: resampled(mean["auc"], 0.5) for name, mean in ENSEMBLE["means"].items()}

TESTED = {  # each member's test AUCs after round 1, and those of the means
    {"b3": run_name("b3", 1), "b5": run_name("b5", 1)}.get(name, name): aucs
    for name, aucs in score_on_test(TEST, TRUTH).items()
}


def rows_by_name(rows: list[dict]) -> dict[tuple, dict]:
    return {(row["model"], row.get("round")): row for row in rows}


def test_known_and_unseen_kinds_are_each_set_against_all_negatives():
    aucs = score_on_test(TEST, TRUTH)
    assert aucs["b3"] == on_test(auc=(0.5, 1, 0), recall=(0.5, 1, 0))
    assert aucs["b5"] == on_test(auc=(0, 0, 0), recall=(0, 0, 0))
    assert aucs["rank_mean"] == on_test(auc=(1, 1, 1), recall=(1, 1, 1))


def on_test(auc: tuple[float, ...], recall: tuple[float, ...]) -> dict[str, float]:
    """Of all needles, known and unseen kinds; none in between is found, so recall tells partial AUCs."""
    least = 0.5 * (1 - 0.005 / 0.995)  # where nothing is found before a false positive
    found = {}
    for place, needles in enumerate(("", "_known", "_unseen")):
        found[f"test_auc{needles}"] = auc[place]
        found[f"test_recall{needles}"] = recall[place]
        partial = least + (1 - least) * recall[place]
        found[f"test_partial_auc{needles}"] = pytest.approx(partial)
    return found


def test_scores_without_positives_are_left_out():
    without_unseen = TEST.filter(pa.array([True, True, False, True]))
    scores = score_on_test(without_unseen, TRUTH)["b3"]
    some = {f"test_{score}" for score in ("auc", "recall", "partial_auc")}
    assert set(scores) == some | {f"{name}_known" for name in some}


def test_a_run_is_scored_on_test_by_the_mean_rank_of_its_folds(tmp_path):
    """One fold holds all needles equal to a negative, the other finds one: their mean rank finds both."""
    paths = []
    for fold, predictions in enumerate(([0.5, 0.5, 0.5, 0.25], [0.9, 0.8, 0.1, 0.2])):
        rows = {"collection": ["test"] * 4, "id": ["s", "t", "u", "v"], "prediction": predictions}
        paths.append(tmp_path / f"{fold}.parquet")
        pq.write_table(pa.table(rows), paths[-1])
    assert score_run_on_test(paths, TRUTH) == on_test(auc=(1, 1, 1), recall=(1, 1, 1))


def test_a_test_row_that_the_truth_does_not_know_is_named():
    with pytest.raises(ValueError, match=r"1 rows \(s\) of test are not in the truth"):
        score_on_test(TEST, TRUTH.filter(pa.array([True, True, False, True, True, True])))


def test_each_round_of_each_experiment_has_its_row_and_its_test_auc_where_it_is_known():
    rows = rows_by_name(score_rows(EXPERIMENTS, ENSEMBLE, TESTED, RESAMPLED))
    assert rows["b5", 0]["auc"] == 0.5 and "test_auc" not in rows["b5", 0]
    assert rows["b5", 1]["auc"] == 0.5625 and rows["b5", 1]["test_auc"] == 0.0
    assert rows["b3", 1]["test_auc_known"] == 1.0
    assert rows["outsider", 1]["auc"] == 0.6875 and "test_auc" not in rows["outsider", 1]


def test_the_ensemble_stands_beside_the_mean_of_its_members():
    rows = rows_by_name(score_rows(EXPERIMENTS, ENSEMBLE, TESTED, RESAMPLED))
    mean = rows["mean of members", None]
    assert (mean["auc"], mean["test_auc"], mean["test_auc_known"]) == (0.59375, 0.25, 0.5)
    assert (mean["recall"], mean["test_recall"]) == (0.296875, 0.25)
    assert mean["partial_auc"] == 0.1484375
    assert rows["ensemble, rank mean", None]["auc"] == 0.75
    assert rows["ensemble, rank mean", None]["test_auc"] == 1.0
    assert rows["ensemble, arithmetic mean", None]["auc"] == 0.8125


def test_without_truth_the_table_has_no_test_columns():
    text = markdown(score_rows(EXPERIMENTS, ENSEMBLE, {}, RESAMPLED))
    assert "On test" not in text and "kinds" not in text
    assert "0.7500" in text


def test_the_markdown_is_aligned_as_plain_text_and_fits_a_terminal():
    longest = [*EXPERIMENTS, score(0.5, experiment="x" * 50, round=0)]
    of_longest = {run_name("x" * 50, 0): resampled(0.5)}
    text = markdown(score_rows(longest, ENSEMBLE, TESTED, RESAMPLED | of_longest))
    tables = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    assert [len(table) for table in tables] == [2 + len(longest) + 1 + len(METHODS)] * 5
    for table in tables:
        bars = [[i for i, character in enumerate(line) if character == "|"] for line in table]
        assert all(line == bars[0] for line in bars)
    assert max(map(len, text.splitlines())) <= 120


def test_models_are_told_how_far_they_are_from_the_best_on_the_same_resamples():
    rows = rows_by_name(score_rows(EXPERIMENTS, ENSEMBLE, TESTED, RESAMPLED))
    best, b3 = rows["ensemble, arithmetic mean", None], rows["b3", 1]
    assert best["auc_difference"] == best["auc_difference_low"] == best["auc_difference_high"] == 0
    assert (b3["auc_difference"], b3["recall_difference"]) == (0.625 - 0.8125, -0.09375)
    swing = 0.95 * (0.5 - 0.25)  # that of the best in resamples is wider
    assert b3["auc_difference_low"] == pytest.approx(-0.1875 - swing)
    assert b3["auc_difference_high"] == pytest.approx(-0.1875 + swing)
    power_mean = rows["ensemble, power mean", None]  # swings as the best does
    assert power_mean["auc_difference_low"] == pytest.approx(power_mean["auc_difference_high"])


def test_the_markdown_shows_each_score_with_its_interval_its_difference_and_on_test():
    text = markdown(score_rows(EXPERIMENTS, ENSEMBLE, TESTED, RESAMPLED))
    lines = [line for line in text.splitlines() if line.startswith("| b3 ")]
    cells = [[cell.strip() for cell in line.split("|")[3:-1]] for line in lines]
    assert cells == [
        ["0.6250", "0.3125", "0.1562"],
        ["0.5000 to 0.7500", "0.1562 to 0.6250", "0.1000 to 0.2000"],
        ["-0.425 to +0.050", "-0.212 to +0.025", "-0.106 to +0.012"],
        ["0.5000", "0.5000", "0.7487"],
        ["1.0000 / 0.0000", "1.0000 / 0.0000", "1.0000 / 0.4975"],
    ]


def test_the_domain_shift_of_each_store_has_its_row_and_a_missing_one_its_reason():
    shifts = [
        {"store": "raw", "auc": 0.75, "auc_low": 0.5, "auc_high": 0.875, "rows": 9, "folds": []},
        {"store": "nmf", "auc": None, "auc_low": None, "auc_high": None, "why": "one group"},
    ]
    raw, nmf = shift_rows(shifts)
    assert raw == {"store": "raw", **score_texts(0.75, 0.5, 0.875), "rows": 9}
    assert nmf["auc"] is None and nmf["why"] == "one group"
    text = shift_markdown(shifts)
    assert "| raw   |         0.7500 | 0.5000 to 0.8750 |" in text
    assert "| nmf   |        unknown |          unknown |" in text


def score_texts(auc: float, low: float, high: float) -> dict[str, str]:
    return {"auc": f"{auc:.6f}", "auc_low": f"{low:.6f}", "auc_high": f"{high:.6f}"}


def test_the_tsv_has_every_number_under_its_column():
    rows = tsv_rows(score_rows(EXPERIMENTS, ENSEMBLE, TESTED, RESAMPLED))
    assert all(set(row) <= set(COLUMNS) for row in rows)
    assert rows[1]["auc_low"] == "0.437500" and rows[1]["round"] == 1

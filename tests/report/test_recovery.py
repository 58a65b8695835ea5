"""Recall is counted of the right needles, at a threshold that the negatives alone set."""

import csv

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abacad.cadences.layout import COMPETITION
from abacad.report.recovery import (
    COLUMNS,
    HELD_OUT,
    Scored,
    matched_filter_bound,
    recovery_rows,
    search_bound,
    simulated_needles,
    snr_edges,
    tsv_rows,
)
from abacad.score.scores import score_folds
from report import report_recovery

IDS = [str(number) for number in range(8)]
DRIFTS = (
    np.array([0.5, -2, 2, -20, 0, np.nan, np.nan, np.nan]) * COMPETITION.unit_drift
)  # of bins a panel
TRUTH = pa.table(  # four straight needles, ever fainter against their own noise; a dot; negatives
    {
        "collection": ["train"] * 8,
        "id": IDS,
        "kind": ["straight"] * 4 + ["dot"] + [None] * 3,
        "snr": pa.array([100, 80, 60, 80, 50, None, None, None], pa.float32()),
        "drift_rate": pa.array(DRIFTS, pa.float32(), from_pandas=True),
        "noise_level": [1.0, 1, 1, 2, 1, 1, 1, 1],
    }
)
NEEDLES = simulated_needles(TRUTH)
TRIALS = 1000
SCORES = np.array([0.9, 0.8, 0.6, 0.1, 0.7, 0.65, 0.3, 0.2])


def rows(scores=SCORES, groups=None) -> dict[tuple, tuple[int, float]]:
    """{(kind, lowest SNR, lowest drift): (needles, recall)}."""
    groups = np.zeros(8) if groups is None else groups
    model = Scored("b3", None, "train", HELD_OUT, IDS, scores, groups)
    return {
        (row["kind"], row["snr_low"], row["drift_low"]): (row["needles"], row["recall"])
        for row in recovery_rows(
            model, NEEDLES, np.array([40, 55, 70, 100]), COMPETITION.unit_drift, TRIALS
        )
    }


def test_rows_are_ranked_within_their_group_before_one_threshold_is_set():
    groups = np.array([0, 0, 1, 1, 0, 0, 1, 1])
    higher_in_group_1 = np.array([0.9, 0.8, 9, 8, 0.7, 0.6, 7, 6])
    assert rows(higher_in_group_1, groups)["straight", None, None] == (4, 1)
    negative_first_in_group_1 = np.array([0.9, 0.8, 9, 8, 0.7, 0.6, 10, 6])
    assert rows(negative_first_in_group_1, groups)["straight", None, None] == (4, 0)


def test_needles_are_counted_by_kind_and_by_snr_in_their_own_noise():
    assert {key[:2]: value for key, value in rows().items() if key[2] is None} == {
        (None, None): (5, 0.6),
        (None, 40): (2, 0.5),
        (None, 55): (1, 0),
        (None, 70): (2, 1),
        ("straight", None): (4, 0.5),
        ("straight", 40): (1, 0),  # 80 in twice the noise
        ("straight", 55): (1, 0),
        ("straight", 70): (2, 1),
        ("dot", None): (1, 1),
        ("dot", 40): (1, 1),
    }


def test_needles_are_counted_by_drift_whatever_its_sign_and_by_drift_and_snr():
    counted = rows()
    assert {key[2]: counted[key] for key in counted if key[:2] == ("straight", None)} == {
        None: (4, 0.5),
        0: (1, 1),
        1: (2, 0.5),  # 2 bins a panel, up and down
        16: (1, 0),
    }
    assert counted["straight", 70, 1] == (1, 1) and counted["straight", 55, 1] == (1, 0)


def test_limits_of_drift_are_told_in_bins_a_panel_and_in_hertz_a_second():
    model = Scored("b3", None, "train", HELD_OUT, IDS, SCORES, np.zeros(8))
    table = tsv_rows(
        recovery_rows(model, NEEDLES, snr_edges(NEEDLES), COMPETITION.unit_drift, TRIALS)
    )
    limits = {
        tuple(row[f"{name}_{end}"] for name in ("drift", "drift_rate") for end in ("low", "high"))
        for row in table
    }
    assert limits == {
        (None, None, None, None),
        (0, 1, "0.0", "9.8"),
        (1, 4, "9.8", "39.0"),
        (16, np.inf, "156.2", "inf"),
    }


def test_bins_of_snr_hold_about_thirty_needles_of_each_kind_and_as_many_as_each_other():
    def counts(needles: int) -> list[int]:
        snr = np.geomspace(10, 100, needles)
        kinds = [["dot", "straight"][place % 2] for place in range(needles)]
        return np.histogram(snr, snr_edges(pa.table({"snr": snr, "kind": kinds})))[0].tolist()

    assert counts(240) == [60] * 4
    assert counts(20) == [10] * 2
    assert counts(1200) == [200] * 6


def test_the_bound_is_what_a_filter_that_knows_the_needle_finds_in_gaussian_noise():
    rng = np.random.default_rng(0)
    noise, shape = rng.standard_normal((40_000, 30)), rng.random(30)
    for snr in (1.0, 2.5, 4.0):
        needle = snr * shape / np.linalg.norm(shape)
        threshold = np.quantile(noise @ needle, 0.99)
        recall = np.mean((noise[::-1] + needle) @ needle > threshold)
        assert matched_filter_bound(snr) == pytest.approx(recall, abs=0.01)
    assert matched_filter_bound(0) == pytest.approx(0.01)


def test_the_search_bound_is_what_the_largest_of_many_trials_finds():
    rng = np.random.default_rng(0)
    trials = 30
    largest = rng.standard_normal((100_000, trials)).max(axis=1)
    threshold = np.quantile(largest, 0.99)
    for snr in (1.0, 2.5, 4.0):
        trial = rng.standard_normal((100_000, trials))
        trial[:, 7] += snr
        recall = np.mean(trial.max(axis=1) > threshold)
        assert search_bound(snr, trials) == pytest.approx(recall, abs=0.01)
        assert search_bound(snr, trials) < matched_filter_bound(snr) - 0.02


def test_a_search_of_one_trial_knows_the_path_and_one_of_more_finds_less():
    snr = np.linspace(0, 10, 21)
    np.testing.assert_allclose(search_bound(snr, 1), matched_filter_bound(snr))
    by_trials = np.array([search_bound(snr, trials) for trials in (1, 10, 1000, 24_832)])
    np.testing.assert_allclose(by_trials[:, 0], 0.01)  # without a needle, the false positives
    assert np.all(np.diff(by_trials[:, 1:], axis=0) < 0) and np.all(np.diff(by_trials) > 0)


@pytest.mark.parametrize("trials", [0, -5])
def test_a_search_that_tries_nothing_is_refused(trials):
    with pytest.raises(ValueError, match=f"trials: must be 1 or more paths, not {trials}"):
        search_bound(np.array([5.0]), trials)


def test_each_row_has_the_mean_bound_of_its_needles_and_the_negatives_that_set_the_threshold():
    faint = NEEDLES.set_column(3, "snr", pa.array([2.0, 3, 4, 5, 6, None, None, None]))
    model = Scored("b3", None, "train", HELD_OUT, IDS, SCORES, np.zeros(8))
    table = recovery_rows(model, faint, np.array([2, 4, 6]), COMPETITION.unit_drift, TRIALS)
    row = next(r for r in table if (r["kind"], r["snr_low"], r["drift_low"]) == ("straight", 2, 1))
    assert row["needles"] == 1 and row["negatives"] == 3
    assert row["bound"] == matched_filter_bound(3)
    assert row["search_bound"] == search_bound(3, TRIALS)


def test_a_cadence_that_the_truth_does_not_know_is_named():
    with pytest.raises(ValueError, match=r"1 rows \(7\) of train are not in the truth"):
        recovery_rows(
            Scored("b3", None, "train", HELD_OUT, IDS, SCORES, np.zeros(8)),
            NEEDLES.slice(0, 7),
            snr_edges(NEEDLES),
            COMPETITION.unit_drift,
            TRIALS,
        )


def test_the_table_tells_models_apart_that_never_saw_a_kind():
    edges = snr_edges(NEEDLES)
    zeros = np.zeros(8)
    with_it, without = (
        recovery_rows(
            Scored("b3", left_out, "train", HELD_OUT, IDS, scores, zeros),
            NEEDLES,
            edges,
            COMPETITION.unit_drift,
            TRIALS,
        )
        for left_out, scores in ((None, SCORES), ("straight", -SCORES))
    )
    table = tsv_rows(with_it + without)
    assert set(table[0]) == set(COLUMNS)
    assert {row["left_out"] for row in table} == {None, "straight"}
    assert table[0]["recall"] == "0.600"


def test_the_script_reports_each_run_and_the_ensemble_out_of_fold_and_on_test(
    tmp_path, monkeypatch
):
    """The recall over all kinds is that of the table of scores, whatever an experiment is called."""
    rng = np.random.default_rng(0)
    sides, ids = ["train"] * 400 + ["test"] * 100, [f"{row:03d}" for row in range(500)]
    positive = np.arange(500) % 4 == 0
    kinds = np.where(positive, rng.choice(["dot", "dashed"], 500), None)
    fold = rng.integers(0, 2, 400).astype(np.int16)
    predictions = (rng.random(500) + positive * rng.random(500)) / 2
    snr = pa.array([5.0 if kind else None for kind in kinds], pa.float32())
    truth = {"collection": sides, "id": ids, "kind": kinds.tolist(), "snr": snr, "drift_rate": snr}
    pq.write_table(pa.table(truth | {"noise_level": np.ones(500)}), tmp_path / "truth.parquet")
    pq.write_table(pa.table({"id": ids[:400], "fold": fold}), tmp_path / "folds.parquet")
    everything = pa.table({"collection": sides, "id": ids, "prediction": predictions})
    for index in (0, 1):
        own = pa.array([*(fold == index), *[True] * 100])
        pq.write_table(everything.filter(own), tmp_path / f"{index}.parquet")
    ranks = pa.table({"id": ids, "stacked": predictions})
    train = ranks.slice(0, 400).append_column("fold", [fold])
    pq.write_table(train, tmp_path / "out_of_fold.parquet")
    pq.write_table(ranks.slice(400), tmp_path / "test.parquet")

    monkeypatch.chdir(tmp_path)
    words = "report_recovery --truth truth.parquet --folds folds.parquet --trials 1000 --table table.tsv"
    words += " --unit-drift 9.8"
    words += " --out-of-fold out_of_fold.parquet --test test.parquet --method stacked --predictions"
    monkeypatch.setattr("sys.argv", [*words.split(), "ensemble", "", "0.parquet", "1.parquet"])
    report_recovery.main()
    with open("table.tsv", newline="") as file:
        table = [*csv.DictReader(file, delimiter="\t")]
    total = [row for row in table if not row["kind"] + row["snr_low"] + row["drift_low"]]
    models = ("ensemble", "ensemble, stacked")
    scored = [(row["model"], row["rows"]) for row in total]
    assert scored == [(model, side) for model in models for side in ("train", "test")]
    target = positive[:400]
    ((scores, _),) = score_folds(
        target, fold, [predictions[:400]], np.arange(400), resamples=1, seed=0
    )
    recall = scores["recall"]
    assert 0 < recall < 1
    for row in total:
        assert row["search_bound"] == f"{search_bound(5, 1000):.3f}"
        if row["rows"] == "train":
            assert float(row["recall"]) == pytest.approx(recall, abs=1e-3)
            assert float(row["recall_low"]) < recall < float(row["recall_high"])

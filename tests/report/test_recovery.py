"""Recall is counted of the right needles, at a threshold that the negatives alone set."""

import csv

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from matplotlib.image import imread

from abacad.report.figures import plot_recovery
from abacad.report.recovery import COLUMNS, Scored, recovery_rows, snr_edges, tsv_rows
from abacad.score.scores import score_folds
from report import report_recovery

IDS = [str(number) for number in range(8)]
TRUTH = pa.table(  # four straight needles, ever fainter against their own noise; a dot; negatives
    {
        "collection": ["train"] * 8,
        "id": IDS,
        "kind": ["straight"] * 4 + ["dot"] + [None] * 3,
        "snr": pa.array([100, 80, 60, 80, 50, None, None, None], pa.float32()),
        "noise_level": [1.0, 1, 1, 2, 1, 1, 1, 1],
    }
)
SCORES = np.array([0.9, 0.8, 0.6, 0.1, 0.7, 0.65, 0.3, 0.2])


def rows(scores=SCORES, groups=None, **scored) -> dict[tuple, tuple[int, float]]:
    """{(kind, lowest SNR): (needles, recall)}."""
    groups = np.zeros(8) if groups is None else groups
    model = Scored("b3", None, "train", IDS, scores, groups)
    return {
        (row["kind"], row["snr_low"]): (row["needles"], row["recall"])
        for row in recovery_rows(model, TRUTH, np.array([40, 55, 70, 100]))
    }


def test_rows_are_ranked_within_their_group_before_one_threshold_is_set():
    groups = np.array([0, 0, 1, 1, 0, 0, 1, 1])
    higher_in_group_1 = np.array([0.9, 0.8, 9, 8, 0.7, 0.6, 7, 6])
    assert rows(higher_in_group_1, groups)["straight", None] == (4, 1)
    negative_first_in_group_1 = np.array([0.9, 0.8, 9, 8, 0.7, 0.6, 10, 6])
    assert rows(negative_first_in_group_1, groups)["straight", None] == (4, 0)


def test_needles_are_counted_by_kind_and_by_snr_in_their_own_noise():
    assert rows() == {
        ("straight", None): (4, 0.5),
        ("straight", 40): (1, 0),  # 80 in twice the noise
        ("straight", 55): (1, 0),
        ("straight", 70): (2, 1),
        ("dot", None): (1, 1),
        ("dot", 40): (1, 1),
    }


def test_bins_hold_about_as_many_needles_each():
    snr = np.geomspace(10, 100, 400)
    truth = pa.table({"snr": snr, "noise_level": np.ones(400)})
    counts = np.histogram(snr, snr_edges(truth))[0]
    assert counts.tolist() == [100] * 4


def test_a_cadence_that_the_truth_does_not_know_is_named():
    with pytest.raises(ValueError, match=r"1 rows \(7\) of train are not in the truth"):
        recovery_rows(
            Scored("b3", None, "train", IDS, SCORES, np.zeros(8)),
            TRUTH.slice(0, 7),
            snr_edges(TRUTH),
        )


def test_the_table_and_the_plot_tell_models_apart_that_never_saw_a_kind(tmp_path):
    edges = snr_edges(TRUTH)
    zeros = np.zeros(8)
    with_it, without = (
        recovery_rows(Scored("b3", left_out, "train", IDS, scores, zeros), TRUTH, edges)
        for left_out, scores in ((None, SCORES), ("straight", -SCORES))
    )
    table = tsv_rows(with_it + without)
    assert set(table[0]) == set(COLUMNS)
    assert {row["left_out"] for row in table} == {None, "straight"}
    assert table[0]["recall"] in ("0.500", "1.000")
    plot_recovery(tmp_path / "both.png", with_it + without)
    plot_recovery(tmp_path / "one.png", with_it)
    assert not np.array_equal(imread(tmp_path / "both.png"), imread(tmp_path / "one.png"))


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
    snr = pa.array([100.0 if kind else None for kind in kinds], pa.float32())
    truth = {"collection": sides, "id": ids, "kind": kinds.tolist(), "snr": snr}
    pq.write_table(pa.table(truth | {"noise_level": np.ones(500)}), tmp_path / "truth.parquet")
    pq.write_table(pa.table({"id": ids[:400], "fold": fold}), tmp_path / "folds.parquet")
    everything = pa.table({"collection": sides, "id": ids, "prediction": predictions})
    for index in (0, 1):
        own = pa.array([*(fold == index), *[True] * 100])
        pq.write_table(everything.filter(own), tmp_path / f"{index}.parquet")
    ranks = pa.table({"id": ids, "rank_mean": predictions})
    train = ranks.slice(0, 400).append_column("fold", [fold])
    pq.write_table(train, tmp_path / "out_of_fold.parquet")
    pq.write_table(ranks.slice(400), tmp_path / "test.parquet")

    monkeypatch.chdir(tmp_path)
    words = "report_recovery --truth truth.parquet --folds folds.parquet --table table.tsv"
    words += " --plot plot.png --out-of-fold out_of_fold.parquet --test test.parquet --predictions"
    monkeypatch.setattr("sys.argv", [*words.split(), "ensemble", "", "0.parquet", "1.parquet"])
    report_recovery.main()
    with open("table.tsv", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if not row["snr_low"]]
    models = ("ensemble", "ensemble, rank mean")
    scored = {(row["model"], row["rows"]) for row in rows}
    assert scored == {(model, side) for model in models for side in ("train", "test")}
    target = positive[:400]
    recall = score_folds(target, fold, predictions[:400], resamples=1, seed=0)["recall"]
    for model in models:
        own = [row for row in rows if (row["model"], row["rows"]) == (model, "train")]
        found = sum(int(row["needles"]) * float(row["recall"]) for row in own) / target.sum()
        assert found == pytest.approx(recall, abs=1e-3) and 0 < recall < 1

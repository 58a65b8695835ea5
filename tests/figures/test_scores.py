"""Figures of scores show the rows that they are of, and say so where nobody knows the labels."""

import numpy as np
import pytest

from abacad.figures.ablations import draw_ablations
from abacad.figures.curves import Scores, draw_curves
from abacad.figures.domain_shift import draw_domain_shift, read_shifts
from abacad.figures.members import draw_members
from abacad.figures.probabilities import draw_calibration, draw_distributions
from abacad.figures.pseudo_labels import draw_pseudo_labels
from abacad.figures.rounds import RoundScores, draw_rounds, read_rounds
from abacad.figures.truth import targets_on_test

RANDOM = np.random.default_rng(0)
TARGET = np.repeat([0.0, 1.0], 100)
GOOD = Scores(TARGET, np.clip(TARGET * 0.6 + RANDOM.uniform(0, 0.4, 200), 0, 1))
NOT_KNOWN = Scores(np.full(200, np.nan), GOOD.score)


def test_roc_curves_are_drawn_of_each_fold_and_each_model_with_their_aucs(texts):
    perfect = Scores(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.4]))
    reversed_ = Scores(perfect.target, -perfect.score)
    figure = draw_curves({"fold 0": perfect, "all folds": perfect}, {"b3": reversed_})
    written = texts(figure)
    assert {"fold 0 (AUC 1.000)", "all folds (AUC 1.000)", "b3 (AUC 0.000)"} <= {*written}
    first, of_models = figure.axes[0], figure.axes[3]
    assert first.lines[0].get_ydata().max() == 1 and first.lines[0].get_ydata()[1] > 0
    assert of_models.lines[0].get_ydata()[1] == 0  # a false positive comes first


def test_distributions_tell_classes_and_where_labels_are_not_known(texts):
    figure = draw_distributions({"train, out of fold": GOOD, "test": NOT_KNOWN})
    written = texts(figure)
    assert {"needle (n = 100)", "no needle (n = 100)", "label not known (n = 200)"} <= {*written}


def test_calibration_shows_the_share_of_needles_in_bins_of_as_many_cadences(texts):
    figure = draw_calibration({"train, out of fold": GOOD, "test": NOT_KNOWN})
    (bins,) = figure.axes[0].containers
    line = bins.lines[0]
    assert len(line.get_xdata()) == 12
    assert line.get_ydata()[0] == 0 and line.get_ydata()[-1] == 1
    brier = np.mean((GOOD.score - TARGET) ** 2)
    written = texts(figure)
    assert any(f"Brier score {brier:.3f}" in text for text in written)
    assert "nobody knows the labels" in written


def test_a_handful_of_cadences_is_calibrated_in_one_bin():
    figure = draw_calibration({"train": Scores(np.array([0.0, 1, 1]), np.array([0.2, 0.8, 0.5]))})
    (bins,) = figure.axes[0].containers
    assert bins.lines[0].get_ydata().tolist() == [pytest.approx(2 / 3)]


def test_pseudo_labels_are_counted_by_truth_and_their_errors_told(texts):
    wrong = np.where(np.arange(200) == 0, 0.95, GOOD.score)  # one of those without a needle
    below = (wrong < 0.5) & (TARGET == 1)
    figure = draw_pseudo_labels({1: Scores(TARGET, wrong), 2: NOT_KNOWN})
    written = texts(figure)
    share = (1 + below.sum()) / 200
    assert f"{100 * share:.1f} % on the wrong side of 0.5" in written
    assert "round 2: 200 labels of all folds together" in written
    assert "nobody knows which are right" in written
    heights = [sum(bar.get_height() for bar in bars) for bars in figure.axes[0].containers]
    assert heights == [100, 100]


def scored(name: str, auc: float, test: float | None = None, public=None) -> RoundScores:
    measured = {"auc": auc, "auc_low": auc - 0.1, "auc_high": auc + 0.1}
    measured |= {"recall": 0.5, "recall_low": 0.4, "recall_high": 0.6}
    return RoundScores(name, measured, test and {"auc": test, "recall": 0.25}, public)


def test_rounds_show_test_and_public_scores_where_there_are_any(texts):
    figure = draw_rounds([scored("b3, round 0", 0.75, 0.5), scored("b3, round 1", 0.8, None, 0.7)])
    written = texts(figure)
    assert {"b3, round 0", "public score", "test, by the simulator's truth"} <= {*written}
    markers = [line for line in figure.axes[0].lines if line.get_marker() in ("D", "x")]
    assert [line.get_xdata()[0] for line in markers] == [0.5, 0.7]
    nothing = texts(draw_rounds([scored("b3, round 0", 0.75)]))
    assert "nobody knows the labels of test" in nothing
    assert "test, by the simulator's truth" not in nothing


def test_the_rounds_are_read_from_the_table_of_scores(tmp_path):
    names = ["model", "round", "auc", "auc_low", "auc_high", "recall", "recall_low", "recall_high"]
    lines = [
        [*names, "test_auc", "test_recall"],
        ["b3", "0", *["0.5"] * 8],
        ["b3", "1", *["0.75"] * 8],
        ["mean of members", "", "0.75", "", "", "0.5", "", "", "0.5", "0.5"],
        ["ensemble, rank mean", "", *["0.875"] * 6, "", ""],
    ]
    path = tmp_path / "scores.tsv"
    path.write_text("".join("\t".join(line) + "\n" for line in lines))
    first, second, ensemble = read_rounds(path, {"b3": 0.7})
    assert (first.name, first.public, first.test) == (
        "b3, round 0",
        None,
        {"auc": 0.5, "recall": 0.5},
    )
    assert (second.name, second.public) == ("b3, round 1", 0.7)
    assert (ensemble.name, ensemble.test) == ("ensemble, rank mean", None)


def test_the_domain_shift_is_sorted_and_a_missing_one_says_why(tmp_path, texts):
    path = tmp_path / "shift.tsv"
    path.write_text(
        "store\tauc\tauc_low\tauc_high\trows\twhy\n"
        "raw\t0.6\t0.5\t0.7\t9\t\nnmf\t0.9\t0.8\t1.0\t9\t\nresidual\t\t\t\t\ttoo few\n"
    )
    figure = draw_domain_shift(read_shifts(path))
    assert "not known: too few" in texts(figure)
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["nmf", "raw", "residual"]


def test_correlations_are_written_into_their_cells(texts):
    written = texts(draw_members(["b3", "b5"], np.array([[1, 0.25], [0.25, 1]])))
    assert written.count("0.25") == 2 and "b5" in written


def ablation(switch: str, change: float, **more: str) -> dict[str, str]:
    row = {"switch": switch}
    for score in ("auc", "recall", "partial_auc"):
        row |= {f"{score}_change": f"{change:+}", f"{score}_change_low": f"{change - 0.1:+}"}
        row |= {f"{score}_change_high": f"{change + 0.1:+}"}
    return row | more


def test_ablations_are_sorted_by_what_they_change(texts):
    rows = [ablation("(base)", 0.75), ablation("worse", -0.1), ablation("better", 0.1)]
    figure = draw_ablations(rows)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["better", "worse"]
    written = texts(figure)
    assert "base: 0.750" in written
    assert not any("test" in text for text in written)


def test_of_real_test_rows_no_target_is_known():
    assert np.isnan(targets_on_test(None, ["a", "b"])).all()

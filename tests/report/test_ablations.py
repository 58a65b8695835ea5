"""Each switch is compared with the base of the same seed, and its spread is that of the difference."""

import numpy as np
import pytest
from matplotlib.image import imread

from abacad.report.ablations import COLUMNS, ScoredRun, ablation_rows
from abacad.report.figures import plot_ablations

SWITCHES = {
    "focal": {"settings": {"loss": {"name": "focal"}}, "talk": "worked", "winners": "3rd"},
    "relu": {"settings": {"activation": "relu"}},
}
RUNS = [
    ScoredRun("", 0, {"auc": 0.5, "test_auc": 0.5}),
    ScoredRun("", 1, {"auc": 0.75, "test_auc": 0.5}),
    ScoredRun("focal", 1, {"auc": 0.875, "test_auc": 0.25}),  # 0.125 better than seed 1 of the base
    ScoredRun("focal", 0, {"auc": 0.75, "test_auc": 0.25}),
    ScoredRun("relu", 0, {"auc": 0.25, "test_auc": 0.5}),
    ScoredRun("relu", 1, {"auc": 0.75, "test_auc": 0.5}),
]


def test_changes_are_means_over_seeds_and_spreads_those_of_the_differences():
    base, focal, relu = ablation_rows(RUNS, SWITCHES)
    assert (base["switch"], base["auc_change"], base["seeds"]) == ("(base)", "+0.6250", 2)
    assert focal["auc_change"] == "+0.1875"
    assert focal["auc_spread"] == f"{np.std([0.25, 0.125], ddof=1):.4f}"
    assert (focal["test_auc_change"], focal["test_auc_spread"]) == ("-0.2500", "0.0000")
    assert (focal["talk"], focal["winners"], focal["settings"]) == (
        "worked",
        "3rd",
        "loss.name=focal",
    )
    assert relu["talk"] == "" and relu["auc_change"] == "-0.1250"
    assert all(set(row) <= set(COLUMNS) for row in (base, focal, relu))


def test_a_switch_without_a_seed_of_the_base_is_named():
    with pytest.raises(ValueError, match=r"switch relu: seeds \[0\], the base has \[0, 1\]"):
        ablation_rows(RUNS[:-1], SWITCHES)


def test_the_plot_is_drawn(tmp_path):
    plot_ablations(tmp_path / "plot.png", ablation_rows(RUNS, SWITCHES))
    assert imread(tmp_path / "plot.png")[..., :3].std() > 0.02

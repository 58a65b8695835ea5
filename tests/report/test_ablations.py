"""Each switch is compared with the base of the same seed, and its spread is that of the difference."""

import numpy as np
import pytest

from abacad.report.ablations import COLUMNS, ScoredRun, ablation_rows
from conftest import resampled

SWITCHES = {
    "focal": {"settings": {"loss": {"name": "focal"}}, "talk": "worked", "winners": "3rd"},
    "relu": {"settings": {"activation": "relu"}},
}


def run(switch: str, seed: int, auc: float, test_auc: float, spread: float = 0.25) -> ScoredRun:
    scores = {"auc": auc, "recall": auc / 2, "partial_auc": auc / 4, "test_auc": test_auc}
    return ScoredRun(switch, seed, scores, resampled(auc, spread))


RUNS = [
    run("", 0, 0.5, 0.5),
    run("", 1, 0.75, 0.5),
    run("focal", 1, 0.875, 0.25),  # 0.125 better than seed 1 of the base
    run("focal", 0, 0.75, 0.25),
    run("relu", 0, 0.25, 0.5),
    run("relu", 1, 0.75, 0.5, spread=0.45),
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
    assert (focal["recall_change"], focal["partial_auc_change"]) == ("+0.0938", "+0.0469")
    assert all(set(row) <= set(COLUMNS) for row in (base, focal, relu))


def test_the_interval_of_a_change_is_of_the_difference_on_the_same_resamples():
    base, focal, relu = ablation_rows(RUNS, SWITCHES)
    assert base["auc_change_low"] == f"{0.625 - 0.95 * 0.25:+.4f}"
    assert (focal["auc_change_low"], focal["auc_change_high"]) == ("+0.1875", "+0.1875")
    swing = 0.95 * (0.45 - 0.25) / 2  # of one seed of two, in which relu swings more than the base
    assert relu["auc_change_low"] == f"{-0.125 - swing:+.4f}"
    assert relu["auc_change_high"] == f"{-0.125 + swing:+.4f}"
    assert "test_auc_change_low" not in COLUMNS


def test_a_switch_without_a_seed_of_the_base_is_named():
    with pytest.raises(ValueError, match=r"switch relu: seeds \[0\], the base has \[0, 1\]"):
        ablation_rows(RUNS[:-1], SWITCHES)

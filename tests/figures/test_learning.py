"""Learning curves follow one another from pretraining to the last round, and tell both losses."""

from pathlib import Path

import numpy as np
import pytest

from abacad.figures.learning import History, draw_learning_curves, read_history


def history(*losses: float, validated: bool = True) -> History:
    values = np.array(losses)
    told = values + 0.5 if validated else np.full(len(values), np.nan)
    return History(values, told, 1 - values / 4 if validated else told)


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_history_is_read_and_epochs_without_validation_are_no_numbers(tmp_path):
    text = "epoch\tloss\tvalidation_loss\tauc\n0\t0.5\t\t\n1\t0.25\t0.75\t0.9\n"
    read = read_history(write(tmp_path / "history.tsv", text))
    assert read.loss.tolist() == [0.5, 0.25]
    assert np.isnan(read.validation_loss[0]) and read.validation_loss[1] == 0.75
    assert np.isnan(read.auc[0]) and read.auc[1] == 0.9


def test_a_file_that_is_no_history_is_named(tmp_path):
    with pytest.raises(KeyError, match=r"other\.tsv: no column 'validation_loss'"):
        read_history(write(tmp_path / "other.tsv", "epoch\tloss\n0\t0.5\n"))


def test_stages_follow_one_another_and_are_labelled(texts):
    stages = [
        ("pretrain", [history(1.0, 0.5)]),
        ("round0", [history(0.75, 0.5, 0.25)]),
        ("round1", [history(0.5)]),
    ]
    figure = draw_learning_curves({"b3": stages})
    losses, aucs = figure.axes
    training = [line for line in losses.lines if str(line.get_label()).startswith("training loss")]
    assert [line.get_xdata().tolist() for line in training] == [[1, 2], [3, 4, 5], [6]]
    validation = [line for line in losses.lines if str(line.get_label()).startswith("validation")]
    assert validation[1].get_ydata().tolist() == [1.25, 1.0, 0.75]
    assert [line.get_ydata().tolist() for line in aucs.lines if len(line.get_xdata()) == 1]
    written = texts(figure)
    assert {"b3", "pre-\ntraining", "round 0", "round 1", "epoch", "loss"} <= {*written}


def test_many_experiments_are_in_rows_and_what_was_never_validated_has_no_line():
    stages = [("round0", [history(0.5, 0.25, validated=False)] * 2)]
    figure = draw_learning_curves({f"b{number}": stages for number in range(4)})
    shown = [axis for axis in figure.axes if axis.axison]
    assert len(shown) == 2 * 4
    assert not any("AUC" in str(line.get_label()) for axis in shown for line in axis.lines)

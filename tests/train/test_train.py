"""The loop learns, goes on after a kill as if nothing had happened, and stops where it must."""

from pathlib import Path

import numpy as np
import pytest
import torch

from abacad import train as module
from abacad.batches import Cadences
from abacad.device import prepare_device
from abacad.job import starting_model
from abacad.rows import Rows
from abacad.state import State
from abacad.store import open_stores
from abacad.train import HISTORY_COLUMNS, cosine, roc_auc, train

TARGETS = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]


@pytest.fixture
def run(make_store, tmp_path):
    """A function that trains on the first eight of twelve cadences: (model, history)."""
    device = prepare_device(1)
    path = make_store("normalized", "train", [f"cadence{i:02}" for i in range(12)], TARGETS)
    labels = np.array(TARGETS, np.float32)

    def run(settings: dict, state: Path = tmp_path / "state", fold: int = 0):
        cadences = Cadences(open_stores([path]), settings["channels"])
        rows = [
            Rows(np.full(len(at), "train"), at, labels[at])
            for at in (np.arange(8), np.arange(8, 12))
        ]
        model = starting_model(settings, fold, None, None).to(device)
        return model, train(
            model, cadences, *rows, settings, fold, State(state, {"all": "same"}), 1
        )

    return run


def test_a_training_that_was_interrupted_ends_with_the_same_bits(
    run, settings, tmp_path, monkeypatch
):
    calm, calm_history = run(settings, tmp_path / "calm")

    def killed_in_epoch_two(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        save, saved = State.save, []

        def save_twice(state, content):
            save(state, content)
            saved.append(content)
            if len(saved) == 2:
                patch.setattr(module, "augment", killed_in_epoch_two)

        patch.setattr(State, "save", save_twice)
        with pytest.raises(KeyboardInterrupt):
            run(settings, tmp_path / "killed")
    resumed, resumed_history = run(settings, tmp_path / "killed")

    for name, tensor in calm.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name
    for column in ("epoch", "loss", "auc", "learning_rate"):
        assert [row[column] for row in resumed_history] == [row[column] for row in calm_history]


def test_another_seed_or_fold_ends_with_other_weights(run, settings, tmp_path):
    short = settings | {"epochs": 1}
    first, seed, fold = (
        run(*arguments)[0].head.weight
        for arguments in (
            (short, tmp_path / "first"),
            (short | {"seed": 8}, tmp_path / "seed"),
            (short, tmp_path / "fold", 1),
        )
    )
    assert not torch.equal(first, seed) and not torch.equal(first, fold)


def test_a_bright_needle_is_learnt(run, settings):
    plain = {
        "mixup": None,
        "drop_rate": 0.0,
        "drop_path_rate": 0.0,
        "shift_scale": None,
        "spec_augment": None,
    }
    _, history = run(settings | plain | {"epochs": 30, "learning_rate": 3e-3})
    assert history[-1]["loss"] < 0.3
    assert history[-1]["auc"] == 1.0


def test_the_history_has_a_row_an_epoch(run, settings):
    _, history = run(settings)
    assert [row["epoch"] for row in history] == [0, 1, 2]
    assert all(tuple(row) == HISTORY_COLUMNS for row in history)
    rates = [row["learning_rate"] for row in history]
    assert 1e-3 > rates[0] > rates[1] > rates[2] > 1e-5
    assert all(row["images_per_second"] > 0 and row["peak_memory_mb"] > 0 for row in history)


def test_mixing_stops_at_its_stop_epoch(run, settings, monkeypatch):
    mixed = []

    def note(images, labels, *options):
        mixed.append(len(images))
        return images, labels

    monkeypatch.setattr(module, "mix", note)
    run(settings)
    assert sum(mixed) == 2 * 8  # all eight rows, in epochs 0 and 1 of three


def test_a_loss_that_is_not_finite_stops_the_training_with_epoch_and_step(
    run, settings, monkeypatch
):
    poison = torch.full((4, 2, 64, 32), float("nan"))
    monkeypatch.setattr(module, "compose", lambda *_: poison)
    with pytest.raises(FloatingPointError, match="epoch 0, step 0: the loss is nan"):
        run(settings)


def test_the_learning_rate_goes_from_first_to_last(settings):
    assert cosine(0, settings) == pytest.approx(1e-3)
    assert cosine(1.5, settings) == pytest.approx((1e-3 + 1e-5) / 2)
    assert cosine(3, settings) == pytest.approx(1e-5)


@pytest.mark.parametrize(
    ("labels", "scores", "auc"),
    [
        ([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4], 1.0),
        ([1, 1, 0, 0], [0.1, 0.2, 0.3, 0.4], 0.0),
        ([0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4], 0.75),
        ([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5], 0.5),
        ([0, 1, 1], [0.5, 0.5, 0.9], 0.75),
        ([1, 1], [0.1, 0.2], None),
    ],
)
def test_the_auc_is_the_share_of_pairs_in_order_with_ties_counted_half(labels, scores, auc):
    assert roc_auc(np.float32(labels), np.float32(scores)) == auc

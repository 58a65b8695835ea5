"""The loop learns, continues after a kill as if nothing had happened, and stops when it must."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from abacad.cadences.store import open_stores
from abacad.devices.device import prepare_device
from abacad.images.batches import PanelReader, TrainingData
from abacad.images.mixing import mix
from abacad.images.selection import Rows
from abacad.model.detector import Detector
from abacad.settings import Run
from abacad.train import loop as module
from abacad.train.checkpoint import State
from abacad.train.learner import Learner
from abacad.train.loop import HISTORY_COLUMNS, own_batches, own_part, prepared, roc_auc, train
from abacad.train.on_the_fly import MadeRows
from abacad.train.training_job import starting_model

TARGETS = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]


@pytest.fixture
def train_run(make_store, tmp_path):
    """A function that trains on the first eight of twelve cadences: (model, history)."""
    device = prepare_device(1)
    ids = [f"cadence{i:02}" for i in range(12)]
    paths = [make_store(name, "train", ids, TARGETS) for name in ("normalized", "flattened")]
    labels = np.array(TARGETS, np.float32)

    def train_run(run: Run, state: Path = tmp_path / "state", fold: int = 0, unlabelled=None):
        reader = PanelReader(open_stores(paths), run.composition.channels)
        rows = [
            Rows(np.full(len(at), "train"), at, labels[at])
            for at in (np.arange(8), np.arange(8, 12))
        ]
        data = TrainingData(reader, *rows, unlabelled, backgrounds=rows[0])
        model = starting_model(run, fold, None, None).to(device)
        return model, train(Learner(model, run, fold), data, State(state, {"all": "same"}), 1)

    return train_run


def test_a_training_that_was_interrupted_ends_with_the_same_bits(
    train_run, make_run, tmp_path, monkeypatch
):
    run = make_run(ema={"decay": 0.9}, warmup_epochs=0.5, head_only_epochs=1)
    calm, calm_history = train_run(run, tmp_path / "calm")

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
            train_run(run, tmp_path / "killed")
    resumed, resumed_history = train_run(run, tmp_path / "killed")

    for name, tensor in calm.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name
    for column in ("epoch", "loss", "auc", "learning_rate"):
        assert [row[column] for row in resumed_history] == [row[column] for row in calm_history]


def test_each_process_prepares_its_part_of_a_batch_as_one_process_would(
    make_run, make_store, monkeypatch
):
    ids = [f"cadence{i:02}" for i in range(12)]
    path = make_store("normalized", "train", ids, TARGETS)
    run = make_run(mixup={"label": "or", "stop_epoch": 9})
    reader = PanelReader(open_stores([path]), run.composition.channels)
    rows = Rows(np.full(12, "train"), np.arange(12), np.array(TARGETS, np.float32))
    order = [np.array([3, 9, 1, 7, 11, 0, 5]), np.array([2, 4, 6, 8])]
    reading = reader, rows, order, 17, run.composition.channels, torch.device("cpu"), 1

    def seen() -> list[tuple[np.ndarray, torch.Tensor, torch.Tensor]]:
        batches = []
        for numbers, batch in own_batches(*reading):
            images, labels = prepared(batch, run)
            how = batch.generators, run.mixing, run.composition, 0
            (image,), labels = mix(images, labels, *how)
            batches.append((numbers, image, labels))
        return batches

    whole = seen()
    monkeypatch.setattr(module, "count", lambda: 2)
    parts = []
    for rank in (0, 1):
        monkeypatch.setattr(module, "rank", lambda rank=rank: rank)
        parts.append(seen())
    for number, together in enumerate(whole):
        for one, *others in zip(together, *(part[number] for part in parts), strict=True):
            joined = np.concatenate(others) if isinstance(one, np.ndarray) else torch.cat(others)
            np.testing.assert_array_equal(joined, one)
    assert [len(numbers) for numbers, *_ in parts[0]] == [3, 2]


def test_a_batch_that_is_too_small_for_all_processes_is_refused(monkeypatch):
    monkeypatch.setattr(module, "count", lambda: 2)
    with pytest.raises(ValueError, match=r"gpus: 2 of them cannot share a batch of 3 rows"):
        own_part(np.arange(3))


def test_another_seed_or_fold_ends_with_other_weights(train_run, make_run, tmp_path):
    first, seed, fold = (
        train_run(*arguments)[0].head.linear.weight
        for arguments in (
            (make_run(epochs=1), tmp_path / "first"),
            (make_run(epochs=1, seed=8), tmp_path / "seed"),
            (make_run(epochs=1), tmp_path / "fold", 1),
        )
    )
    assert not torch.equal(first, seed) and not torch.equal(first, fold)


def test_a_bright_needle_is_learnt(train_run, make_run):
    plain = {
        "mixup": None,
        "drop_rate": 0.0,
        "drop_path_rate": 0.0,
        "shift_scale_rotate": None,
        "spec_augment": None,
    }
    _, history = train_run(make_run(**plain, epochs=30, learning_rate=3e-3))
    assert history[-1]["loss"] < 0.3
    assert history[-1]["auc"] == 1.0


def test_the_history_has_a_row_an_epoch(train_run, make_run):
    _, history = train_run(make_run())
    assert [row["epoch"] for row in history] == [0, 1, 2]
    assert all(tuple(row) == HISTORY_COLUMNS for row in history)
    rates = [row["learning_rate"] for row in history]
    assert 1e-3 > rates[0] > rates[1] > rates[2] > 1e-5
    assert all(row["images_per_second"] > 0 and row["peak_memory_mb"] > 0 for row in history)


def test_the_validation_loss_is_the_cross_entropy_of_what_the_model_says(
    train_run, make_run, monkeypatch
):
    said = np.array([0.1, 0.8, 0.3, 0.6], np.float32)  # of labels 0, 1, 0, 1
    monkeypatch.setattr(module, "predict", lambda *arguments, **options: said)
    _, history = train_run(make_run(epochs=1, loss={"name": "bce", "label_smoothing": 0.0}))
    expected = -np.log([0.9, 0.8, 0.7, 0.6]).mean()
    assert history[0]["validation_loss"] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("every", "validated"), [(1, [0, 1, 2, 3, 4]), (2, [1, 3, 4]), (None, [4])]
)
def test_it_is_validated_as_often_as_asked_and_after_the_last_epoch(
    train_run, make_run, monkeypatch, every, validated
):
    looked = []
    in_order = module.in_order
    monkeypatch.setattr(module, "in_order", lambda *a: looked.append(a[0]) or in_order(*a))
    _, history = train_run(make_run(epochs=5, validate_every=every))
    assert [row["epoch"] for row in history if row["auc"] is not None] == validated
    assert looked == [4] * len(validated)  # rows that are validated


def test_to_validate_less_often_changes_nothing_that_is_learnt(train_run, make_run, tmp_path):
    often, once = (
        train_run(make_run(validate_every=every), tmp_path / str(every))[0].state_dict()
        for every in (1, None)
    )
    assert all(torch.equal(often[name], once[name]) for name in often)


def changed(before: nn.Module, after: nn.Module) -> set[str]:
    """Names of the parameters and buffers whose bits differ."""
    states = before.state_dict(), after.state_dict()
    return {name for name in states[0] if not torch.equal(states[0][name], states[1][name])}


def changed_backbone(before: Detector, after: Detector) -> set[str]:
    return changed(before.branches[0].backbone, after.branches[0].backbone)


@pytest.mark.parametrize("ema", [None, {"decay": 0.5}])
def test_in_the_first_epochs_the_head_learns_and_of_the_backbone_nothing_moves(
    train_run, make_run, ema
):
    run = make_run(epochs=1, head_only_epochs=1, ema=ema)
    start, (after, _) = starting_model(run, 0, None, None), train_run(run)
    assert not changed_backbone(start, after)
    assert changed(start.head, after.head) == {"linear.weight", "linear.bias"}


def test_after_the_first_epochs_all_of_the_backbone_moves(train_run, make_run):
    run = make_run(epochs=2, head_only_epochs=1)
    start, (after, _) = starting_model(run, 0, None, None), train_run(run)
    assert changed_backbone(start, after) == start.branches[0].backbone.state_dict().keys()


def test_the_mean_of_the_weights_is_the_result(train_run, make_run, tmp_path):
    last, mean = (
        train_run(make_run(ema=ema), tmp_path / str(ema))[0].head.linear.weight
        for ema in (None, {"decay": 0.5})
    )
    assert not torch.equal(last, mean)
    assert (last - mean).abs().max() < 0.01  # of a learning rate of 0.001, a few steps


def test_unlabelled_rows_change_what_is_learnt_and_the_adversary_stays_behind(
    train_run, make_run, tmp_path
):
    dann = make_run(epochs=1, dann={"weight": 1.0})
    unlabelled = Rows(np.full(4, "train"), np.arange(8, 12), np.full(4, np.nan, np.float32))
    usual, _ = train_run(make_run(epochs=1), tmp_path / "usual")
    taught, history = train_run(dann, tmp_path / "dann", unlabelled=unlabelled)
    assert not torch.equal(usual.head.linear.weight, taught.head.linear.weight)
    assert usual.state_dict().keys() == taught.state_dict().keys()
    assert np.isfinite(history[0]["loss"])


@pytest.mark.parametrize("loss", ["bce", "arcface"])
def test_shot_keeps_the_head_and_learns_without_any_label(train_run, make_run, monkeypatch, loss):
    shot = make_run(mixup=None, shot={"weight": 0.3, "prior": 0.5}, epochs=2, loss={"name": loss})
    given = []
    labels_of = module.centroid_labels

    def noted(*arguments):
        given.append(labels_of(*arguments))
        return given[-1]

    monkeypatch.setattr(module, "centroid_labels", noted)
    start, (after, _) = starting_model(shot, 0, None, None), train_run(shot)
    assert not changed(start.head, after.head)
    assert changed_backbone(start, after) == start.branches[0].backbone.state_dict().keys()
    assert len(given) == 2 and all(set(labels) <= {0, 1} for labels in given)


INJECT = {
    **{"blank": 0.3, "off_panels": 0.5, "snr": ["uniform", 50, 100], "drift_rate": 0},
    **{"partial": {}, "needles": {"straight": {"width": 1}}, "highest": 20},
}


def test_needles_on_the_fly_are_rows_of_each_epoch_made_anew(train_run, make_run, monkeypatch):
    seen = []
    make = MadeRows.make

    def noted(made, batch, at, numbers):
        make(made, batch, at, numbers)
        seen.append((made.rows.places[numbers], batch.panels[at].clone(), batch.labels[at]))

    monkeypatch.setattr(MadeRows, "make", noted)
    channels = ["flattened.on", "flattened.off"]
    made = {"count": 10, "kinds": ["straight"]}
    run = make_run(channels=channels, injected_on_the_fly=made, inject=INJECT, epochs=2)
    _, history = train_run(run)
    places, panels, labels = (list(each) for each in zip(*seen, strict=True))
    assert sum(map(len, places)) == 20
    assert {*np.concatenate(places).tolist()} <= {*range(8)}
    assert 4 < torch.cat(labels).sum() < 20
    cadences = torch.cat(panels).flatten(1)
    assert len(torch.unique(cadences, dim=0)) == 20
    assert np.isfinite([row["loss"] for row in history]).all()


def test_a_model_of_both_views_learns(train_run, make_run):
    still = {"flip": {"time": 0}, "shift_scale_rotate": None}
    run = make_run(view="both", epochs=2, **still)
    start, (after, history) = starting_model(run, 0, None, None), train_run(run)
    for before, branch in zip(start.branches, after.branches, strict=True):
        assert changed(before, branch)
    assert len(history) == 2


def test_an_under_sampled_epoch_has_fewer_rows(train_run, make_run, monkeypatch):
    seen = []
    compose = module.compose
    monkeypatch.setattr(module, "compose", lambda *a: seen.append(len(a[0])) or compose(*a))
    train_run(make_run(epochs=1, negatives_per_positive=0.5))
    assert sum(seen) == 4 + 2  # of four needles and four others; validation is not counted here


def test_a_clipped_gradient_changes_the_step(train_run, make_run, tmp_path):
    free, clipped = (
        train_run(make_run(epochs=1, gradient_clip=clip), tmp_path / str(clip))[
            0
        ].head.linear.weight
        for clip in (None, 1e-8)
    )
    assert not torch.equal(free, clipped)


def test_a_loss_that_is_not_finite_stops_the_training_with_epoch_and_step(
    train_run, make_run, monkeypatch
):
    poison = torch.full((4, 2, 64, 32), float("nan"))
    monkeypatch.setattr(module, "compose", lambda *_: (poison,))
    with pytest.raises(FloatingPointError, match="epoch 0, up to step .*: the loss is nan"):
        train_run(make_run())


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

"""The learning rate, the optimisers and the mean of weights are what their names say."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from abacad.model.detector import build_model
from abacad.settings import Optimization, Run
from abacad.train.learner import OPTIMIZERS, Learner, build_optimizer, build_scheduler


def learning_rate(epochs_done: float, optimization: Optimization) -> float:
    optimizer = build_optimizer(nn.Linear(1, 1), optimization)
    build_scheduler(optimizer, optimization).step(epochs_done)
    return optimizer.param_groups[0]["lr"]


def test_the_learning_rate_goes_from_first_to_last(make_run):
    usual = make_run().optimization
    assert learning_rate(0, usual) == pytest.approx(1e-3)
    assert learning_rate(1.5, usual) == pytest.approx((1e-3 + 1e-5) / 2)
    assert learning_rate(3, usual) == pytest.approx(1e-5)


def test_a_warm_up_rises_along_a_line_to_where_the_cosine_starts(make_run):
    warm = make_run(warmup_epochs=0.5).optimization
    assert learning_rate(0, warm) == 0
    assert learning_rate(0.25, warm) == pytest.approx(5e-4)
    assert learning_rate(0.5, warm) == pytest.approx(1e-3)
    assert learning_rate(1.75, warm) == pytest.approx((1e-3 + 1e-5) / 2)
    assert learning_rate(3, warm) == pytest.approx(1e-5)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimiser_goes_downhill_and_is_restored_from_its_state(make_run, name):
    optimization = make_run(optimizer=name, learning_rate=0.05).optimization

    def steps(layer: nn.Module, optimizer: torch.optim.Optimizer, count: int) -> float:
        for _ in range(count):
            optimizer.zero_grad()
            loss = (layer(torch.ones(1, 3)) - 2).square().sum()
            loss.backward()
            optimizer.step()
        return loss.item()

    torch.manual_seed(0)
    layer = nn.Linear(3, 2)
    optimizer = build_optimizer(layer, optimization)
    first = steps(layer, optimizer, 1)
    assert steps(layer, optimizer, 20) < first / 2
    copy = nn.Linear(3, 2)
    copy.load_state_dict(layer.state_dict())
    restored = build_optimizer(copy, optimization)
    restored.load_state_dict(deepcopy(optimizer.state_dict()))
    assert steps(layer, optimizer, 3) == steps(copy, restored, 3)


def test_a_training_of_one_epoch_is_not_warned_about(make_run, caplog):
    assert learning_rate(0.5, make_run(epochs=1).optimization) == pytest.approx((1e-3 + 1e-5) / 2)
    assert not caplog.records


def steps(learner: Learner, count: int) -> list[dict[str, torch.Tensor]]:
    """Let it learn from the same batch, and give the model's weights and buffers after each step."""
    torch.manual_seed(0)
    images = (torch.randn(4, 2, 64, 32),)
    labels = torch.tensor([0.0, 1.0, 0.0, 1.0])
    learner.start_epoch(0)
    after = []
    for step in range(count):
        learner.step(images, labels, None, len(labels), step / count)
        after.append(deepcopy(learner.model.state_dict()))
    return after


def learner_of(run: Run) -> Learner:
    torch.manual_seed(1)
    return Learner(build_model(run), run, fold=0)


def test_the_mean_of_weights_and_buffers_forgets_the_beginning_and_then_moves_by_its_decay(
    make_run,
):
    learner = learner_of(make_run(ema={"decay": 0.7}))
    after = steps(learner, 9)
    decays = [
        min(0.7, 1 - (1 + step) ** -0.75) for step in range(9)
    ]  # 0, 0.41, 0.56, 0.65, 0.7, ...
    for name, result in learner.result.state_dict().items():
        mean = torch.zeros_like(result)
        for state, decay in zip(after, decays, strict=True):
            mean = (
                decay * mean + (1 - decay) * state[name]
                if mean.is_floating_point()
                else state[name]
            )
        torch.testing.assert_close(result, mean, msg=name)


@pytest.mark.parametrize("parts", [2, 3, 9])
def test_the_gradient_of_a_batch_in_parts_is_that_of_the_whole(make_run, parts, monkeypatch):
    plain = {"backbone": "test_nfnet", "drop_rate": 0, "drop_path_rate": 0, "gradient_clip": 0.5}
    torch.manual_seed(0)
    images, labels = (torch.randn(5, 2, 64, 32),), torch.tensor([0.0, 1.0, 0.0, 1.0, 1.0])
    losses, gradients = [], []
    for accumulate in (1, parts):
        learner = learner_of(make_run(**plain, accumulate=accumulate))
        learner.start_epoch(0)
        own = [*learner.objective.parameters()]
        monkeypatch.setattr(
            learner.optimizer,
            "step",
            lambda own=own: gradients.append([parameter.grad.clone() for parameter in own]),
        )
        losses.append(learner.step(images, labels, None, len(labels), 0.5).item())
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)
    for whole, summed in zip(*gradients, strict=True):
        torch.testing.assert_close(summed, whole, rtol=1e-3, atol=1e-3 * whole.abs().max().item())


def test_a_learner_goes_on_from_its_state_as_if_nothing_had_happened(make_run):
    run = make_run(ema={"decay": 0.9}, drop_rate=0, drop_path_rate=0)
    learner, restored = learner_of(run), learner_of(run)
    steps(learner, 3)
    restored.load_state_dict(deepcopy(learner.state_dict()))
    steps(learner, 2)
    steps(restored, 2)
    for name, tensor in learner.result.state_dict().items():
        assert torch.equal(restored.result.state_dict()[name], tensor), name

"""The learning rate, the optimisers and the mean of weights are what their names say."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from abacad.train.optimization import OPTIMIZERS, MeanWeights, build_optimizer, learning_rate


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


def test_the_mean_forgets_the_beginning_and_then_moves_by_its_decay():
    layer = nn.Linear(1, 1, bias=False)
    layer.weight.data[:] = 0
    mean = MeanWeights(layer, 0.9)
    layer.weight.data[:] = 1
    expected = 0.0
    for step in range(1, 200):
        mean.update(layer)
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay)
        assert mean.model.weight.item() == pytest.approx(expected, rel=1e-4)
    again = MeanWeights(layer, 0.9)
    again.load_state_dict(mean.state_dict())
    assert again.steps == 199 and again.model.weight.item() == mean.model.weight.item()

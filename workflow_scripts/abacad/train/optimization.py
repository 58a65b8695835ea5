"""From settings to the optimiser, its learning rate over time, and the running mean of weights."""

import copy
import math
from typing import Any

import torch
from timm.optim import MADGRAD
from torch import nn

from abacad.settings import Optimization

OPTIMIZERS = {
    "adam": lambda parameters, **options: torch.optim.Adam(parameters, fused=True, **options),
    "adamw": lambda parameters, **options: torch.optim.AdamW(parameters, fused=True, **options),
    "radam": torch.optim.RAdam,
    "madgrad": MADGRAD,
}


def build_optimizer(model: nn.Module, optimization: Optimization) -> torch.optim.Optimizer:
    """The optimiser of all of a model's parameters.

    Sources: adam Kingma and Ba 2015, arXiv:1412.6980; adamw Loshchilov and Hutter 2019,
    arXiv:1711.05101; radam Liu et al. 2020, arXiv:1908.03265; madgrad Defazio and Jelassi 2021,
    arXiv:2101.11075.
    """
    options = {"lr": optimization.learning_rate, "weight_decay": optimization.weight_decay}
    return OPTIMIZERS[optimization.optimizer](model.parameters(), **options)


def learning_rate(epochs_done: float, optimization: Optimization) -> float:
    """The learning rate after `epochs_done`, which may be a fraction: half a cosine, after a warm-up.

    Over the first `warmup_epochs` it rises from 0 along a line. Source: Loshchilov and Hutter 2017,
    SGDR, arXiv:1608.03983, without restarts.
    """
    first, last = optimization.learning_rate, optimization.final_learning_rate
    warmup = optimization.warmup_epochs
    if epochs_done < warmup:
        return first * epochs_done / warmup
    done = (epochs_done - warmup) / (optimization.epochs - warmup)
    return last + (first - last) * (1 + math.cos(math.pi * done)) / 2


class MeanWeights:
    """The exponential moving average of a model's weights, which takes the model's place in the end.

    `decay`: what stays of the mean at each step; over the first steps less does, so that the random
    weights of the beginning are soon forgotten: (1 + step) / (10 + step) at most.

    Source: Polyak and Juditsky 1992; Tarvainen and Valpola 2017, Mean teachers, arXiv:1703.01780.
    """

    def __init__(self, model: nn.Module, decay: float):
        self.model = copy.deepcopy(model).requires_grad_(False)
        self.decay, self.steps = decay, 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move the mean towards the model as it is after a step."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        own, new = self.model.state_dict(), model.state_dict()
        for name, mean in own.items():
            if mean.dtype.is_floating_point:
                mean.lerp_(new[name], 1 - decay)
            else:
                mean.copy_(new[name])

    def state_dict(self) -> dict[str, Any]:
        return {"model": self.model.state_dict(), "steps": self.steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.steps = state["steps"]

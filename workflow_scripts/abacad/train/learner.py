"""A batch in, a better model out: what changes in a training, and the step that changes it."""

from typing import Any

import numpy as np
import torch
from timm.optim import MADGRAD
from timm.scheduler import CosineLRScheduler
from timm.utils import ModelEmaV3
from torch import nn

from abacad.devices.data_parallel import averaging_gradients, count, summing_gradients
from abacad.devices.device import precision
from abacad.images.composition import Images
from abacad.model.detector import Detector
from abacad.model.objective import Objective
from abacad.seeds import seed_of
from abacad.settings import Optimization, Run

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


def build_scheduler(
    optimizer: torch.optim.Optimizer, optimization: Optimization
) -> CosineLRScheduler:
    """The learning rate by epoch, which may be a fraction: half a cosine after a warm-up.

    Over the first `warmup_epochs` it rises linearly from 0. Source: Loshchilov and Hutter 2017, SGDR,
    arXiv:1608.03983, without restarts.
    """
    return CosineLRScheduler(
        optimizer,
        t_initial=optimization.epochs - optimization.warmup_epochs,
        lr_min=optimization.final_learning_rate,
        warmup_t=optimization.warmup_epochs,
        warmup_prefix=True,
        cycle_decay=0.0,  # one cycle; by default timm warns if there is a single epoch
    )


class Learner:
    """A model with its objective, optimiser, gradient scale and, with the setting ema, mean weights.

    An interrupted training continues from its state_dict. `model` is on its device and learns in place.
    All random numbers depend on the run's seed and stage, the fold and the epoch.

    Source of the mean: Polyak and Juditsky 1992; Tarvainen and Valpola 2017, Mean teachers,
    arXiv:1703.01780.
    """

    def __init__(self, model: Detector, run: Run, fold: int):
        self.model, self.run, self.fold = model, run, fold
        self.device = device = next(model.parameters()).device
        model.to(
            memory_format=torch.channels_last
        )  # a step then takes 0.55-0.7 of the time, also on a CPU
        torch.manual_seed(self.seed_of("adversary"))
        self.objective = Objective(model, run.loss_terms, run.amp).to(device)
        self.optimizer = build_optimizer(self.objective, run.optimization)
        self.scheduler = build_scheduler(self.optimizer, run.optimization)
        in_float16 = precision(device, run.amp) == torch.float16
        self.scaler = torch.amp.GradScaler(device.type, enabled=in_float16)
        self.steps = 0
        self.mean = None
        if ema := run.optimization.ema:
            # The random weights of the beginning are soon forgotten. The decay is 0.999 from step 10 000 on.
            self.mean = ModelEmaV3(model, ema.decay, use_warmup=True, warmup_power=3 / 4)
        self._parallel: nn.Module = self.objective

    @property
    def result(self) -> Detector:
        """The model as it would be used now: the one with the mean weights, if there are any."""
        return self.mean.module if self.mean else self.model

    @property
    def learning_rate(self) -> float:
        """The learning rate of the last step."""
        return self.optimizer.param_groups[0]["lr"]

    def seed_of(self, use: int | str) -> int:
        """The seed of an epoch, by its number, or of another use of random numbers."""
        return seed_of(self.run.seed, self.run.stage, self.fold, use)

    def start_epoch(self, epoch: int) -> None:
        """Choose which layers learn. The others keep their buffers unchanged too."""
        self.model.train()
        head_only = epoch < self.run.optimization.head_only_epochs
        fixed = {branch.backbone: head_only for branch in self.model.branches}
        fixed[self.model.head] = self.run.loss_terms.shot is not None
        for layers, stay in fixed.items():
            layers.requires_grad_(not stay).train(not stay)
        self._parallel = averaging_gradients(self.objective)

    def step(
        self,
        images: Images,
        labels: torch.Tensor,
        test_images: Images | None,
        batch_size: int,
        epochs_done: float,
    ) -> torch.Tensor:
        """Learn from this process's part of a batch, after `epochs_done`. Returns its summed loss, a scalar.

        The arguments are those of Objective, for the rows of this process. `batch_size` is the number of
        rows of all processes. Nobody waits for the device here.
        """
        self.scheduler.step(epochs_done)
        number = min(self.run.optimization.accumulate, len(labels))
        *parts, last = np.array_split(np.arange(len(labels)), number)
        rows = images, labels, test_images, batch_size, epochs_done
        with summing_gradients(self._parallel):
            summed = sum(self._backward(slice(part[0], part[-1] + 1), *rows) for part in parts)
        summed += self._backward(slice(last[0], last[-1] + 1), *rows)
        if (largest := self.run.optimization.gradient_clip) is not None:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.objective.parameters(), largest)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad()
        self.steps += 1
        if self.mean:
            self.mean.update(self.model, self.steps)
        return summed

    def _backward(
        self,
        part: slice,
        images: Images,
        labels: torch.Tensor,
        test_images: Images | None,
        batch_size: int,
        epochs_done: float,
    ) -> torch.Tensor:
        """Add the gradient of a part of these rows. Returns their summed loss."""
        progress = epochs_done / self.run.optimization.epochs
        some_images = tuple(image[part] for image in images)
        some_test_images = test_images and tuple(image[part] for image in test_images)
        loss = self._parallel(some_images, labels[part], some_test_images, progress)
        # Parts differ in size. With this weight, the average over processes is the mean of the batch.
        rows = len(labels[part])
        self.scaler.scale(loss * count() * rows / batch_size).backward()
        return loss.detach().double() * rows

    def state_dict(self) -> dict[str, Any]:
        return {
            "objective": self.objective.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "steps": self.steps,
            "mean": self.mean and self.mean.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.objective.load_state_dict(state["objective"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        self.steps = state["steps"]
        if self.mean:
            self.mean.load_state_dict(state["mean"])

"""What changes while a model is trained, and the step that changes it: a batch in, a better model out."""

import math
from typing import Any

import torch
from torch import nn

from abacad.devices.data_parallel import averaging_gradients, count, rank
from abacad.devices.device import precision
from abacad.model.detector import Detector
from abacad.model.objective import Objective
from abacad.settings import Run
from abacad.train.optimization import MeanWeights, build_optimizer


class Learner:
    """A model with its objective, optimiser, scale of gradients and, with the setting ema, mean of weights.

    Its state_dict is what an interrupted training goes on from.
    """

    def __init__(self, model: Detector, run: Run, device: torch.device):
        self.model = model
        self.optimization, self.fixed_head = run.optimization, run.loss_terms.shot is not None
        self.objective = Objective(model, run.loss_terms, run.amp).to(device)
        self.optimizer = build_optimizer(self.objective, run.optimization)
        in_float16 = precision(device, run.amp) == torch.float16
        self.scaler = torch.amp.GradScaler(device.type, enabled=in_float16)
        ema = run.optimization.ema
        self.mean_weights = MeanWeights(model, ema.decay) if ema else None
        self._parallel: nn.Module = self.objective

    @property
    def result(self) -> Detector:
        """The model as it would be used now: that of the mean weights, if there are any."""
        return self.mean_weights.model if self.mean_weights else self.model

    def start_epoch(self, epoch: int) -> None:
        """Choose which layers learn."""
        self.model.backbone.requires_grad_(epoch >= self.optimization.head_only_epochs)
        self.model.head.requires_grad_(not self.fixed_head)
        self._parallel = averaging_gradients(self.objective)
        self.model.train()

    def step(
        self,
        images: torch.Tensor,
        labels: torch.Tensor,
        test_images: torch.Tensor | None,
        progress: float,
        rate: float,
    ) -> float:
        """Learn from this process's part of a batch, at the learning rate `rate`; returns its summed loss.

        Arguments are those of Objective, of the whole batch. FloatingPointError: the loss is not finite.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        own = slice(rank(), None, count())
        own_labels = labels[own]
        own_test_images = None if test_images is None else test_images[own]
        loss = self._parallel(images[own], own_labels, own_test_images, progress)
        if not math.isfinite(loss.item()):
            raise FloatingPointError(f"the loss is {loss.item()}")
        # Parts differ in size; with this weight the average over processes is the batch's mean.
        share = count() * len(own_labels) / len(labels)
        self.scaler.scale(loss * share).backward()
        if (largest := self.optimization.gradient_clip) is not None:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.objective.parameters(), largest)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad()
        if self.mean_weights:
            self.mean_weights.update(self.model)
        return loss.item() * len(own_labels)

    def state_dict(self) -> dict[str, Any]:
        return {
            "objective": self.objective.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "mean_weights": self.mean_weights and self.mean_weights.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.objective.load_state_dict(state["objective"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        if self.mean_weights:
            self.mean_weights.load_state_dict(state["mean_weights"])

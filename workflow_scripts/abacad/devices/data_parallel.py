"""One training on several devices: one process for each, with gradients averaged at every step.

Each process prepares its own part of every batch and computes on it. What is drawn for a row does not depend
on the rows beside it. So the batch, its mixing and the schedule are the same with any number of processes.

Source: Li et al. 2020, PyTorch Distributed, arXiv:2006.15704.
"""

import os
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from timm.layers import convert_sync_batchnorm
from torch import distributed, multiprocessing, nn
from torch.nn.modules.batchnorm import _BatchNorm as BatchNorm

from abacad.devices.progress import Console


def run_in_processes(count: int, function: Callable[..., None], *arguments: Any) -> None:
    """Call `function` with `arguments` in `count` processes; if `count` is 1, in this one.

    If one fails, the others are ended, and this process ends too, with an exception or with the exit
    code of the one that failed.
    """
    if count == 1:
        function(*arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            shared = (count, f"{folder}/meeting", Console(), function, arguments)
            multiprocessing.spawn(_run, shared, nprocs=count)
        except multiprocessing.ProcessExitedException as exit:
            sys.exit(exit.exit_code)


def process_count(wanted: int) -> int:
    """One process for each GPU that is wanted and visible; one on the CPU."""
    return max(1, min(wanted, torch.cuda.device_count()))


def rank() -> int:
    """Number of this process, from 0."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def count() -> int:
    """How many processes train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def total(value: float, device: torch.device) -> float:
    """The sum of the values of all processes. All of them must call it."""
    return joined(np.array(value, np.float64), device).item()


def joined(values: np.ndarray, device: torch.device) -> np.ndarray:
    """The sum of the arrays of all processes, such as rows that are 0 in all but one. All must call it."""
    if count() == 1:
        return values
    summed = torch.from_numpy(values).to(device)
    distributed.all_reduce(summed)
    return summed.cpu().numpy()


def averaging_gradients(module: nn.Module) -> nn.Module:
    """`module`, wrapped so that its backward pass averages gradients over all processes.

    This covers the parameters that need a gradient now. If that changes, wrap the module again.
    """
    return module if count() == 1 else nn.parallel.DistributedDataParallel(module)


def summing_gradients(module: nn.Module) -> AbstractContextManager:
    """In it, backward passes of what `averaging_gradients` returned sum up, and are not averaged yet."""
    return nullcontext() if count() == 1 else module.no_sync()


def sharing_batch_statistics(model: nn.Module, device: torch.device) -> nn.Module:
    """`model`, with batch normalisation that sees the whole batch, not only this process's part.

    ValueError: the model is on the CPU, for which PyTorch has no such layer.
    """
    if count() == 1:
        return model
    if device.type == "cpu" and any(isinstance(layer, BatchNorm) for layer in model.modules()):
        raise ValueError("several processes on a CPU cannot train a model with batch normalisation")
    return convert_sync_batchnorm(model)


def _run(
    rank: int,
    count: int,
    meeting: str,
    console: Console,
    function: Callable[..., None],
    arguments: tuple,
) -> None:
    """What each process does. Only the output of the first one is shown, but the errors of all are."""
    # PyTorch sends SIGINT when the parent has died. Its default action ends a process even inside a step.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if rank > 0:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    else:
        console.take()
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        torch.cuda.set_device(rank)
    backend = "nccl" if on_gpu else "gloo"
    distributed.init_process_group(
        backend, init_method=f"file://{meeting}", rank=rank, world_size=count
    )
    function(*arguments)
    distributed.destroy_process_group()

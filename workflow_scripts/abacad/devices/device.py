"""The device on which a job computes: the GPUs that it was given, or else the CPU."""

import os
import resource
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch


class UnusableGpu(RuntimeError):
    """PyTorch cannot compute on a GPU that the job was given. Says which one, why, and what to do."""


def prepare_device(threads: int) -> torch.device:
    """Choose the device. On the CPU, use `threads` threads and only deterministic algorithms.

    UnusableGpu: CUDA_VISIBLE_DEVICES, as lease_gpus.py sets it, names GPUs that PyTorch does not see or
    was not built for.
    """
    torch.set_num_threads(threads)
    fault = _fault_of_gpus()
    # For tests on a cluster whose GPUs exist in name only. Nobody else gets the CPU by mistake.
    if fault and os.environ.get("ABACAD_GPUS_MAY_BE_MISSING") != "1":
        raise UnusableGpu(
            f"{fault}. {_needed()}. To compute on the CPU: snakemake --resources gpu=0, or by hand an "
            "empty CUDA_VISIBLE_DEVICES"
        )
    if fault:
        print(f"the job runs on the CPU: {fault}", flush=True)
    elif torch.cuda.is_available():
        torch.backends.cudnn.benchmark = True
        return torch.device("cuda", torch.cuda.current_device())
    torch.use_deterministic_algorithms(True)
    # Nothing reads memory before it is written. To fill it first takes a tenth of a training step.
    torch.utils.deterministic.fill_uninitialized_memory = False
    return torch.device("cpu")


def device_name(device: torch.device) -> str:
    """The GPU's name, or "cpu"."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


def sent(values: Sequence | np.ndarray, device: torch.device) -> torch.Tensor:
    """Numbers as a tensor on a device. Nobody waits until they are there."""
    return torch.as_tensor(values).to(device, non_blocking=True)


def precision(device: torch.device, amp: bool | str) -> torch.dtype:
    """The precision in which layers compute: float32, or on a GPU what `amp` says.

    `amp`: "bfloat16", "float16", or True, which is bfloat16 if the GPU has it and float16 if not.
    """
    if not amp or device.type != "cuda":
        return torch.float32
    if amp is True:
        amp = "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    return getattr(torch, amp)


def autocast(device: torch.device, dtype: torch.dtype) -> AbstractContextManager:
    """Context in which layers compute in `dtype`. On a device without mixed precision, it changes
    nothing."""
    if not torch.amp.is_autocast_available(device.type):
        return nullcontext()
    return torch.autocast(device.type, dtype, enabled=dtype != torch.float32)


def peak_memory_mb(device: torch.device) -> float:
    """The most memory that this process has held so far, in MB: of the GPU, or of the CPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3  # Linux: kB


def _fault_of_gpus() -> str:
    """What is wrong with the GPUs that the job was given. Empty if nothing is, or if it was given none."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    given = [name for name in named.split(",") if name.strip() not in ("", "-1")]  # -1: the CPU
    # With a driver that is too old, devices exist, but none is available.
    seen = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if seen < len(given):
        fault = f"CUDA_VISIBLE_DEVICES is {named!r}, but PyTorch sees {seen} of {len(given)} GPUs"
        try:
            torch.cuda.init()
        except Exception as error:  # its class depends on what is missing
            return f"{fault}: {str(error).strip().rstrip('.')}"
        return fault
    for index in range(seen):
        if (capability := torch.cuda.get_device_capability(index)) < _least_capability():
            name = torch.cuda.get_device_name(index)
            return f"{name} is too old: its compute capability is {_version(capability)}"
    return ""


def _least_capability() -> tuple[int, int]:
    """The compute capability of the oldest GPU that this PyTorch was built for, such as (7, 5)."""
    names = [name[3:].rstrip("af") for name in torch.cuda.get_arch_list() if name.startswith("sm_")]
    return min((divmod(int(name), 10) for name in names), default=(0, 0))


def _version(numbers: tuple[int, int]) -> str:
    return ".".join(map(str, numbers))


def _needed() -> str:
    """What this PyTorch needs to compute on a GPU."""
    if torch.version.cuda is None:
        return f"PyTorch {torch.__version__} was built for the CPU alone"
    return (
        f"PyTorch {torch.__version__} was built for CUDA {torch.version.cuda}: it needs a driver for that or "
        f"a newer version, and a GPU of compute capability {_version(_least_capability())} or higher"
    )

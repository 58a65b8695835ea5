"""The device that a job computes on: a GPU where there is one, else the CPU."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch


def prepare_device(threads: int) -> torch.device:
    """Choose the device; on the CPU, use `threads` threads and only repeatable algorithms."""
    torch.set_num_threads(threads)
    if torch.cuda.is_available():
        torch.backends.cudnn.benchmark = True
        return torch.device("cuda", torch.cuda.current_device())
    torch.use_deterministic_algorithms(True)
    return torch.device("cpu")


def device_name(device: torch.device) -> str:
    """The GPU's name, or "cpu"."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


def precision(device: torch.device, amp: bool | str) -> torch.dtype:
    """What layers compute in: float32, or with `amp` on a GPU what it says.

    `amp`: "bfloat16", "float16", or True for bfloat16 where the GPU has it, else float16.
    """
    if not amp or device.type != "cuda":
        return torch.float32
    if amp is True:
        amp = "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    return getattr(torch, amp)


def autocast(device: torch.device, dtype: torch.dtype) -> torch.autocast:
    """Context in which layers compute in `dtype`."""
    return torch.autocast(device.type, dtype, enabled=dtype != torch.float32)


def peak_memory_mb(device: torch.device) -> float:
    """The most memory that this process has held so far, in MB: of the GPU, or of the CPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3  # Linux: kB


@contextmanager
def explaining_lack_of_memory(settings: dict[str, Any]) -> Iterator[None]:
    """MemoryError names the settings that decide how much memory is needed, on a GPU as on the CPU."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        on_cpu = "can't allocate memory" in str(error)  # a RuntimeError like any other
        if not isinstance(error, torch.OutOfMemoryError | MemoryError) and not on_cpu:
            raise
        raise MemoryError(
            f"out of memory with backbone {settings['backbone']}, batch_size {settings['batch_size']} "
            f"and image_size {settings['image_size']}; make batch_size or image_size smaller, or "
            "set gradient_checkpointing to true"
        ) from error

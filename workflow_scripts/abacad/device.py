"""The device that a job computes on: a GPU where there is one, else the CPU."""

import resource

import torch


def prepare_device(threads: int) -> torch.device:
    """Choose the device; on the CPU, use `threads` threads and only repeatable algorithms."""
    torch.set_num_threads(threads)
    if torch.cuda.is_available():
        torch.backends.cudnn.benchmark = True
        return torch.device("cuda")
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

"""The time, for benchmarks of what a device computes."""

import time

import torch


def now(device: torch.device) -> float:
    """Seconds of the clock, when all work that the device was given is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()

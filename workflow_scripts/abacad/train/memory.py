"""A run in, the settings to change out, if there is not enough memory for it."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from abacad.settings import Run


@contextmanager
def explaining_lack_of_memory(run: Run) -> Iterator[None]:
    """MemoryError names the settings that decide how much memory is needed, on a GPU and on the CPU."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        on_cpu = "can't allocate memory" in str(error)  # a RuntimeError like any other
        if not isinstance(error, torch.OutOfMemoryError | MemoryError) and not on_cpu:
            raise
        size = run.composition.image_size and list(run.composition.image_size)
        raise MemoryError(
            f"out of memory with backbone {run.architecture.backbone}, batch_size "
            f"{run.optimization.batch_size} and image_size {size}; make batch_size or image_size smaller, "
            "or set gradient_checkpointing to true"
        ) from error

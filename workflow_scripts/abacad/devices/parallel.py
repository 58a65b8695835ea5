"""An ordered map over worker processes that holds only a few results at a time."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

RESULTS_PER_WORKER = 8

# The libraries under NumPy read these when they are loaded. Otherwise each worker would start one
# thread for each core.
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
    ),
    "1",
)


def ordered_map(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Iterator[Result]:
    """Yield `function(item)` for each item, in order, computed by `workers` processes with one thread each.

    `Executor.map` submits everything at once and keeps every result until it is read. Here at most
    `RESULTS_PER_WORKER` items per worker are in flight, so memory does not grow with the number of
    items.
    """
    if workers <= 1:
        yield from map(function, items)
        return
    items = iter(items)
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:

        def submitted(count: int) -> list[Future]:
            some = [*islice(items, count)]
            with _environment(ONE_THREAD):  # a process starts only when it is first needed
                return [pool.submit(function, item) for item in some]

        futures = deque(submitted(workers * RESULTS_PER_WORKER))
        try:
            while futures:
                result = futures.popleft().result()
                futures.extend(submitted(1))
                yield result
        finally:
            for future in futures:
                future.cancel()


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Set these environment variables; processes that start meanwhile inherit them."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value

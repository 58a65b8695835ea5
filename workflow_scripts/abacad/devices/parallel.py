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

# What the libraries under NumPy read when they are loaded. Else each of the workers starts a thread a core.
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
    """Yield `function(item)` for each item, in order, computed by `workers` processes of one thread each.

    `Executor.map` submits everything at once and keeps every result until it is read; here at
    most `RESULTS_PER_WORKER` a worker are in flight, so that memory does not grow with the count.
    """
    if workers <= 1:
        yield from map(function, items)
        return
    items = iter(items)
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:

        def submitted(count: int) -> list[Future]:
            some = [*islice(items, count)]
            with _environment(ONE_THREAD):  # a process starts when it is first needed
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
    """Set these variables of the environment; processes that start meanwhile inherit them."""
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

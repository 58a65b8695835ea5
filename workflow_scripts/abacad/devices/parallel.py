"""An ordered map over worker processes that holds only a few results at a time."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

RESULTS_PER_WORKER = 8


def ordered_map(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Iterator[Result]:
    """Yield `function(item)` for each item, in order, computed by `workers` processes.

    `Executor.map` submits everything at once and keeps every result until it is read; here at
    most `RESULTS_PER_WORKER` a worker are in flight, so that memory does not grow with the count.
    """
    if workers <= 1:
        yield from map(function, items)
        return
    items = iter(items)
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        futures = deque(
            pool.submit(function, item) for item in islice(items, workers * RESULTS_PER_WORKER)
        )
        try:
            while futures:
                result = futures.popleft().result()
                futures.extend(pool.submit(function, item) for item in islice(items, 1))
                yield result
        finally:
            for future in futures:
                future.cancel()

"""Promises about the ordered map: order, memory, errors."""

import os
import time

import pytest
from threadpoolctl import threadpool_info

from abacad.devices.parallel import RESULTS_PER_WORKER, ordered_map


def slow_if_even(number: int) -> int:
    time.sleep(0.02 * (number % 2 == 0))
    return number * number


def refuse_three(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


def process_id(number: int) -> int:
    return os.getpid()


def threads_of_blas(number: int) -> list[int]:
    import numpy  # noqa: F401 that loads a BLAS

    return [library["num_threads"] for library in threadpool_info()]


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_items(workers):
    assert list(ordered_map(slow_if_even, range(20), workers)) == [n * n for n in range(20)]


def test_items_are_taken_only_a_few_ahead_of_the_results():
    taken = []
    items = (taken.append(number) or number for number in range(1000))
    for read, _ in enumerate(ordered_map(abs, items, workers=2), start=1):
        assert len(taken) - read <= 2 * RESULTS_PER_WORKER
    assert len(taken) == 1000


def test_two_workers_are_other_processes():
    assert os.getpid() not in set(ordered_map(process_id, range(4), workers=2))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_a_worker_is_raised(workers):
    with pytest.raises(ValueError, match="three"):
        list(ordered_map(refuse_three, range(10), workers))


def test_a_worker_computes_in_one_thread_and_the_environment_stays_as_it_was(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    before = dict(os.environ)
    for threads in ordered_map(threads_of_blas, range(40), workers=2):
        assert threads and set(threads) == {1}
        assert dict(os.environ) == before

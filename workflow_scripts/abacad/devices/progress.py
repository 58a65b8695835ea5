"""What a long job does and how long it will take: in its log, and now and then on the console.

A rule sends a job's output to its log and opens descriptor 3 on the console: `3>&2 > {log} 2>&1`.
ABACAD_CONSOLE=3 says what descriptor 3 is. If you run a script by hand, there is no such variable, and
everything goes to the output.
"""

import fcntl
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing.reduction import DupFd
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")

FIRST = 30.0  # s until a job writes to the console; a job that ends sooner writes nothing there
EVERY = 60.0  # s between two lines on the console

# In a terminal the bar moves all the time; in a log it adds a line only now and then.
BAR = {} if sys.stderr.isatty() else {"mininterval": 30}


def tell(text: str) -> None:
    """Write one line to the log, and to the console if there is one."""
    print(text, flush=True)
    _tell_console(text)


class Progress:
    """How many of `total` are done, and how long the rest will take.

    Shown by a bar in the log or the terminal, and by lines on the console, such as "Normalising train
    3-of-16: 1,200 of 3,750 cadences, 4 min left". The first line comes after 30 s, then one each
    minute.

    title  what is done; at the start of the line
    unit   what `total` counts, in the plural
    bar    False: nothing in the log, for all but one of several processes that work together
    """

    def __init__(self, title: str, total: int, unit: str, bar: bool = True):
        self._title, self._total, self._unit = title, total, unit
        self._bar = tqdm(desc=title, total=total, unit=f" {unit}", disable=not bar, **BAR)
        self._started = time.monotonic()
        self._next_line = self._started + FIRST
        self._done = 0

    def advance(self, count: int = 1) -> None:
        """This many more are done."""
        self._done += count
        self._bar.update(count)
        now = time.monotonic()
        if now >= self._next_line and 0 < self._done < self._total:
            left = _duration((now - self._started) * (self._total - self._done) / self._done)
            done = f"{self._done:,} of {self._total:,} {self._unit}"
            _tell_console(f"{self._title}: {done}, {left} left")
            self._next_line = now + EVERY

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.close()


def progress(
    items: Iterable[Item],
    title: str,
    total: int,
    unit: str,
    size: Callable[[Item], int] = lambda item: 1,
) -> Iterator[Item]:
    """Yield the items and show the `Progress`. `size` tells how many of `total` an item counts."""
    with Progress(title, total, unit) as shown:
        for item in items:
            yield item
            shown.advance(size(item))


def _duration(seconds: float) -> str:
    """A time as people say it: 50 s, 4 min, 2.5 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def _given_console() -> int | None:
    """The descriptor that ABACAD_CONSOLE names, if it is open for writing."""
    name = os.environ.get("ABACAD_CONSOLE", "")
    if not name.isdecimal():
        return None
    try:
        mode = fcntl.fcntl(int(name), fcntl.F_GETFL) & os.O_ACCMODE
    except OSError:  # it is closed
        return None
    return None if mode == os.O_RDONLY else int(name)


# Read now, before a file that this process opens can get the same number.
CONSOLE = _given_console()


class Console:
    """This process's console, to be passed to a process that multiprocessing spawns, which may `take`
    it."""

    taken = False

    def __getstate__(self) -> tuple:
        return (None if CONSOLE is None else DupFd(CONSOLE),)

    def __setstate__(self, state: tuple) -> None:
        (self._descriptor,) = state

    def take(self) -> None:
        """From now on, write to this console."""
        global CONSOLE
        CONSOLE = self._descriptor and self._descriptor.detach()
        Console.taken = True


def _tell_console(text: str) -> None:
    # In a process that was started by another one, the number may mean something else, such as a pipe.
    is_ours = Console.taken or multiprocessing.parent_process() is None
    if CONSOLE is not None and is_ours:
        with suppress(OSError):  # the console may be gone by now, but the job continues
            os.write(CONSOLE, f"{text}\n".encode())

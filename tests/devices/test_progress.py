"""A long job reports its progress in its log and now and then on the console; a short one only in its log."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from abacad.devices import progress as module
from abacad.devices.data_parallel import run_in_processes, total
from abacad.devices.parallel import ordered_map
from abacad.devices.progress import progress, tell

LIBRARY = Path(__file__).parents[2] / "workflow_scripts"


@pytest.fixture
def console(monkeypatch):
    """A function that reads what this process has written to the console."""
    read, write = os.pipe()
    os.set_blocking(read, False)
    monkeypatch.setattr(module, "CONSOLE", write)

    def said() -> list[str]:
        try:
            return os.read(read, 100_000).decode().splitlines()
        except BlockingIOError:
            return []

    yield said
    os.close(read)
    os.close(write)


@pytest.fixture
def clock(monkeypatch):
    """A function that lets time pass, in s."""
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])

    def wait(seconds: float) -> None:
        now[0] += seconds

    return wait


def test_the_console_hears_after_30_s_and_then_once_a_minute_how_long_it_will_take(console, clock):
    for _ in progress(range(3750), "Normalising train 3-of-16", 3750, "cadences"):
        clock(0.125)
    assert console() == [
        "Normalising train 3-of-16: 240 of 3,750 cadences, 7 min left",
        "Normalising train 3-of-16: 720 of 3,750 cadences, 6 min left",
        "Normalising train 3-of-16: 1,200 of 3,750 cadences, 5 min left",
        "Normalising train 3-of-16: 1,680 of 3,750 cadences, 4 min left",
        "Normalising train 3-of-16: 2,160 of 3,750 cadences, 3 min left",
        "Normalising train 3-of-16: 2,640 of 3,750 cadences, 2 min left",
        "Normalising train 3-of-16: 3,120 of 3,750 cadences, 79 s left",
        "Normalising train 3-of-16: 3,600 of 3,750 cadences, 19 s left",
    ]


def test_a_job_of_less_than_30_s_says_nothing_on_the_console_and_shows_its_bar_in_the_log(
    console, clock, capsys
):
    for _ in progress(range(29), "Indexing", 29, "cadences"):
        clock(1)
    assert console() == []
    assert re.search(r"Indexing: 100%.* 29/29 .* cadences/s", capsys.readouterr().err)


def test_the_log_of_a_long_job_has_few_lines(capsys):
    for _ in progress(range(100_000), "Indexing", 100_000, "cadences"):
        pass
    assert len(re.findall(r"Indexing: ", capsys.readouterr().err)) <= 3


def test_items_come_through_as_they_are_and_each_counts_by_its_size(console, clock):
    blocks = [[1, 2, 3], [4, 5]]
    through = []
    for block in progress(blocks, "Sketching", 5, "cadences", size=len):
        through.append(block)
        clock(60 * 60)
    assert through == blocks
    assert console() == ["Sketching: 3 of 5 cadences, 40 min left"]


def test_what_is_told_is_in_the_log_and_on_the_console(console, capsys):
    tell("3 of 600 cadences of train are left out")
    assert console() == ["3 of 600 cadences of train are left out"]
    assert capsys.readouterr().out == "3 of 600 cadences of train are left out\n"


def run(code: str, redirection: str, folder: Path, **environment: str) -> str:
    """The standard output of the code, run with the descriptors of a shell's `redirection`."""
    shell = f'exec "$0" -c "$1" {redirection}'
    done = subprocess.run(
        ["sh", "-c", shell, sys.executable, code],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(LIBRARY)} | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


TELL = """
from abacad.devices.progress import tell
with open("data", "w") as first:  # may get the number 3
    tell("hello")
"""


def test_the_console_is_descriptor_3_where_a_rule_says_so(tmp_path):
    assert run(TELL, "3>console", tmp_path, ABACAD_CONSOLE="3") == "hello\n"
    assert (tmp_path / "console").read_text() == "hello\n"


@pytest.mark.parametrize("number", ["", "3", "x"])
def test_a_descriptor_3_that_is_closed_or_not_open_for_writing_or_not_meant_stays_untouched(
    tmp_path, number
):
    (tmp_path / "console").write_text("before")
    redirection = "3>>console" if number != "3" else "3<console"
    for redirected in (redirection, "3>&-"):
        assert run(TELL, redirected, tmp_path, ABACAD_CONSOLE=number) == "hello\n"
        assert (tmp_path / "data").read_text() == ""
        assert (tmp_path / "console").read_text() == "before"


def tell_on(descriptor: int) -> int:
    module.CONSOLE = descriptor
    module._tell_console("from a worker")
    return descriptor


def test_a_worker_whose_descriptors_are_other_ones_writes_to_none():
    assert list(ordered_map(tell_on, range(3, 30), workers=2)) == [*range(3, 30)]


def tell_together(text: str) -> None:
    total(1.0, torch.device("cpu"))  # or one might end before the other has met it
    tell(text)


def test_of_processes_that_train_together_the_first_has_the_console(console):
    run_in_processes(2, tell_together, "hello")
    assert console() == ["hello"]


def test_processes_that_train_together_need_no_console(monkeypatch):
    monkeypatch.setattr(module, "CONSOLE", None)
    run_in_processes(2, tell_together, "hello")


def test_a_console_that_is_gone_does_not_stop_a_job(tmp_path):
    code = "import os; from abacad.devices.progress import tell; os.close(3); tell('hello')"
    assert run(code, "3>console", tmp_path, ABACAD_CONSOLE="3") == "hello\n"

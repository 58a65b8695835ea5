"""A training in several processes is the same as in one: the same batches, mixing and schedule."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from abacad.devices import data_parallel
from abacad.devices.data_parallel import process_count, run_in_processes, sharing_batch_statistics
from abacad.settings import Run
from abacad.tables.files import write_json
from abacad.train.training_job import starting_model
from conftest import outputs, stores
from train import train_fold

SCRIPTS = Path(train_fold.__file__).parents[1]


@pytest.fixture
def plain(settings) -> dict:
    """Settings without anything that is random in each process by itself, and without batch normalisation."""
    chance = {"drop_rate": 0.0, "drop_path_rate": 0.0}
    return settings | chance | {"backbone": "test_efficientnet_ln", "gpus": 2, "batch_size": 6}


@pytest.fixture
def train_both_ways(command, monkeypatch):
    """A function that trains in one process and in two, and gives the weights and history of both."""

    def train_both_ways(settings: dict) -> list[tuple[dict, list[dict]]]:
        write_json("round0.json", settings)
        results = []
        for count in (1, 2):
            monkeypatch.setattr(train_fold, "process_count", lambda wanted, count=count: count)
            run = f"processes{count}"
            command(
                train_fold,
                f"--settings round0.json --folds folds.parquet --fold 0 {outputs(run)} "
                f"--stores {stores('train', 'test')} --threads 2",
            )
            with open(f"{run}/history.tsv") as file:
                history = list(csv.DictReader(file, delimiter="\t"))
            results.append((load_file(f"{run}/weights.safetensors"), history))
        return results

    return train_both_ways


@pytest.mark.parametrize(
    "extra",
    [
        {"head_only_epochs": 1, "ema": {"decay": 0.5}, "gradient_clip": 0.5},
        {"dann": {"weight": 1.0}, "mixup": None},
    ],
    ids=["mixup_head_first_ema_clipping", "dann"],
)
def test_two_processes_end_where_one_does(train_both_ways, plain, extra):
    (alone, history), (together, joint_history) = train_both_ways(plain | extra)
    for name, tensor in alone.items():
        torch.testing.assert_close(together[name], tensor, rtol=1e-3, atol=1e-4, msg=name)
    for row, joint_row in zip(history, joint_history, strict=True):
        assert float(joint_row["loss"]) == pytest.approx(float(row["loss"]), rel=1e-4)
        assert joint_row["learning_rate"] == row["learning_rate"]
        assert joint_row["auc"] == row["auc"]


def test_an_error_in_one_process_is_the_error_of_the_training(make_run):
    with pytest.raises(Exception, match="backbone nothing: timm has no such model"):
        run_in_processes(2, build_in_rank_one, make_run(backbone="nothing"))


def build_in_rank_one(run: Run) -> None:
    if data_parallel.rank() == 1:
        starting_model(run, 0, None, None)
    data_parallel.total(1.0, torch.device("cpu"))  # the first process waits here


def test_an_exit_code_of_a_process_is_that_of_the_training():
    with pytest.raises(SystemExit) as exit:
        run_in_processes(2, leave)
    assert exit.value.code == os.EX_TEMPFAIL


def leave() -> None:
    sys.exit(os.EX_TEMPFAIL)


def test_batch_normalisation_on_several_cpus_is_refused(make_run, monkeypatch):
    model = starting_model(make_run(), 0, None, None)
    assert sharing_batch_statistics(model, torch.device("cpu")) is model
    monkeypatch.setattr(data_parallel, "count", lambda: 2)
    with pytest.raises(ValueError, match="cannot train a model with batch normalisation"):
        sharing_batch_statistics(model, torch.device("cpu"))
    shared = sharing_batch_statistics(model, torch.device("cuda"))
    kinds = {type(layer).__name__ for layer in shared.modules()}
    assert "SyncBatchNormAct" in kinds and "BatchNormAct2d" not in kinds


@pytest.mark.parametrize(("visible", "processes"), [(0, 1), (1, 1), (2, 2), (4, 2)])
def test_there_are_as_many_processes_as_gpus_wanted_and_visible(monkeypatch, visible, processes):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: visible)
    assert process_count(2) == processes


def test_the_processes_of_a_killed_training_end(tmp_path):
    code = (
        f"import sys; sys.path[:0] = {[str(SCRIPTS), str(Path(__file__).parent)]!r}\n"
        "from test_data_parallel import wait_for_nobody\n"
        "from abacad.devices.data_parallel import run_in_processes\n"
        f"if __name__ == '__main__': run_in_processes(2, wait_for_nobody, {str(tmp_path)!r})\n"
    )
    (tmp_path / "parent.py").write_text(code)
    parent = subprocess.Popen([sys.executable, tmp_path / "parent.py"])
    deadline = time.monotonic() + 180
    while len(children := list(tmp_path.glob("*.pid"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert len(children) == 2
    while any(Path("/proc", pid.stem).exists() for pid in children):
        assert time.monotonic() < deadline, "a process outlived the training"
        time.sleep(0.1)


def wait_for_nobody(folder: str) -> None:
    """The first process waits inside a collective for the second, which sleeps."""
    Path(folder, f"{os.getpid()}.pid").touch()
    if data_parallel.rank() == 1:
        time.sleep(600)
    data_parallel.total(1.0, torch.device("cpu"))

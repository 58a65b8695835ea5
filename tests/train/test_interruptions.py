"""An interruption costs a training one epoch at most, and its files are whole and as if nothing had
happened."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from abacad.tables.files import write_json
from abacad.train import loop as train_module
from abacad.train.memory import explaining_lack_of_memory
from abacad.train.time_limit import RESERVE, end_of_job, seconds_for_epoch
from conftest import outputs, stores
from train import export_embeddings, predict_fold, train_fold


@pytest.fixture
def job(command, settings):
    """A function that returns the command line of a training of six epochs, for a process of its own."""
    write_json("round0.json", settings | {"epochs": 6, "mixup": None})
    return lambda run: [sys.executable, train_fold.__file__, *arguments(run).split()]


def arguments(run: str) -> str:
    return (
        f"--settings round0.json --folds folds.parquet --fold 0 --stores {stores('train')} "
        f"{outputs(run)}"
    )


def files(run: str) -> set[str]:
    return {path.name for path in Path(run).rglob("*") if path.is_file()}


def test_a_training_killed_again_and_again_ends_with_the_same_bits(job):
    subprocess.run(job("calm"), check=True, stdout=subprocess.DEVNULL)
    resumed = 0
    for epoch in (0, 2, 3):
        with subprocess.Popen(job("killed"), stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                resumed += line.startswith("resuming after epoch")
                if line.startswith(f"epoch={epoch} "):
                    process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        assert files("killed") == {"last.pt"}
    last = subprocess.run(job("killed"), check=True, stdout=subprocess.PIPE, text=True).stdout
    assert resumed == 2 and "resuming after epoch" in last
    assert files("killed") == files("calm") == {
        "weights.safetensors", "history.tsv", "metrics.json"
    }  # fmt: skip
    calm, killed = (Path(run, "weights.safetensors").read_bytes() for run in ("calm", "killed"))
    assert calm == killed
    calm, killed = (json.loads(Path(run, "metrics.json").read_text()) for run in ("calm", "killed"))
    timed = {"seconds": 0, "state_seconds": 0}
    assert calm | timed == killed | timed


def test_a_full_disk_leaves_nothing_half_written_and_what_was_to_be_written_is_named(job):
    full = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))}
    done = subprocess.run(job("full"), **full, capture_output=True, text=True)
    assert done.returncode == 1
    assert "File too large\nwhile writing full/state/last.pt" in done.stderr
    assert files("full") == set()
    subprocess.run(job("full"), check=True)
    assert "metrics.json" in files("full")


def test_a_store_that_was_cut_off_is_found_before_training(job):
    store = Path(stores("train"))
    store.write_bytes(store.read_bytes()[:-1000])
    done = subprocess.run(job("cut"), capture_output=True, text=True)
    assert done.returncode == 1
    assert f"{store}: not a store file" in done.stderr
    assert "epoch=" not in done.stdout and not Path("cut").exists()


def test_too_little_memory_is_explained(command, settings):
    write_json("round0.json", settings | {"epochs": 1, "mixup": None})
    command(train_fold, arguments("small"))
    write_json("round0.json", settings | {"image_size": [200_000, 200_000]})
    explained = r"batch_size 4 and image_size \[200000, 200000\]; make"
    with pytest.raises(MemoryError, match=explained):
        command(train_fold, arguments("large"))
    prediction = (
        "--settings round0.json --weights small/weights.safetensors --folds folds.parquet --fold 0 "
        f"--stores {stores('train')}"
    )
    with pytest.raises(MemoryError, match=explained):
        command(predict_fold, f"{prediction} --predictions large.parquet")
    with pytest.raises(MemoryError, match=explained):
        command(export_embeddings, f"{prediction} --embeddings large.parquet")


def test_other_errors_are_not_called_a_lack_of_memory(make_run):
    with (
        pytest.raises(RuntimeError, match="shapes differ"),
        explaining_lack_of_memory(make_run()),
    ):
        raise RuntimeError("shapes differ")


def test_a_training_stops_before_its_time_is_over_and_goes_on_later(
    command, settings, monkeypatch, capsys
):
    write_json("round0.json", settings)
    command(train_fold, arguments("calm"))
    now = iter([100, 950, 980])  # before each epoch
    clock = SimpleNamespace(time=lambda: next(now), perf_counter=time.perf_counter)
    with monkeypatch.context() as patch:
        patch.setattr(train_module, "end_of_job", lambda: 1000)
        patch.setattr(train_module, "time", clock)
        with pytest.raises(SystemExit) as exit:
            command(train_fold, arguments("stopped"))
    assert exit.value.code == os.EX_TEMPFAIL
    assert "stopped before epoch 2, which might outlast the job" in capsys.readouterr().out
    assert files("stopped") == {"last.pt"}
    command(train_fold, arguments("stopped"))
    assert "resuming after epoch 1" in capsys.readouterr().out
    calm, stopped = (Path(run, "weights.safetensors").read_bytes() for run in ("calm", "stopped"))
    assert calm == stopped


def test_what_an_epoch_may_take_is_the_longest_so_far_and_a_first_validation():
    history = [
        {"seconds": 100.0, "images_per_second": 50.0},
        {"seconds": 90.0, "images_per_second": 60.0},
    ]
    assert seconds_for_epoch([], 1000) == RESERVE  # nothing is known yet
    assert seconds_for_epoch(history, 0) == pytest.approx(120 + RESERVE)
    assert seconds_for_epoch(history, 1000) == pytest.approx(1.2 * (100 + 20) + RESERVE)


def test_the_end_of_a_job_of_slurm_is_what_squeue_says(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    assert end_of_job() is None
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert end_of_job() is None
    assert "SLURM's job 17 may last is not known" in capsys.readouterr().out
    squeue = tmp_path / "squeue"
    squeue.write_text(
        '#!/bin/sh\n[ "$2 $SLURM_TIME_FORMAT" = "--jobs=17 %s" ] && echo 1795000000\n'
    )
    squeue.chmod(0o755)
    assert end_of_job() == 1795000000

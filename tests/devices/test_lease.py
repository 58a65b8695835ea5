"""No two jobs compute on one GPU, and a job that ends, however it ends, frees its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from abacad.devices.lease import lock_folder, visible_devices, why_no_device

SCRIPT = Path(__file__).parents[2] / "workflow_scripts/train/lease_gpus.py"
A, B = "GPU-aa11", "GPU-ab22"

# Written in one piece, so that lines of two processes do not mix.
SHOW = "import os, sys; os.write(1, f'{os.environ[\"CUDA_VISIBLE_DEVICES\"]}\\n'.encode())"
JOB = f"{SHOW}; sys.stdin.read()"  # ends when its standard input is closed


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A function that sets which GPUs this machine's nvidia-smi lists, in a world without other jobs."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    monkeypatch.delenv("ABACAD_GPUS_MAY_BE_MISSING", raising=False)
    monkeypatch.setenv("ABACAD_GPU_LOCKS", str(tmp_path / "locks"))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    def machine(*uuids: str) -> None:
        nvidia_smi = tmp_path / "nvidia-smi"
        nvidia_smi.write_text("\n".join(["#!/bin/sh", *(f"echo {uuid}" for uuid in uuids)]))
        nvidia_smi.chmod(0o755)

    return machine


@pytest.fixture
def start(machine):
    """A function that starts a job through lease_gpus.py; it is killed after the test."""
    jobs = []

    def start(gpus: int, *options: str, command: str = JOB, **environment: str):
        job = subprocess.Popen(
            [sys.executable, SCRIPT, f"--gpus={gpus}", *options, sys.executable, "-c", command],
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        jobs.append(job)
        return job

    yield start
    for job in jobs:
        with job:
            job.kill()


def devices(job: subprocess.Popen) -> str:
    """CUDA_VISIBLE_DEVICES of a job, as soon as it runs."""
    line = job.stdout.readline()
    assert line, job.stderr.read()
    return line.rstrip("\n")


def refusal(job: subprocess.Popen, exit_code: int) -> str:
    """The message of a job that is not started."""
    shown, said = job.communicate(timeout=10)
    assert (shown, job.returncode) == ("", exit_code), said
    return said


def test_two_jobs_have_two_devices(machine, start):
    machine(A, B)
    assert {devices(start(1)), devices(start(1))} == {A, B}


def test_a_job_waits_for_a_device_tells_who_has_it_and_gets_it(machine, start):
    machine(A)
    first = start(1)
    assert devices(first) == A
    second = start(1)
    holder = f"last taken by process {first.pid}: {sys.executable} -c "
    assert f"waiting for 1 of the GPUs {A} ({holder}" in second.stderr.readline()
    first.communicate()
    assert devices(second) == A


def test_kill_9_frees_the_device(machine, start):
    machine(A)
    first = start(1)
    assert devices(first) == A
    first.send_signal(signal.SIGKILL)
    assert devices(start(1)) == A


def test_a_device_is_not_free_before_the_children_of_a_killed_job_end(machine, start):
    machine(A)
    first = start(1, command=f"import os; os.fork(); {JOB}")
    assert devices(first) == devices(first) == A
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert "not free" in refusal(start(1, "--wait=0"), os.EX_UNAVAILABLE)
    first.stdin.close()  # ends the child
    assert devices(start(1)) == A


def test_a_job_that_waits_too_long_says_for_what(machine, start):
    machine(A)
    first = start(1)
    assert devices(first) == A
    said = refusal(start(1, "--wait=0.005"), os.EX_UNAVAILABLE)
    assert f"not free within 0.005 minutes: 1 of the GPUs {A} (last taken by process" in said


def test_no_gpu_asked_for_is_the_cpu(machine, start):
    machine(A)
    assert devices(start(0)) == ""


def test_a_gpu_asked_for_where_there_is_none_is_an_error_that_says_why_and_how_to_use_the_cpu(
    machine, start
):
    machine()
    said = refusal(start(1), 2)
    assert (
        "1 of this machine's GPUs asked for, but none is visible: nvidia-smi lists no GPU" in said
    )
    assert "To compute on the CPU, say --gpus 0 (snakemake --resources gpu=0)" in said


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exit 0", "nvidia-smi lists no GPU: it says nothing"),
        ("echo No devices were found", "nvidia-smi lists no GPU: No devices were found"),
        ("echo 'driver/library version mismatch'; exit 18", "exit code 18: driver/library version"),
        ("echo 'no such library' >&2; exit 12", "failed with exit code 12: no such library"),
    ],
)
def test_an_nvidia_smi_that_lists_no_gpu_is_heard(machine, tmp_path, script, why):
    machine()
    (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\n{script}\n")
    assert visible_devices() == []
    assert why in why_no_device()


def test_a_machine_without_nvidia_smi_says_so(machine, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert visible_devices() == []
    assert "there is no nvidia-smi on PATH" in why_no_device()


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ("", "CUDA_VISIBLE_DEVICES is set, but empty"),
        ("NoDevFiles", "CUDA_VISIBLE_DEVICES is 'NoDevFiles', which names no GPU of this machine"),
        ("2", f"'2', which names no GPU of this machine (nvidia-smi lists {A}, {B})"),
    ],
)
def test_a_cuda_visible_devices_that_names_no_gpu_is_an_error(machine, start, names, why):
    machine(A, B)
    assert why in refusal(start(1, CUDA_VISIBLE_DEVICES=names), 2)
    assert devices(start(0, CUDA_VISIBLE_DEVICES=names)) == ""


@pytest.mark.parametrize("names", ["", "1"])
def test_a_cluster_whose_gpus_may_be_missing_is_believed(machine, start, names):
    machine(A)
    settings = {"CUDA_VISIBLE_DEVICES": names, "ABACAD_GPUS_MAY_BE_MISSING": "1"}
    assert devices(start(1, **settings)) == names


def test_more_gpus_than_are_visible_are_an_error_that_names_them(machine, start):
    machine(A, B)
    said = refusal(start(3), 2)
    assert f"3 GPUs are asked for, but these are visible: {A}, {B}; ask for fewer" in said
    assert "--resources gpu=2" in said


def test_a_job_has_exactly_what_slurm_gave_it(machine, start):
    machine(A, B)
    given = {"CUDA_VISIBLE_DEVICES": "1", "SLURM_JOB_ID": "7"}
    assert devices(start(1, "--wait=0", **given)) == B


def test_jobs_in_an_allocation_split_its_devices(machine, start):
    machine(A, B, "GPU-cc33")
    given = {"CUDA_VISIBLE_DEVICES": "1,2", "SLURM_JOB_ID": "7"}
    assert {devices(start(1, **given)), devices(start(1, **given))} == {B, "GPU-cc33"}
    refusal(start(1, "--wait=0", **given), os.EX_UNAVAILABLE)


def test_without_nvidia_smi_an_index_is_a_device_of_its_slurm_job(machine, start):
    machine()
    seventh, eighth = ({"CUDA_VISIBLE_DEVICES": "0", "SLURM_JOB_ID": job} for job in "78")
    assert devices(start(1, **seventh)) == "0"
    assert devices(start(1, "--wait=0", **eighth)) == "0"
    refusal(start(1, "--wait=0", **seventh), os.EX_UNAVAILABLE)


@pytest.mark.parametrize("name", ["1", B, "GPU-ab"])
def test_a_device_has_one_lock_whatever_it_is_called(machine, start, name):
    machine(A, B)
    assert devices(start(1, CUDA_VISIBLE_DEVICES=name)) == B
    refusal(start(1, "--wait=0", CUDA_VISIBLE_DEVICES=B), os.EX_UNAVAILABLE)


@pytest.mark.parametrize(
    ("names", "visible"),
    [
        ("1,0", [B, A]),
        ("0, 0", [A]),
        ("0,-1,1", [A]),
        ("2", []),
        ("GPU-a", []),  # the start of both
        ("MIG-cc33", ["MIG-cc33"]),
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
    ],
)
def test_cuda_visible_devices_is_read_as_cuda_does(machine, monkeypatch, names, visible):
    machine(A, B)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", names)
    assert visible_devices() == visible


def test_jobs_that_want_the_same_two_devices_all_get_them(machine, start):
    machine(A, B)
    jobs = [start(2, command=SHOW, CUDA_VISIBLE_DEVICES=names) for names in ("0,1", "1,0") * 3]
    assert [sorted(devices(job).split(",")) for job in jobs] == [[A, B]] * 6


def test_the_command_takes_the_place_of_the_lease(machine, start):
    machine(A)
    job = start(1, command="import os; print(os.getpid(), flush=True); os._exit(7)")
    assert devices(job) == str(job.pid)
    assert job.wait() == 7
    job = start(1)
    assert devices(job) == A
    job.terminate()
    assert job.wait() == -signal.SIGTERM


def test_a_folder_of_locks_that_belongs_to_someone_else_is_refused(machine, monkeypatch):
    lock_folder()
    monkeypatch.setattr(os, "getuid", lambda: 4321)
    with pytest.raises(PermissionError, match="belongs to someone else; name a folder of your own"):
        lock_folder()

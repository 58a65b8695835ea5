"""Leases of GPUs: a job holds a lock on each of its devices, for exactly as long as its process lives.

A lock is flock(2) on one file for each device, in a folder of this node and user. The job inherits the
open file. So the kernel frees the device when the job ends, even by kill -9, and nothing is left to
clean up. The files stay. If a locked file were removed, the next job would lock a new one of the same
name.

Devices are identified by UUID, since an index only counts the visible devices. A job to which SLURM
gave exactly the devices it asks for locks them too. No other allocation has them, so it gets them at
once. It waits only for other jobs in the same allocation that still compute on them: a job that
outlived the Snakemake that started it, or a job of another Snakemake.
"""

import fcntl
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


def lease(count: int, wait: float, job: str) -> list[str]:
    """Take `count` of the visible GPUs, all or none. Wait at most `wait` seconds until they are free.

    Returns their names for CUDA_VISIBLE_DEVICES; none if none are asked for. This process holds them,
    and so does the program that it becomes by exec. Other jobs that wait for them are told about `job`.

    ValueError: fewer are visible, or none, and why. TimeoutError: they were not free in time.
    PermissionError: the folder of the locks belongs to someone else.
    """
    if count == 0:
        return []
    devices = visible_devices()
    if not devices and may_be_missing():
        return []
    if not devices:
        raise ValueError(
            f"{count} of this machine's GPUs asked for, but none is visible: {why_no_device()}. To compute "
            "on the CPU, say --gpus 0 (snakemake --resources gpu=0)"
        )
    if len(devices) < count:
        raise ValueError(
            f"{count} GPUs are asked for, but these are visible: {', '.join(devices)}; ask for "
            f"fewer (snakemake --resources gpu={len(devices)}), or show more (CUDA_VISIBLE_DEVICES)"
        )
    folder = lock_folder()
    files = {device: folder / _lock_name(device) for device in devices}
    started = time.monotonic()
    told = -60.0  # seconds since `started`, as `waited`
    while not (locks := _take(count, files)):
        waited = time.monotonic() - started
        if waited > wait:
            raise TimeoutError(f"not free within {wait / 60:g} minutes: {_held(count, files)}")
        if waited - told >= 60:
            print(f"waiting for {_held(count, files)}", file=sys.stderr)
            told = waited
        time.sleep(random.uniform(0.05, 0.15))  # so that jobs do not block each other
    for lock in locks.values():
        os.set_inheritable(lock, True)
        with suppress(OSError):  # a full disk: this text is only information
            os.ftruncate(lock, 0)
            os.write(lock, os.fsencode(f"process {os.getpid()}: {job}"))
    return list(locks)


def visible_devices() -> list[str]:
    """Names of the GPUs that a job started here would see: their UUIDs, if nvidia-smi lists them."""
    uuids = [] if may_be_missing() else _nvidia_smi()[0]
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is None:
        return uuids
    devices = []
    for name in named.split(","):
        device = _device(name.strip(), uuids)
        if device is None:  # CUDA too uses only what stands before a wrong name
            break
        devices.append(device)
    return list(dict.fromkeys(devices))


def why_no_device() -> str:
    """Why `visible_devices` finds none, for an error."""
    uuids, complaint = _nvidia_smi()
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is None:
        return complaint
    if not named.strip():
        return "CUDA_VISIBLE_DEVICES is set, but empty"
    listed = complaint or f"nvidia-smi lists {', '.join(uuids)}"
    return f"CUDA_VISIBLE_DEVICES is {named!r}, which names no GPU of this machine ({listed})"


def may_be_missing() -> bool:
    """Whether to lease whatever CUDA_VISIBLE_DEVICES names, for tests on a cluster without GPUs."""
    return os.environ.get("ABACAD_GPUS_MAY_BE_MISSING") == "1"


def lock_folder() -> Path:
    """The folder of this node's locks, which is made if it is missing. PermissionError: it is not our
    own."""
    folder = Path(os.environ.get("ABACAD_GPU_LOCKS", f"/tmp/abacad-gpus-{os.getuid()}"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.lstat().st_uid != os.getuid():
        raise PermissionError(
            f"{folder}, for the locks of GPUs, belongs to someone else; name a folder of your own "
            "on this node in ABACAD_GPU_LOCKS"
        )
    return folder


def _nvidia_smi() -> tuple[list[str], str]:
    """UUIDs of the GPUs in the order of their indices (by PCI bus); if there are none, the reason."""
    query = ("nvidia-smi", "--query-gpu=uuid", "--format=csv,noheader")
    try:
        done = subprocess.run(query, capture_output=True, text=True)
    except FileNotFoundError:
        return [], "there is no nvidia-smi on PATH, which comes with NVIDIA's driver"
    except OSError as error:
        return [], f"nvidia-smi cannot be run: {error.strerror}"
    said = " ".join((done.stderr + done.stdout).split())
    if done.returncode != 0:
        return (
            [],
            f"nvidia-smi failed with exit code {done.returncode}: {said or 'it says nothing'}",
        )
    uuids = [line.strip() for line in done.stdout.splitlines() if line.startswith("GPU-")]
    return uuids, "" if uuids else f"nvidia-smi lists no GPU: {said or 'it says nothing'}"


def _device(name: str, uuids: Sequence[str]) -> str | None:
    """The device that CUDA_VISIBLE_DEVICES names by index, UUID or the start of one. None: no such
    device."""
    if name.startswith("MIG-"):  # a part of a GPU, which nvidia-smi's query does not list
        return name
    if not uuids:
        return name if name.isdigit() or name.startswith("GPU-") else None
    if name.isdigit():
        return uuids[int(name)] if int(name) < len(uuids) else None
    found = [uuid for uuid in uuids if name.startswith("GPU-") and uuid.startswith(name)]
    return found[0] if len(found) == 1 else None


def _lock_name(device: str) -> str:
    """The file of its lock. A bare index, without nvidia-smi, is a different device in each SLURM job."""
    if device.isdigit():
        device = f"{os.environ.get('SLURM_JOB_ID', 'index')}-{device}"
    return f"{device.replace('/', '_')}.lock"


def _take(count: int, files: dict[str, Path]) -> dict[str, int]:
    """Lock `count` of the devices and return their open files; none if fewer are free."""
    locks = {}
    for device, path in files.items():
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        locks[device] = lock
        if len(locks) == count:
            return locks
    for lock in locks.values():
        os.close(lock)
    return {}


def _held(count: int, files: dict[str, Path]) -> str:
    """What the job waits for, and who took it last."""
    takers = (
        f"{device} (last taken by {os.fsdecode(path.read_bytes())})"
        for device, path in files.items()
    )
    return f"{count} of the GPUs {', '.join(takers)}"

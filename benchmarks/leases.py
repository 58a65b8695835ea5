"""Leases of GPUs under random kill -9: is a device ever held twice, is a lease lost, what does one cost?

16 jobs at a time start through lease_gpus.py on two devices that are only names, and hold one for some
milliseconds. Of every ten, three are killed: while they start or wait, or while they hold. Each takes a
second lock on its device, of a kind that flock knows nothing of: where that one is taken, the device is
held twice. A job that neither ends well nor was killed has lost its lease, and so has a device that is not
free at the end. Exits with 1 where either happens.

    make benchmark-leases
    python benchmarks/leases.py --leases 500
"""

import argparse
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

JOBS, DEVICES = 16, 2
KILLED_WAITING, KILLED_HOLDING = 0.15, 0.15  # shares of the jobs
LEASE = Path(__file__).resolve().parents[1] / "workflow_scripts/train/lease_gpus.py"

# The second lock is a POSIX record lock. It belongs to the process and ends with it.
HOLDER = """
import fcntl, os, sys, time
for device in os.environ["CUDA_VISIBLE_DEVICES"].split(","):
    witness = os.open(device, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.lockf(witness, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit("held twice")
os.write(1, b"held")
time.sleep(float(sys.argv[1]))
"""


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    leases_help = "how many are taken (default: %(default)s)"
    parser.add_argument("--leases", type=int, default=10_000, help=leases_help)
    leases = parser.parse_args().leases

    counts, counting = Counter(), threading.Lock()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:

        def run_jobs(_) -> None:
            while counts["leases"] < leases:
                found = outcome(folder)
                with counting:
                    counts.update(found)

        with ThreadPoolExecutor(JOBS) as pool:
            list(pool.map(run_jobs, range(JOBS)))
        seconds = time.perf_counter() - started
        with start(folder, LEASE, f"--gpus={DEVICES}", "--wait=0") as last:
            last.communicate()
        counts["lost"] += last.returncode != 0
        cost = seconds_of_a_lease(folder)
    print(f"{JOBS} jobs at a time on {DEVICES} devices, {seconds:.0f} s\n")
    print("| leases | holders killed | waiting ones killed | held twice | lost | cost of one, ms |")
    print("| -----: | -------------: | ------------------: | ---------: | ---: | --------------: |")
    columns = ("leases", "holders killed", "waiting killed", "held twice", "lost")
    print("|", " | ".join(str(counts[column]) for column in columns), f"| {1e3 * cost:.0f} |")
    sys.exit(counts["held twice"] + counts["lost"] > 0)


def start(folder: str, *lease: str | Path, hold: float = 0.0) -> subprocess.Popen:
    """Start a job that holds its devices for `hold` seconds, by the command `lease` or without one."""
    python = (sys.executable, "-S", "-E")  # starts faster
    environment = {
        "ABACAD_GPU_LOCKS": f"{folder}/locks",
        "CUDA_VISIBLE_DEVICES": ",".join(map(str, range(DEVICES))),
        "PATH": folder,  # no nvidia-smi
    }
    return subprocess.Popen(
        [*(python if lease else ()), *lease, *python, "-c", HOLDER, str(hold)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def outcome(folder: str) -> list[str]:
    """Run a job, kill some; what is to be counted of it."""
    hold, fate = random.uniform(0.005, 0.03), random.random()
    job = start(folder, LEASE, "--gpus=1", "--wait=2", hold=hold)
    killer = threading.Timer(random.uniform(0, 0.5), job.kill)
    if fate < KILLED_WAITING:
        killer.start()
    held = job.stdout.read(4) == b"held"
    if held and fate > 1 - KILLED_HOLDING:
        time.sleep(random.uniform(0, hold))
        job.kill()
    _, said = job.communicate()
    killer.cancel()

    found = ["leases"] if held else []
    if job.returncode == -9:
        found.append("holders killed" if held else "waiting killed")
    elif b"held twice" in said:
        found.append("held twice")
    elif job.returncode or not held:
        found.append("lost")
        print(said.decode(), file=sys.stderr)
    return found


def seconds_of_a_lease(folder: str, repeats: int = 50) -> float:
    """Mean seconds by which a lease delays the start of a job whose device is free."""
    total = 0.0
    for _ in range(repeats):
        for sign, lease in ((-1, ()), (1, (LEASE, "--gpus=1"))):
            started = time.perf_counter()
            with start(folder, *lease) as job:
                job.communicate()
            total += sign * (time.perf_counter() - started)
    return total / repeats


if __name__ == "__main__":
    main()

"""When the batch system will end this job, and how long an epoch may take, so that the job can stop
before."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

# Seconds that starting, saving and writing the outputs may take besides an epoch.
RESERVE = 30.0


def end_of_job() -> float | None:
    """When SLURM will end the job of this process, in seconds since 1970. None: it is not in a job."""
    job = os.environ.get("SLURM_JOB_ID")
    if job is None:
        return None
    command = ("squeue", "--noheader", f"--jobs={job}", "--format=%e")  # when its time limit ends
    environment = os.environ | {"SLURM_TIME_FORMAT": "%s"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        return float(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        print(f"how long SLURM's job {job} may last is not known: squeue does not say", flush=True)
        return None


def seconds_for_epoch(history: Sequence[Mapping[str, Any]], unseen: int) -> float:
    """Seconds to allow for one more epoch: a fifth more than the longest so far, and a reserve.

    history  rows of the epochs so far, with images_per_second and seconds
    unseen   rows that only the next epoch will process, in a first validation; counted at the speed of
             training, although validation is faster
    """
    longest = max((row["seconds"] for row in history), default=0.0)
    if history:
        longest += unseen / min(row["images_per_second"] for row in history)
    return 1.2 * longest + RESERVE

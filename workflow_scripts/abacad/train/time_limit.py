"""When the batch system will end this job, so that it can stop before."""

import os
import subprocess


def end_of_job() -> float | None:
    """When SLURM will end the job that this process is in, in seconds since 1970; None: not in one."""
    job = os.environ.get("SLURM_JOB_ID")
    if job is None:
        return None
    command = ("squeue", "--noheader", f"--jobs={job}", "--format=%e")  # the end by its time limit
    environment = os.environ | {"SLURM_TIME_FORMAT": "%s"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        return float(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        print(f"how long SLURM's job {job} may last is not known: squeue does not tell", flush=True)
        return None

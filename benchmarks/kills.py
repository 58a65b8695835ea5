"""The demo under random kill -9: is its submission the same as that of an undisturbed run, byte for byte?

Finishes `make demo` here, undisturbed, and runs it in a copy of this folder with kills at random moments. A
kill hits a process of a job; or Snakemake itself, whose jobs then continue beside those of the rerun; or all
processes at once, as if the node went down. Whenever Snakemake has ended, the same command is run again.
Exits with 1 if the submissions differ, or if the run was over before the last kill.

Other options are passed on to Snakemake.

    make benchmark-kills
    python benchmarks/kills.py --kills 4 --resources gpu=0 \\
        --configfile config.demo.yaml tests/workflow/config.tiny.yaml
"""

import argparse
import filecmp
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SNAKEMAKE = [sys.executable, "-m", "snakemake", "--cores", "2"]
LOG = "results/kills.log"
VICTIMS = ("a job", "Snakemake", "everything")


def main() -> None:
    """Read the command line, run, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--kills", type=int, default=20, help="how many (default: %(default)s)")
    add("--pause", type=float, default=30, help="mean s between two (default: %(default)s)")
    add("--seed", type=int, default=0, help="of moments and victims (default: %(default)s)")
    arguments, options = parser.parse_known_args()

    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        if start(ROOT, options).wait() != 0:
            sys.exit(f"the undisturbed run failed: {ROOT}/{LOG}")
        killed = copied(Path(folder, "killed"))
        started = time.monotonic()
        kills, runs = run_under_kills(killed, options, arguments.kills, arguments.pause, chance)
        minutes = (time.monotonic() - started) / 60
        compared = sorted(killed.glob("results/demo/runs/*/*/*/weights.safetensors"))
        compared.append(killed / "results/demo/submission.csv")
        differing = [
            path.relative_to(killed)
            for path in compared
            if not filecmp.cmp(path, ROOT / path.relative_to(killed), shallow=False)
        ]
    print("| kills | of a job | of Snakemake | of everything | runs | minutes | files | differ |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    hits = " | ".join(str(kills[victim]) for victim in VICTIMS)
    counts = f"{len(compared)} | {len(differing)}"
    print(f"| {kills.total()} | {hits} | {runs} | {minutes:.1f} | {counts} |")
    print(*differing, sep="\n")
    sys.exit(bool(differing) or kills.total() < arguments.kills)


def copied(folder: Path) -> Path:
    """A copy of the workflow in `folder`, without results; its environments are those of this folder."""
    ignored = shutil.ignore_patterns(".*", "results", "__pycache__")
    shutil.copytree(ROOT, folder, symlinks=True, ignore=ignored)
    return folder


def start(folder: Path, options: list[str]) -> subprocess.Popen:
    """Start Snakemake in a session of its own, by which its jobs are known."""
    environment = {"SNAKEMAKE_CONDA_PREFIX": str(ROOT / ".snakemake/conda")} | os.environ
    (folder / LOG).parent.mkdir(exist_ok=True)
    with open(folder / LOG, "a") as log:
        return subprocess.Popen(
            [*SNAKEMAKE, *options],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def run_under_kills(
    folder: Path, options: list[str], count: int, pause: float, chance: random.Random
) -> tuple[Counter[str], int]:
    """Run to the end, kill `count` times meanwhile: kills by victim, and how often Snakemake was started."""
    kills, runs = Counter(), 1
    snakemake = start(folder, options)
    sessions = {snakemake.pid}
    while True:
        moment = time.monotonic() + chance.uniform(0.2, 1.8) * pause
        while snakemake.poll() is None and (kills.total() == count or time.monotonic() < moment):
            time.sleep(0.1)
        if snakemake.poll() is None:
            victim = chance.choice(VICTIMS)
            if kill(victim, snakemake, sessions, chance):
                kills[victim] += 1
                print(f"kill {kills.total()}: {victim}", file=sys.stderr)
            if victim == "a job":
                continue
            snakemake.wait()
        elif snakemake.returncode == 0:
            return kills, runs
        if runs > 3 * (count + 1):
            sys.exit((folder / LOG).read_text()[-5000:] + "\nit does not come to an end")
        start(folder, [*options, "--unlock"]).wait()
        snakemake = start(folder, options)
        sessions.add(snakemake.pid)
        runs += 1


def kill(
    victim: str, snakemake: subprocess.Popen, sessions: set[int], chance: random.Random
) -> bool:
    """Kill -9 it; whether there was anything to kill."""
    jobs = [pid for pid in processes(sessions) if pid != snakemake.pid]
    pids = {
        "a job": chance.sample(jobs, min(1, len(jobs))),
        "Snakemake": [snakemake.pid],
        "everything": [snakemake.pid, *jobs],
    }[victim]
    for pid in pids:
        with suppress(ProcessLookupError):  # it has just ended
            os.kill(pid, signal.SIGKILL)
    return bool(pids)


def processes(sessions: set[int]) -> list[int]:
    """Ids of the processes of these sessions, in their order."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(ProcessLookupError):
            if os.getsid(int(process.name)) in sessions:
                found.append(int(process.name))
    return sorted(found)


if __name__ == "__main__":
    main()

"""Measure how long scripts take to start: `python SCRIPT --help` imports all that a job needs.

Prints a row of Markdown for each script: whether it imports PyTorch; seconds of the processor and of the
clock, medians with files in memory; and the packages whose imports take longest, as Python's -X importtime
tells.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median

REPEATS = 5
SLOWEST = 5  # packages to print

# A module's own microseconds, those with what it imports, and its name.
IMPORT = re.compile(r"^import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)$", re.MULTILINE)


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scripts", type=Path, nargs="+")
    for script in parser.parse_args().scripts:
        packages = imported(script)
        used = [start(script) for _ in range(REPEATS)]
        processor, clock = (median(seconds) for seconds in zip(*used, strict=True))
        pytorch = "yes" if "torch" in packages else "no"
        slowest = (f"{name} {taken:.2f}" for name, taken in packages.most_common(SLOWEST))
        row = (script.stem, pytorch, f"{processor:.2f}", f"{clock:.2f}", ", ".join(slowest))
        print(f"| {' | '.join(row)} |", flush=True)


def start(script: Path) -> tuple[float, float]:
    """Seconds of the processor and of the clock until a script has told its command line."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, script, "--help"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{script} failed")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - started


def imported(script: Path) -> Counter[str]:
    """Seconds that a script's imports take, by package. They are slower while each is timed."""
    start(script)  # writes bytecode, and brings files into memory
    command = [sys.executable, "-X", "importtime", script, "--help"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    packages: Counter[str] = Counter()
    for microseconds, module in IMPORT.findall(told):
        packages[module.split(".")[0]] += int(microseconds) / 1e6
    return packages


if __name__ == "__main__":
    main()

"""What the scripts that work on whole tables take at the competition's size: processor time and peak memory.

The tables are those of benchmarks/make_tables.py. Each script runs in a process of its own.
subtract_background only chooses the partners of its shard; it subtracts nothing.

    make benchmark-tables
    # Beside the code of another commit:
    git worktree add ../former COMMIT
    make benchmark-tables ARGS="--config former=../former/workflow_scripts"
"""

import argparse
import filecmp
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

COLLECTIONS = ("train", "test", "train_old", "test_old")
FOLDS = 5
RESAMPLES = 1000

SUBTRACT = (
    "from overlaps import subtract_background as script; "
    "script.preprocess = lambda *arguments: None; script.main()"
)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--tables", type=Path, required=True, help="folder of the tables")
    add("--code", type=Path, nargs="+", required=True, help="workflow_scripts, also of other code")
    add("--only", default="", help="measure only scripts whose names contain this text")
    arguments = parser.parse_args()

    others = len(arguments.code) - 1
    print(f"| script | seconds | MB |{' former seconds | MB | ratio | output |' * others}")
    print(f"| --- | ---: | ---: |{' ---: | ---: | ---: | --- |' * others}")
    for name, command in commands(arguments.tables.resolve()).items():
        if arguments.only in name:
            with TemporaryDirectory() as scratch:
                row = compare(command, arguments.code, Path(scratch))
            print(f"| {name} | {' | '.join(row)} |", flush=True)


def commands(tables: Path) -> dict[str, list[str]]:
    """The command line of each script that is measured, by its name in the table."""
    manifests = " ".join(f"{tables}/manifests/{name}.parquet" for name in COLLECTIONS)
    predictions = [
        " ".join(f"{tables}/predictions/{member}_{fold}.parquet" for fold in range(FOLDS))
        for member in range(9)
    ]
    folds = f"--folds {tables}/folds.parquet"
    pairs = f"--pairs {tables}/pairs.parquet"
    groups = f"--groups {tables}/groups.parquet"
    make = (
        f"folds/make_folds.py --manifest {tables}/manifests/train.parquet --count {FOLDS} --seed 0"
    )
    make += " --folds folds.parquet --overlapping overlapping.parquet"
    leaks = f"overlaps/report_leaks.py {pairs} {groups} {folds} --seed 0 --frequency-bins 256"
    leaks += (
        f" --overlapping {tables}/overlapping.parquet --table leaks.tsv --conflicts conflicts.tsv"
    )
    subtract = f"--manifests {manifests} {pairs} --collection train --shard 5-of-16"
    subtract += " --coverage coverage.parquet --output none.arrow"
    score = f"score/score_oof.py --experiment m0 --round 0 --predictions {predictions[0]} --seed 0"
    score += f" --scores scores.json --resamples resamples.parquet --bootstrap {RESAMPLES}"
    average = f"ensemble/rank_average.py --power 4 --bootstrap {RESAMPLES} --seed 0"
    average += " --out-of-fold out_of_fold.parquet --test test.parquet --scores scores.json"
    average += " --resamples resamples.parquet --weights weights.tsv --correlations corr.tsv"
    members = [f" --member m{number} {files}" for number, files in enumerate(predictions)]
    three, nine = average + "".join(members[:3]), average + "".join(members)
    folds_of_one = f"--folds {tables}/folds_of_one.parquet"
    groups_of_one = f"--groups {tables}/groups_of_one.parquet"
    return {
        "make_folds": f"{make} {groups} {pairs}".split(),
        "make_folds, each cadence a group": f"{make} {groups_of_one}".split(),
        "report_leaks": leaks.split(),
        "report_leaks, with the truth": f"{leaks} --truth {tables}/truth.parquet".split(),
        "subtract_background, partners of a shard": ["-c", SUBTRACT, *subtract.split()],
        "score_oof": f"{score} {folds}".split(),
        "score_oof, each row a group": f"{score} {folds_of_one}".split(),
        "rank_average, 3 members": f"{three} {folds}".split(),
        "rank_average, 9 members": f"{nine} {folds}".split(),
        "rank_average, 9 members, each row a group": f"{nine} {folds_of_one}".split(),
    }


def compare(command: Sequence[str], codes: Sequence[Path], scratch: Path) -> list[str]:
    """Cells of the table: seconds and MB of the first code; of each other one also how many times as long
    it takes, and which of the files that it writes differ."""
    cells = []
    for number, code in enumerate(codes):
        folder = scratch / str(number)
        folder.mkdir()
        seconds, megabytes = measure(command, code.resolve(), folder)
        cells += [f"{seconds:.2f}", f"{megabytes:.0f}"]
        if number == 0:
            own = seconds
        else:
            names = [path.name for path in folder.iterdir()]
            same, *others = filecmp.cmpfiles(scratch / "0", folder, names, shallow=False)
            others = sorted(name for some in others for name in some)
            cells += [f"{seconds / own:.1f}", f"{', '.join(others)} differ" if others else "same"]
    return cells


def measure(command: Sequence[str], code: Path, folder: Path) -> tuple[float, float]:
    """Processor time in seconds and peak memory in MB of a script that runs in `folder`."""
    if command[0] != "-c":
        command = [str(code / command[0]), *command[1:]]
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(code)},
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()

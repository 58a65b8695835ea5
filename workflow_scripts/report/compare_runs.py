"""Compare two runs by hand: which settings differ, what came out, what it cost, how far apart they are.

    python workflow_scripts/report/compare_runs.py \\
        results/runs/b3_pretrained/round0 results/runs/b3_sharpened/round0
"""

import argparse
from pathlib import Path

from abacad.report.experiments import RunFolder, comparison, read_run_folder


def read(folder: Path) -> RunFolder:
    """A run by its folder; its scores lie where score_oof puts them, and pretraining has none."""
    results, experiment, stage = folder.resolve().parents[2], folder.parent.name, folder.name
    if stage == "pretrain":
        return read_run_folder(folder)
    scores = results / "scores" / experiment / f"{stage}.json"
    return read_run_folder(folder, scores, scores.with_suffix(".resamples.parquet"))


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    run_help = "folder of a run, results/runs/<experiment>/<stage>"
    parser.add_argument("runs", type=Path, nargs=2, metavar="RUN", help=run_help)
    runs = parser.parse_args().runs
    names = [f"{folder.parent.name} {folder.name}" for folder in runs]
    print(comparison(*map(read, runs), names), end="")


if __name__ == "__main__":
    main()

"""A copy of the workflow in a fresh folder, and Snakemake run in it as a user would."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).parents[2]
WORKFLOW = (
    "report",
    "Snakefile",
    "rules",
    "envs",
    "workflow_scripts",
    "profiles",
    "config.yaml",
    "config.demo.yaml",
)


class Workflow:
    """The workflow's files in a folder of their own; its conda environments are those of the repository."""

    def __init__(self, folder: Path):
        self.folder = self.workdir = folder  # where it is, and where it is run
        self.gpus = ""  # as in CUDA_VISIBLE_DEVICES: by default the CPU, on every machine
        for name in WORKFLOW:
            source = REPOSITORY / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, folder / name, symlinks=True, ignore=ignored)
            else:
                shutil.copy(source, folder / name)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]

    @property
    def environment(self) -> dict[str, str]:
        conda_prefix = os.environ.get(
            "SNAKEMAKE_CONDA_PREFIX", str(REPOSITORY / ".snakemake/conda")
        )
        return os.environ | {
            "SNAKEMAKE_CONDA_PREFIX": conda_prefix,
            "CUDA_VISIBLE_DEVICES": self.gpus,
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run Snakemake, with its targets first. What it printed is in `.stdout`, including errors."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.workdir,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run_well(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def planned(self, *arguments: str) -> dict[str, int]:
        """How many jobs of each rule a run would have: {} if there is nothing to do."""
        stdout = self.run_well("--quiet", "rules", "--dry-run", *arguments)
        jobs = dict(re.findall(r"^(\w+) +(\d+)$", stdout, flags=re.MULTILINE))
        assert jobs or "Nothing to be done" in stdout, stdout
        return {rule: int(count) for rule, count in jobs.items() if rule != "total"}

    def overlay(self, name: str, settings: dict) -> str:
        """Write a config overlay, for --configfile."""
        path = self.folder / name
        path.write_text(yaml.safe_dump(settings))
        return str(path)

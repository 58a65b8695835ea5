"""Promises about the code's form: the linters find nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from workflow_copy import REPOSITORY

TOOLS = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check"),
        ("ruff", "format", "--check"),
        ("snakefmt", "--check", "Snakefile", "rules", "tests", "benchmarks"),
        ("snakemake", "--lint", "--configfile", "config.demo.yaml"),
    ],
    ids=" ".join,
)
def test_the_linter_is_content(command):
    done = subprocess.run(
        [TOOLS / command[0], *command[1:]], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_rule_file_uses_script_or_lambda():
    for path in [REPOSITORY / "Snakefile", *sorted((REPOSITORY / "rules").glob("*.smk"))]:
        text = path.read_text()
        assert "    script:\n" not in text and "    run:\n" not in text, path
        assert "lambda" not in text, path

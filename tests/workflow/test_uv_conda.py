"""Promises of envs/uv-conda, the front end that makes the environments if there is no conda."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from workflow_copy import REPOSITORY

BIN = REPOSITORY / "envs/uv-conda/bin"

TINY = """\
channels:
  - conda-forge
dependencies:
  - python =3.11
  - pip
  - pip:
      - iniconfig==2.3.1  # pure Python, no dependencies
      - win32-only==1.0 ; sys_platform == 'win32'
"""


def conda(*arguments: str | Path) -> subprocess.CompletedProcess:
    command = [sys.executable, BIN / "conda", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def create(env_file: Path, prefix: Path) -> subprocess.CompletedProcess:
    """The same call that Snakemake makes."""
    options = ["--quiet", "--no-default-packages", "--file", env_file, "--prefix", prefix]
    return conda("env", "create", *options)


def activated(prefix: Path, command: str) -> subprocess.CompletedProcess:
    """Run a command as Snakemake runs a job's."""
    script = f"source {BIN}/activate '{prefix}'; {command}"
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True)


def test_its_version_satisfies_snakemake_and_says_what_it_is():
    stdout = conda("--version").stdout
    assert re.findall(r"\d+\.\d+\.\d+", stdout) == ["24.7.1"]
    assert "front end on uv" in stdout


def test_info_names_the_folder_where_activate_is():
    info = json.loads(conda("info", "--json").stdout)
    assert Path(info["conda_prefix"], "bin/activate") == BIN / "activate"
    assert re.fullmatch(r"(linux|osx)-\w+", info["platform"])
    assert "not conda" in info["what"]


def test_channel_priority_is_strict():
    answer = json.loads(conda("config", "--get", "channel_priority", "--json").stdout)
    assert answer == {"get": {"channel_priority": "strict"}}


def test_clean_has_nothing_to_do():
    assert conda("clean", "-y", "--tarballs", "--packages").returncode == 0


def test_an_environment_has_the_pins_and_activates(tmp_path):
    env_file, prefix = tmp_path / "tiny.yaml", tmp_path / "conda/tiny"
    env_file.write_text(TINY)
    done = create(env_file, prefix)
    assert done.returncode == 0, done.stderr
    assert list(prefix.parent.iterdir()) == [prefix]

    program = "import iniconfig, sys; print(sys.prefix, sys.version_info[:2])"
    seen = activated(prefix, f'python -c "{program}" && echo $CONDA_PREFIX')
    assert seen.stdout.splitlines() == [f"{prefix} (3, 11)", str(prefix)], seen.stderr


def test_activating_what_is_not_there_stops_the_job(tmp_path):
    done = activated(tmp_path / "missing", "echo the job")
    assert done.returncode != 0
    assert "the job" not in done.stdout


@pytest.mark.parametrize(
    "pin",
    ["iniconfig==999", "pluggy==1.6.0 ; python_version < '3'\n      - pytest==9.2.0"],
    ids=["no such version", "incomplete closure"],
)
def test_a_failed_environment_leaves_nothing(tmp_path, pin):
    env_file, prefix = tmp_path / "tiny.yaml", tmp_path / "conda/tiny"
    env_file.write_text(TINY.replace("iniconfig==2.3.1", pin))
    done = create(env_file, prefix)
    assert done.returncode != 0
    assert "no environment was made" in done.stderr
    assert list(prefix.parent.iterdir()) == []


def test_an_environment_is_never_overwritten(tmp_path):
    env_file, prefix = tmp_path / "tiny.yaml", tmp_path / "tiny"
    env_file.write_text(TINY)
    prefix.mkdir()
    (prefix / "precious").touch()
    done = create(env_file, prefix)
    assert done.returncode != 0
    assert "exists already" in done.stderr
    assert (prefix / "precious").exists()


@pytest.mark.parametrize(
    ("served", "refused"),
    [
        ("  - conda-forge", "  - bioconda"),
        ("  - pip\n", "  - pip\n  - numpy =1.26\n"),
        ("  - pip\n", "  - pip\n  - numpy==1.26.4\n"),
        ("python =3.11", "python >=3.11"),
        ("iniconfig==2.3.1", "iniconfig"),
        ("iniconfig==2.3.1", "iniconfig>=2"),
        ("iniconfig==2.3.1", "iniconfig==2.*"),
        ("iniconfig==2.3.1", "-r requirements.txt"),
        ("iniconfig==2.3.1", "--index-url file:///mirror"),
        ("channels:", "name: tiny\nchannels:"),
        ("dependencies:", "prefix: /opt/tiny\ndependencies:"),
    ],
)
def test_a_line_that_it_does_not_serve_is_refused_by_number(tmp_path, served, refused):
    env_file = tmp_path / "tiny.yaml"
    env_file.write_text(TINY.replace(served, refused, 1))
    lines = zip(TINY.splitlines(), env_file.read_text().splitlines(), strict=False)
    number = next(n for n, (before, after) in enumerate(lines, start=1) if before != after)

    done = create(env_file, tmp_path / "tiny")
    assert done.returncode != 0
    assert f"{env_file}, line {number}: not served: " in done.stderr
    assert "Allowed is" in done.stderr
    assert "install conda" in done.stderr
    assert not (tmp_path / "tiny").exists()


@pytest.mark.parametrize(
    "call",
    [
        "install numpy",
        "create --prefix x",
        "env list",
        "env export",
        "config --set a b",
        "activate x",
    ],
)
def test_a_call_that_snakemake_does_not_need_is_refused(call):
    done = conda(*call.split())
    assert done.returncode != 0
    assert "front end on uv, not conda" in done.stderr


def test_the_files_of_this_repository_are_in_the_layout_that_it_reads():
    for path in sorted((REPOSITORY / "envs").glob("*.yaml")):
        environment = yaml.safe_load(path.read_text())
        assert environment["channels"] == ["conda-forge"], path
        *conda_packages, section = environment["dependencies"]
        assert conda_packages == ["python =3.11", "pip"], path
        assert all("==" in pin for pin in section["pip"]), path


@pytest.mark.parametrize(
    ("version", "used"), [(None, False), ("4.12.0", False), ("24.7.1", True), ("25.11.0", True)]
)
def test_make_uses_a_conda_that_is_new_enough_and_the_front_end_otherwise(tmp_path, version, used):
    own = tmp_path / "conda"
    if version is not None:
        own.write_text(f"#!/bin/sh\necho conda {version}\n")
        own.chmod(0o755)
    elsewhere = [d for d in os.environ["PATH"].split(":") if not Path(d, "conda").exists()]
    which = ["make", "--no-print-directory", "--eval", "which: ; @command -v conda", "which"]
    done = subprocess.run(
        which,
        cwd=REPOSITORY,
        env=os.environ | {"PATH": ":".join([str(tmp_path), *elsewhere])},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == str(own if used else BIN / "conda"), done.stderr

"""Promises of the environments: a rule runs in its own, with exactly the packages that its file pins."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from workflow_copy import REPOSITORY, Workflow

ENVIRONMENTS = sorted(path.stem for path in (REPOSITORY / "envs").glob("*.yaml"))


@pytest.fixture(scope="module")
def interpreters(tmp_path_factory) -> dict[str, dict]:
    """What a job in each environment says of its interpreter, run through Snakemake."""
    workflow = Workflow(tmp_path_factory.mktemp("environments"))
    shutil.copy(Path(__file__).with_name("environments.smk"), workflow.folder)
    results = [f"{name}.json" for name in ENVIRONMENTS]
    workflow.run_well("--snakefile", "environments.smk", *results)
    return {
        name: json.loads((workflow.folder / f"{name}.json").read_text()) for name in ENVIRONMENTS
    }


def pins(environment: str) -> dict[str, str]:
    """Package versions in the pip section, by normalised name, that hold on Linux."""
    specification = yaml.safe_load((REPOSITORY / f"envs/{environment}.yaml").read_text())
    (section,) = (
        entry["pip"] for entry in specification["dependencies"] if isinstance(entry, dict)
    )
    pinned = [
        re.match(r"([\w.-]+)==([^ ;]+)", line).groups() for line in section if ";" not in line
    ]
    return {normalised(name): version for name, version in pinned}


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_job_sees_its_own_interpreter_and_exactly_the_pinned_versions(interpreters, environment):
    seen = interpreters[environment]
    assert Path(seen["prefix"]).parent.name == "conda"  # below Snakemake's conda prefix
    assert seen["python"] == [3, 11]
    versions = {normalised(name): version for name, version in seen["packages"].items()}
    expected = pins(environment)
    assert {name: versions.get(name) for name in expected} == expected


def test_no_two_environments_share_an_interpreter(interpreters):
    prefixes = [seen["prefix"] for seen in interpreters.values()]
    assert len(set(prefixes)) == len(prefixes)


def test_what_must_be_apart_is_apart(interpreters):
    major = {
        name: int(seen["packages"]["numpy"].split(".")[0]) for name, seen in interpreters.items()
    }
    assert major["nmf"] == 1 and major["train"] == 2
    setuptools = interpreters["simulate"]["packages"]["setuptools"]
    assert int(setuptools.split(".")[0]) < 81

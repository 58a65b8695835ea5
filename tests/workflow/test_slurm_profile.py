"""Promises of profiles/slurm that the plan of a run shows, without a cluster."""

import re

import pytest

from conftest import REPOSITORY, Workflow


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """A function: (rule, resources) of each job of the demo, and of its embeddings, in its n-th attempt."""
    workflow = Workflow(tmp_path_factory.mktemp("planned"))
    for rules in (workflow.folder / "rules").glob(
        "*.smk"
    ):  # a job with a message tells no resources
        rules.write_text(re.sub(r"    message:\n.*\n", "", rules.read_text()))
    arc = {"arc": {"loss": {"name": "arcface"}, "mixup": None}}
    overlay = workflow.overlay("arc.yaml", {"experiments": arc, "pseudo_labels": {"rounds": 0}})
    config = ("--configfile", "config.demo.yaml", overlay)
    job = re.compile(r"^rule (\w+):\n(?: .*\n)*?    resources: (.*)", flags=re.MULTILINE)

    def planned(attempt: int) -> list[tuple[str, dict[str, str]]]:
        how = ("--profile", "profiles/slurm", "--attempt", str(attempt))
        jobs = job.findall(workflow.run_well("--dry-run", *how, *config))
        return [(rule, dict(re.findall(r"(\w+)=([^,]+)", resources))) for rule, resources in jobs]

    return planned


def test_rules_on_a_gpu_and_no_others_go_to_the_partition_with_gpus(planned):
    jobs = planned(attempt=1)
    on_a_gpu = {rule for rule, resources in jobs if int(resources.get("gpu", 0)) > 0}
    assert on_a_gpu == {"pretrain_old", "train_fold", "predict_fold", "export_embeddings"}
    for rule, resources in jobs:
        assert resources["slurm_partition"] == ("gpu" if rule in on_a_gpu else "cpu"), rule
        assert resources["nodes"] == "1"


def test_time_and_memory_grow_with_the_attempt(planned):
    first, second = dict(planned(attempt=1)), dict(planned(attempt=2))
    assert len(first) > 10
    for rule in first:
        for name in ("runtime", "mem_mb"):
            assert int(second[rule][name]) == 2 * int(first[rule][name]), rule


def test_retries_are_in_the_profile_alone():
    for path in [REPOSITORY / "Snakefile", *(REPOSITORY / "rules").glob("*.smk")]:
        assert "retries:" not in path.read_text(), f"{path}: multiplied with those of the profile"

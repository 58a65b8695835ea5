"""Promises of profiles/slurm that need no cluster: the plan of a run, and what Snakemake says of one."""

import logging
import re

import pytest
import yaml

from abacad.plan.console import OneLineAJob, advice_after_failure
from workflow_copy import REPOSITORY, Workflow

# What Snakemake's log has of a job that SLURM ended, and was tried again; of one that failed each time.
TRIED_AGAIN = """\
Error in rule train_fold:
    message: SLURM-job '24' failed, SLURM status is: 'CANCELLED'.
    jobid: 25
    log: results/logs/train_fold/b3.log, /home/results/logs/slurm/24.log (check log file(s) for error details)
    external_jobid: 24
Logfile results/logs/train_fold/b3.log:
=======
epoch=0
=======
Logfile /home/results/logs/slurm/24.log:
=====================================
Error in rule train_fold:
    message: None
    jobid: 0
    log: results/logs/train_fold/b3.log (check log file(s) for error details)
srun: error: gpu2: task 0: Exited with exit code 1
=====================================
Trying to restart job 25.
"""
FAILED = TRIED_AGAIN.replace("25", "7").replace("train_fold", "denoise_nmf").replace("b3", "0-of-2")
FAILED_FOR_GOOD = FAILED + FAILED.replace("Trying to restart job 7.\n", "")


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """A function: (rule, resources) of each job of the demo, and of its embeddings, in its n-th attempt."""
    workflow = Workflow(tmp_path_factory.mktemp("planned"))
    for rules in (workflow.folder / "rules").glob(
        "*.smk"
    ):  # a job with a message tells no resources
        rules.write_text(re.sub(r"    message:\n.*\n", "", rules.read_text()))
    arc = {"arc": {"loss": {"name": "arcface"}, "mixup": None}}
    settings = {
        "experiments": arc | {"drift": {"kind": "search"}},
        "pseudo_labels": {"rounds": 0},
        "completeness": {"count": 100},
    }
    overlay = workflow.overlay("arc.yaml", settings)
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
    predicting = {"predict_fold", "predict_completeness", "export_embeddings"}
    explaining = {"explain_candidates", "explain_examples"}
    assert on_a_gpu == {"pretrain_old", "train_fold", "search_drift"} | predicting | explaining
    for rule, resources in jobs:
        assert resources["slurm_partition"] == ("gpu" if rule in on_a_gpu else "cpu"), rule
        assert resources["nodes"] == "1"


def test_the_profile_names_every_rule_that_may_use_a_gpu():
    text = "\n".join(path.read_text() for path in (REPOSITORY / "rules").glob("*.smk"))
    blocks = re.findall(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    on_a_gpu = {rule for rule, block in blocks if re.search(r"^        gpu=", block, re.MULTILINE)}
    others = re.findall(r"^use rule (\w+) as (\w+) with:", text, re.MULTILINE)
    on_a_gpu |= {rule for first, rule in others if first in on_a_gpu}
    profile = (REPOSITORY / "profiles/slurm/profile.yaml").read_text()
    # By default it uses none; whoever changes that finds its line.
    assert "\n  # denoise_nmf: *training # only if " in profile
    named = yaml.safe_load(profile)["set-resources"]
    assert on_a_gpu - {"denoise_nmf"} == {
        rule for rule, own in named.items() if own.get("slurm_partition") == "gpu"
    }


def test_time_and_memory_grow_with_the_attempt(planned):
    first, second = dict(planned(attempt=1)), dict(planned(attempt=2))
    assert len(first) > 10
    for rule in first:
        for name in ("runtime", "mem_mb"):
            assert int(second[rule][name]) == 2 * int(first[rule][name]), rule


def test_a_job_that_was_tried_again_is_not_what_went_wrong(tmp_path):
    log = tmp_path / "snakemake.log"
    log.write_text(TRIED_AGAIN + FAILED_FOR_GOOD)
    advice = advice_after_failure([str(log)])
    assert advice.startswith("denoise_nmf failed first")
    assert advice.endswith("results/logs/denoise_nmf/0-of-2.log")
    log.write_text(TRIED_AGAIN)
    assert "failed first" not in advice_after_failure([str(log)])


def test_a_job_is_one_line_though_slurm_takes_it_in():
    formatter = OneLineAJob(logging.Formatter())
    submitted = "Job 7 has been submitted with SLURM jobid 24 (log: results/logs/slurm/24.log)."
    assert not formatter.filter(logging.makeLogRecord({"msg": submitted}))
    assert formatter.filter(logging.makeLogRecord({"msg": "SLURM run ID: 54465855"}))


def test_retries_are_in_the_profile_alone():
    for path in [REPOSITORY / "Snakefile", *(REPOSITORY / "rules").glob("*.smk")]:
        assert "retries:" not in path.read_text(), f"{path}: multiplied with those of the profile"

"""Promises of what a person sees: a line for each job, what will happen, the scores, the log that matters."""

import logging
import re
from types import SimpleNamespace

import pytest
import yaml

from abacad.config.check import complete_config
from abacad.plan import preflight as module
from abacad.plan.console import OneLineAJob, advice_after_failure, scores_and_places
from abacad.plan.preflight import check_gpus, preflight
from abacad.plan.runs import Plan
from workflow_copy import REPOSITORY

SCHEMA = yaml.safe_load((REPOSITORY / "rules/config.schema.yaml").read_text())
CONFIG = yaml.safe_load((REPOSITORY / "config.yaml").read_text())

SNAKEMAKE_LOG = """\
[Wed Nov 25 15:57:38 2026]
Error in rule train_fold:
    message: Training b3, round 0, fold 1
    jobid: 5
    output: results/sky/runs/b3/round0/fold1/weights.safetensors
    log: results/sky/logs/train_fold/b3/round0/fold1.log (check log file(s) for error details)
    conda-env: .snakemake/conda/4bfc
[Wed Nov 25 15:58:38 2026]
Error in rule denoise_nmf:
    jobid: 7
    log: results/sky/logs/denoise_nmf/train/0-of-2.log (check log file(s) for error details)
"""


def plan(**overrides) -> Plan:
    return Plan(
        complete_config({"data": {"root": "results/simulated/raw"}} | overrides, SCHEMA, CONFIG),
        SCHEMA,
    )


def record(event: str | None, text: str = "", **extra) -> logging.LogRecord:
    made = logging.makeLogRecord({"msg": text} | extra)
    if event:
        made.event = SimpleNamespace(name=event)
    return made


def shown(formatter: OneLineAJob, *records: logging.LogRecord) -> list[str]:
    return [formatter.format(one) for one in records if formatter.filter(one)]


def test_a_job_is_one_line_with_what_is_done_so_far():
    lines = shown(
        OneLineAJob(logging.Formatter()),
        record(None, "Activating conda environment: .snakemake/conda/4bfc"),
        record(None, "Select jobs to execute..."),
        record("JOB_INFO", rule_msg="Training b3, round 0, fold 0"),
        record("JOB_FINISHED", "Finished jobid: 5"),
        record("PROGRESS", done=3, total=102),
        record("JOB_INFO", rule_msg="Training b3, round 0, fold 1"),
        record("JOB_ERROR", "Error in rule train_fold"),
    )
    assert [re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in lines] == [
        "Training b3, round 0, fold 0",
        "[3 of 102] Training b3, round 0, fold 1",
        "Error in rule train_fold",
    ]


def test_every_rule_says_what_it_does_in_one_line(workflow):
    stdout = workflow.run_well("--dry-run", "--configfile", "config.demo.yaml")
    lines = [line for line in stdout.splitlines() if re.match(r"\d\d:\d\d:\d\d ", line)]
    jobs = int(re.search(r"^total +(\d+)$", stdout, flags=re.M)[1])
    assert len(lines) == jobs
    assert any(line.endswith("Training b3_pretrained, round 0, fold 0") for line in lines)
    for rules in (workflow.folder / "rules").glob("*.smk"):
        text = rules.read_text()
        assert text.count("    message:\n") == len(
            re.findall(r"^(?:use )?rule ", text, flags=re.M)
        ), rules.name


def test_the_log_of_the_job_that_failed_first_is_named(tmp_path):
    (tmp_path / "snakemake.log").write_text(SNAKEMAKE_LOG)
    advice = advice_after_failure([str(tmp_path / "snakemake.log")])
    assert "train_fold failed first" in advice
    assert advice.endswith("results/sky/logs/train_fold/b3/round0/fold1.log")
    (tmp_path / "snakemake.log").write_text("nothing of a job")
    assert "snakemake.log" in advice_after_failure([str(tmp_path / "snakemake.log")])


def test_the_scores_are_shown_at_the_end_where_there_are_any(tmp_path):
    assert scores_and_places(str(tmp_path), since=0).startswith("Results are in")
    table = tmp_path / "scores.md"
    table.write_text("| ensemble | 0.9 |\n")
    made = table.stat().st_mtime
    assert scores_and_places(str(tmp_path), made).startswith("| ensemble | 0.9 |\n\nResults are in")
    assert scores_and_places(str(tmp_path), made + 1).startswith(
        "Results are in"
    )  # of an earlier run


def test_the_page_to_open_is_named_last(tmp_path):
    page = tmp_path / "candidates/index.html"
    assert "candidates" not in scores_and_places(str(tmp_path), since=0)
    page.parent.mkdir()
    page.touch()
    *_, last = scores_and_places(str(tmp_path), since=0).splitlines()
    assert last == f"Look at the candidates: {page}"


def test_what_is_to_come_is_said_before_the_first_job(monkeypatch):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: SimpleNamespace(free=10e9))
    shards = [f"results/stores/normalized/train/{index}-of-16.arrow" for index in range(16)]
    jobs = [("normalize_panels", [shard]) for shard in shards]
    jobs += [("denoise_nmf", ["results/stores/nmf/test/0-of-16.arrow"]), ("train_fold", ["w"])]
    told = preflight(plan(), jobs)
    assert told.startswith("1,500 cadences; 0.3 GB of stores and cadences to write, 10 GB free")
    assert told.endswith("what takes long: NMF (1 job), training (1 job)")


@pytest.mark.parametrize(
    ("store", "stored_as", "gigabytes"),
    [("flattened", "float16", 8.4), ("flattened", "int8", 4.2), ("nmf", "int8", 2.1)],
)
def test_the_room_for_a_store_follows_its_type_and_its_panels(
    monkeypatch, store, stored_as, gigabytes
):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: SimpleNamespace(free=10e9))
    shards = [f"results/stores/{store}/train/{index}-of-16.arrow" for index in range(16)]
    own = plan(simulate={"counts": {"train": 10_000}}, preprocess={"stored_as": stored_as})
    told = preflight(own, [("flatten_panels", shards)])
    assert f"; {gigabytes} GB of stores and cadences to write" in told


def test_too_little_disk_is_refused_with_both_figures(monkeypatch):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: SimpleNamespace(free=1e9))
    jobs = [("simulate_cadences", plan().truth())]
    with pytest.raises(ValueError, match=r"too little disk for results: 1\.3 GB .*, 1 GB free"):
        preflight(plan(), jobs)


@pytest.mark.parametrize(
    ("devices", "limit", "fault"),
    [
        ("", 2, "--resources gpu=2, but no GPU is visible: .* --resources gpu=0 trains on the CPU"),
        ("7,8", None, "Say how many of this machine's GPUs .*--resources gpu="),
        ("", 0, None),
        ("", None, None),
    ],
)
def test_gpus_that_are_none_are_refused_before_anything_runs(monkeypatch, devices, limit, fault):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", devices)
    monkeypatch.setenv("ABACAD_GPUS_MAY_BE_MISSING", "")
    if fault is None:
        return check_gpus(limit, most=1)
    with pytest.raises(ValueError, match=fault):
        check_gpus(limit, most=1)


@pytest.mark.parametrize("limit", [2, None])
def test_a_driver_that_fails_is_refused_with_its_own_words(workflow, monkeypatch, limit):
    broken = workflow.folder / "bin/nvidia-smi"
    broken.parent.mkdir()
    broken.write_text(
        "#!/bin/sh\necho 'Failed to initialize NVML: Driver/library mismatch'\nexit 18\n"
    )
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(broken.parent), prepend=":")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    with pytest.raises(ValueError, match="Driver/library mismatch.*gpu=0 trains on the CPU"):
        check_gpus(limit, most=1)


def test_a_job_that_asks_for_more_gpus_than_there_are_is_refused(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-1,MIG-2")
    check_gpus(2, most=2)
    with pytest.raises(
        ValueError, match="a job asks for 3 GPUs .*, and 2 are visible: MIG-1, MIG-2"
    ):
        check_gpus(4, most=3)


def test_gpus_that_are_not_there_stop_the_workflow_before_its_first_job(workflow):
    done = workflow.run("--configfile", "config.demo.yaml", "--resources", "gpu=2")
    assert done.returncode != 0
    assert "--resources gpu=2, but no GPU is visible" in done.stdout
    assert not (workflow.folder / "results").exists()

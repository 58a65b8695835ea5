"""Promises of a run on a cluster, on a real SLURM, whose own records tell which job ran where."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from threading import Event, Thread, Timer

import pytest

from cluster import CPUS, Cluster, Start, call_host_localhost, why_not
from workflow_copy import REPOSITORY, Workflow

NAME = "on_slurm"
RESULTS = f"results/{NAME}"
CONFIG = (
    "--config",
    f"run={{name: {NAME}}}",
    "--configfile",
    "config.demo.yaml",
    str(REPOSITORY / "tests/workflow/config.tiny.yaml"),
    str(REPOSITORY / "tests/slurm/config.slurm.yaml"),
)
ON_A_GPU = {
    *("train_fold", "predict_fold", "export_embeddings"),
    *("search_drift", "explain_candidates", "explain_examples"),
}
ON_THE_SUBMITTING_HOST = {
    *("all", "resolve_run", "make_folds", "pseudo_label", "predict_search"),
    *("choose_candidates", "choose_examples", "write_submission"),
    *("list_experiments", "show_experiments", "show_scores", "summarize_run"),
    *("draw_cadence", "draw_overlaps", "draw_domain_shift", "draw_learning_curves", "draw_curves"),
    *("draw_pseudo_labels", "draw_rounds", "draw_probabilities", "draw_recovery", "draw_grad_cam"),
    "draw_embeddings",
}


class SubmittedWorkflow(Workflow):
    """A copy of the workflow whose jobs go to `cluster`, by the profile as it is."""

    def __init__(self, folder: Path, cluster: Cluster):
        super().__init__(folder)
        self.cluster = cluster

    def command(self, *arguments: str) -> list[str]:
        snakemake = Path(__file__).with_name("impatient_snakemake.py")
        return [sys.executable, str(snakemake), *arguments, "--profile", "profiles/slurm"]

    @property
    def environment(self) -> dict[str, str]:
        path = f"{Path(sys.executable).parent}:{self.cluster.environment['PATH']}"
        return super().environment | {
            "PATH": path,
            "ABACAD_GPU_LOCKS": str(self.folder / "gpu_locks"),
            "ABACAD_GPUS_MAY_BE_MISSING": "1",
        }

    def jobs(self) -> list[dict[str, str]]:
        """SLURM's records of this workflow's jobs, with "rule" and "wildcards"."""
        jobs = []
        for job in self.cluster.jobs():
            if job["WorkDir"] == str(self.folder):
                rule, _, of = job.get("Comment", "").removeprefix("rule_").partition("_wildcards_")
                jobs.append(job | {"rule": rule, "wildcards": of})
        return jobs

    def trainings(self, experiment: str) -> list[dict[str, str]]:
        """SLURM's records of the training of an experiment's first fold, once for each attempt."""
        return [
            job
            for job in self.jobs()
            if (job["rule"], job["wildcards"]) == ("train_fold", f"{experiment}_0_0")
        ]

    def starts(self, jobs: list[dict[str, str]]) -> list[Start]:
        """SLURM's records of all starts of these jobs."""
        ids = {job["JobId"] for job in jobs}
        return [start for start in self.cluster.starts() if start.job in ids]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A cluster that is up, and down again whatever happens."""
    call_host_localhost()
    if reason := why_not():
        pytest.skip(reason)
    for end in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(end, signal.default_int_handler)
    signal.alarm(30 * 60)  # a job that Snakemake lost is waited for without end
    with Cluster() as cluster:
        yield cluster
    signal.alarm(0)


@contextmanager
def watched(folder: Path) -> Iterator[list[list[tuple[str, str]]]]:
    """A list that grows meanwhile: of the trainings of a moment, each one's SLURM job and visible devices."""
    moments = []
    over = Event()

    def watch() -> None:
        while not over.wait(0.3):
            moments.append([(job, devices) for _, job, devices in running_trainings(folder)])

    thread = Thread(target=watch)
    thread.start()
    try:
        yield moments
    finally:
        over.set()
        thread.join()


def running_trainings(folder: Path) -> Iterator[tuple[int, str, str]]:
    """Of each running train_fold.py in `folder`: process id, SLURM job, CUDA_VISIBLE_DEVICES."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text().split("\0")
            if words[1].endswith("/train_fold.py") and os.readlink(process / "cwd") == str(folder):
                lines = (process / "environ").read_text().split("\0")
                variables = dict(line.split("=", 1) for line in lines if "=" in line)
                devices = variables.get("CUDA_VISIBLE_DEVICES", "")
                parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
                found[process.name] = parent, variables["SLURM_JOB_ID"], devices
        except (OSError, IndexError, KeyError):
            continue  # it has ended
    for process, (parent, job, devices) in found.items():
        if parent not in found:  # else it is a fork that is about to become squeue
            yield int(process), job, devices


# --- from the login node: snakemake --profile profiles/slurm


@pytest.fixture(scope="module")
def submitted(cluster, tmp_path_factory) -> SubmittedWorkflow:
    """A workflow that has run to its end, and what its `.console` said.

    `.planned_jobs` by rule; SLURM's `.run_jobs`, `.run_trainings`.
    """
    workflow = SubmittedWorkflow(tmp_path_factory.mktemp("submitted"), cluster)
    with watched(workflow.folder) as workflow.moments:
        workflow.console = workflow.run_well(*CONFIG)
    table = workflow.console.partition("Job stats:")[2].partition("\ntotal")[0]
    jobs = re.findall(r"^(\w+) +(\d+)$", table, flags=re.MULTILINE)
    workflow.planned_jobs = Counter({rule: int(count) for rule, count in jobs})
    workflow.run_jobs = workflow.jobs()
    workflow.run_trainings = [job for job in workflow.run_jobs if job["rule"] == "train_fold"]
    return workflow


def test_every_job_succeeds_and_all_but_the_light_ones_are_jobs_of_slurm(submitted):
    assert (submitted.folder / RESULTS / "submission.csv").exists()
    assert {job["JobState"] for job in submitted.run_jobs} == {"COMPLETED"}
    own = submitted.planned_jobs - Counter(job["rule"] for job in submitted.run_jobs)
    assert set(own) == ON_THE_SUBMITTING_HOST
    assert len(submitted.run_jobs) == sum(
        submitted.planned_jobs[rule] for rule in submitted.planned_jobs if rule not in own
    )


def test_a_rule_on_a_gpu_gets_one_of_one_node_and_no_other_rule_gets_any(submitted):
    for job in submitted.run_jobs:
        (start,) = submitted.starts([job])
        on_a_gpu = job["rule"] in ON_A_GPU
        assert (job["Partition"], len(start.devices)) == (("gpu", 1) if on_a_gpu else ("cpu", 0))
        assert job["NumNodes"] == "1"
        assert not on_a_gpu or job["NumCPUs"] == "4"  # the rule's threads
    assert {job["rule"] for job in submitted.run_jobs} >= ON_A_GPU


def test_two_trainings_run_at_the_same_time_on_different_devices(submitted):
    starts = submitted.starts(submitted.run_trainings)
    together = [pair for pair in combinations(starts, 2) if Start.overlaps(*pair)]
    assert together
    assert all(one.devices.isdisjoint(other.devices) for one, other in together)


def test_a_training_sees_the_device_that_slurm_gave_it_and_no_other(submitted):
    seen = {job: devices for moment in submitted.moments for job, devices in moment}
    given = {
        start.job: ",".join(device.split(":")[1] for device in start.devices)
        for start in submitted.starts(submitted.run_trainings)
    }
    assert seen == given


def test_the_submitting_console_tells_what_is_to_come_a_line_a_job_and_the_scores(submitted):
    starts = re.findall(
        r"^\d\d:\d\d:\d\d (?:\[\d+ of \d+\] )?(.*)$", submitted.console, re.MULTILINE
    )
    assert len(starts) == submitted.planned_jobs.total()
    assert starts.count("Training plain, round 1, fold 0") == 1
    assert not re.search(r"^Job \d+", submitted.console, re.MULTILINE)
    cadences, after = 72, submitted.console.partition(starts[0])[0]
    assert re.search(rf"^{cadences} cadences; .*training \(4 jobs\)$", after, re.MULTILINE)
    scores = (submitted.folder / RESULTS / "scores.md").read_text()
    assert scores in submitted.console.partition(starts[-1])[2]


def test_what_a_job_of_slurm_tells_of_its_progress_is_in_its_log_alone(submitted):
    log = submitted.folder / RESULTS / "logs/train_fold/plain/round0/fold0.log"
    assert "epoch=1" in log.read_text()
    assert "epoch=" not in submitted.console


def test_jobs_of_slurm_write_where_the_name_of_the_run_says(submitted):
    written = {path.name for path in (submitted.folder / "results").iterdir()}
    assert written == {NAME, "logs"}  # SLURM's own logs


def test_slurm_holds_no_log_of_a_job_that_succeeded(submitted):
    assert not list((submitted.folder / "results/logs/slurm").rglob("*.log"))


# --- trainings that do not end by themselves

EPOCHS = 20
INTERRUPTED = ("calm", "preempted", "node_down", "cancelled", "short_of_time", "too_slow")


@pytest.fixture(scope="module")
def interrupted(submitted) -> SubmittedWorkflow:
    """Six equal trainings: one calm; the others frozen after some epochs, and then what their names say.

    The last stays frozen, and its time limit becomes a minute; the one before, of two minutes, goes on when
    20 s of them are left. The first has two GPUs, if to no use here.
    """
    settings = {"channels": ["normalized.on"], "epochs": EPOCHS}
    experiments = dict.fromkeys(INTERRUPTED, settings) | {"calm": settings | {"gpus": 2}}
    overlay = submitted.overlay("interrupted.yaml", {"experiments": experiments})
    profile = submitted.folder / "profiles/slurm/profile.yaml"
    before, runtime, after = profile.read_text().partition("runtime: min(480 * attempt")
    short = "runtime: 2 * attempt if wildcards.experiment == 'short_of_time' else min(480 * attempt"
    assert runtime
    profile.write_text(before + short + after)
    command = submitted.command(
        *(f"{RESULTS}/runs/{name}/round0/fold0/metrics.json" for name in INTERRUPTED),
        *CONFIG,
        overlay,
        "--set-threads",
        f"train_fold={CPUS}",  # one on a node, or to preempt one is to preempt another
    )
    with (
        open(submitted.folder / "interrupted.log", "w+") as log,
        subprocess.Popen(
            command, cwd=submitted.folder, env=submitted.environment, stdout=log, stderr=log
        ) as snakemake,
    ):
        try:
            interrupt_trainings(submitted, snakemake)
            returncode = snakemake.wait(300)
        finally:
            snakemake.kill()
        log.seek(0)
        assert returncode == 0, log.read()
    return submitted


def interrupt_trainings(workflow: SubmittedWorkflow, snakemake: subprocess.Popen) -> None:
    """Freeze each training, but for the first, after some epochs, and interrupt it as its name says."""
    waiting = set(INTERRUPTED[1:])
    deadline = time.monotonic() + 240
    while waiting and snakemake.poll() is None:
        assert time.monotonic() < deadline, f"no epochs of {waiting}"
        time.sleep(0.1)
        for name in [name for name in waiting if epochs_in_log(workflow, name) >= 2]:
            waiting.remove(name)
            (job,) = workflow.trainings(name)
            for process, of_job, _ in running_trainings(workflow.folder):
                if of_job == job["JobId"]:
                    os.kill(process, signal.SIGSTOP)
                    if name == "short_of_time":
                        (start,) = workflow.starts([job])
                        seconds = start.started + 120 - 20 - time.time()
                        Timer(seconds, os.kill, (process, signal.SIGCONT)).start()
            if name == "preempted":
                place = ["--partition=urgent", f"--nodelist={job['NodeList']}", "--exclusive"]
                workflow.cluster.run("sbatch", *place, "--output=/dev/null", "--wrap=sleep 1")
            if name == "node_down":  # it comes back by itself
                node = f"NodeName={job['NodeList']}"
                workflow.cluster.run("scontrol", "update", node, "State=DOWN", "Reason=test")
            if name == "cancelled":
                workflow.cluster.run("scancel", job["JobId"])
            if name == "too_slow":
                workflow.cluster.run("scontrol", "update", f"JobId={job['JobId']}", "TimeLimit=1")


def epochs_in_log(workflow: SubmittedWorkflow, name: str) -> int:
    log = workflow.folder / f"{RESULTS}/logs/train_fold/{name}/round0/fold0.log"
    return log.read_text().count("epoch=") if log.exists() else 0


def test_a_training_on_two_gpus_has_two_of_one_node(interrupted):
    (job,) = interrupted.trainings("calm")
    (start,) = interrupted.starts([job])
    assert start.devices == {f"{start.node}:0", f"{start.node}:1"}


@pytest.mark.parametrize("name", ["preempted", "node_down"])
def test_a_training_that_slurm_requeues_goes_on_from_its_last_epoch(interrupted, name):
    (job,) = interrupted.trainings(name)
    assert (job["JobState"], job["Restarts"]) == ("COMPLETED", "1")
    first, second = interrupted.starts([job])
    assert first.ended < second.started
    assert resumed_epoch(interrupted, name) >= 1


def test_a_cancelled_training_is_noticed_and_tried_again(interrupted):
    cancelled, again = interrupted.trainings("cancelled")
    assert (cancelled["JobState"], again["JobState"]) == ("CANCELLED", "COMPLETED")
    assert resumed_epoch(interrupted, "cancelled") >= 1


def test_a_training_killed_by_its_time_limit_is_tried_again_with_more_time_and_memory(interrupted):
    (first,) = interrupted.trainings("calm")
    killed, again = interrupted.trainings("too_slow")
    assert (killed["JobState"], again["JobState"]) == ("TIMEOUT", "COMPLETED")
    assert (first["TimeLimit"], again["TimeLimit"]) == ("08:00:00", "16:00:00")
    assert (first["MinMemoryNode"], again["MinMemoryNode"]) == ("32000M", "62.50G")  # 64000 MB
    assert resumed_epoch(interrupted, "too_slow") >= 1


def test_a_training_stops_before_its_time_limit_and_goes_on_in_the_next_attempt(interrupted):
    stopped, again = interrupted.trainings("short_of_time")
    assert (stopped["JobState"], again["JobState"]) == ("FAILED", "COMPLETED")
    assert (stopped["TimeLimit"], again["TimeLimit"]) == ("00:02:00", "00:04:00")
    assert resumed_epoch(interrupted, "short_of_time") >= 1


def test_a_training_that_was_interrupted_ends_as_if_it_had_not_been(interrupted):
    (calm,) = interrupted.trainings("calm")
    assert (calm["JobState"], calm["Restarts"]) == ("COMPLETED", "0")
    runs = interrupted.folder / RESULTS / "runs"
    folders = [runs / f"{name}/round0/fold0" for name in INTERRUPTED]
    assert len({(folder / "weights.safetensors").read_bytes() for folder in folders}) == 1
    assert not any((folder / "state").exists() for folder in folders)


def resumed_epoch(workflow: SubmittedWorkflow, name: str) -> int:
    """The epoch after which a training went on."""
    log = workflow.folder / f"{RESULTS}/logs/train_fold/{name}/round0/fold0.log"
    return int(re.search(r"^resuming after epoch (\d+)$", log.read_text(), flags=re.MULTILINE)[1])


# --- inside an allocation: sbatch profiles/slurm/allocation.sh


@pytest.fixture(scope="module")
def allocated(cluster, tmp_path_factory) -> SubmittedWorkflow:
    """A workflow that has run to its end in one job of SLURM; `.moments` of its trainings."""
    workflow = SubmittedWorkflow(tmp_path_factory.mktemp("allocated"), cluster)
    (workflow.folder / "results").mkdir()  # as in a clone, for its README
    # By Snakemake's count there are 8 cores, but not by this machine's.
    one_thread = [f"{rule}=1" for rule in ("simulate_cadences", "find_overlaps", *ON_A_GPU)]
    with watched(workflow.folder) as workflow.moments:
        done = subprocess.run(
            ["sbatch", "--wait", "profiles/slurm/allocation.sh"]
            + [*CONFIG, "--set-threads", *one_thread],
            cwd=workflow.folder,
            env=workflow.environment,
            capture_output=True,
            text=True,
        )
    logs = [log.read_text() for log in workflow.folder.glob("results/allocation-*.log")]
    assert done.returncode == 0, done.stderr + "".join(logs)
    return workflow


def test_in_an_allocation_the_whole_dag_is_one_job_of_8_cores_and_2_devices(allocated):
    assert (allocated.folder / RESULTS / "submission.csv").exists()
    (job,) = allocated.jobs()
    (start,) = allocated.starts([job])
    assert (job["JobState"], job["NumCPUs"]) == ("COMPLETED", "8")
    assert start.devices == {f"{start.node}:0", f"{start.node}:1"}


def test_in_an_allocation_two_trainings_share_out_its_devices(allocated):
    seen = {tuple(sorted(devices for _, devices in moment)) for moment in allocated.moments}
    assert ("0", "1") in seen
    assert seen <= {(), ("0",), ("1",), ("0", "1")}

"""The plan and the jobs that will run in, a line about what they need of this machine out."""

import math
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from abacad.cadences.layout import COMPLETENESS, INJECTED, PANELS_OF_SIDE
from abacad.devices.lease import visible_devices, why_no_device
from abacad.plan.raw_data import count_cadences
from abacad.plan.runs import Plan

MADE_BY = {INJECTED: "inject", COMPLETENESS: "completeness"}  # the config's key for each collection

BYTES = {"int8": 1, "float16": 2}  # of a value, in stores; raw cadences are float16

LONG_STAGES = {  # by the rule that takes long
    "index_cadences": "indexing",
    "denoise_nmf": "NMF",
    "find_overlaps": "the search for overlaps",
    "search_drift": "the de-Doppler search",
    "search_snippets": "the de-Doppler search",
    "predict_bundle": "scoring",
    "pretrain_old": "pretraining",
    "train_fold": "training",
}


def preflight(plan: Plan, jobs: Sequence[tuple[str, Sequence[str]]]) -> str:
    """How many cadences there are, what the jobs write, what the disk has, and what takes long.

    jobs  (rule, output files) of each job that will run

    ValueError: the stores need more disk than is free. The message has both figures.
    """
    counts = {name: count or 0 for name, count in count_cadences(plan).items()}
    counts |= {name: plan.config[key]["count"] for name, key in MADE_BY.items()}
    needed = sum(_bytes(plan, counts, path) for _, outputs in jobs for path in outputs)
    folder = Path(plan.results)
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    figures = f"{needed / 1e9:.1f} GB of stores and cadences to write, {free / 1e9:.0f} GB free"
    if needed > free:
        raise ValueError(f"too little disk for {plan.results}: {figures}")
    many = Counter(rule for rule, _ in jobs)
    long = [
        f"{name} ({many[rule]} job{'s' * (many[rule] > 1)})"
        for rule, name in LONG_STAGES.items()
        if many[rule]
    ]
    cadences = sum(counts[name] for name in plan.collections())
    told = [f"{cadences:,} cadences"] if cadences else []  # new sky may be searched without any
    told += [figures, *([f"what takes long: {', '.join(long)}"] if long else [])]
    return "; ".join(told)


def check_gpus(limit: int | None, most: int) -> None:
    """Make sure that jobs for GPUs find some on this machine, or are meant to run on the CPU.

    limit  of --resources gpu; None: the option was not given. Then, on a machine without a GPU, the jobs
           that this process starts run on the CPU
    most   the most GPUs that one of the jobs asks for

    ValueError: there are GPUs but no limit, so that too many jobs would start and wait; there is a
    limit but no GPU, or one whose driver fails; or a job asks for more GPUs than there are.
    """
    devices = visible_devices()
    if devices and limit is None:
        raise ValueError(
            f"Say how many of this machine's GPUs ({len(devices)}) the jobs may use at a time: "
            f"--resources gpu={len(devices)}, or gpu=0 to train on the CPU"
        )
    if devices and most > len(devices):
        raise ValueError(
            f"a job asks for {most} GPUs (gpus of its experiment), and {len(devices)} are visible: "
            f"{', '.join(devices)}"
        )
    if devices or limit == 0:
        return
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") == ""
    if limit or (shutil.which("nvidia-smi") and not hidden):
        asked = f"--resources gpu={limit}, but no" if limit else "no"
        raise ValueError(
            f"{asked} GPU is visible: {why_no_device()}. --resources gpu=0 trains on the CPU"
        )
    os.environ["ABACAD_GPUS_MAY_BE_MISSING"] = "1"
    print(f"no GPU is visible: {why_no_device()}; training on the CPU", file=sys.stderr)


def check_models(python: str, script: str, runs: Sequence[str]) -> None:
    """Build the models of runs, without memory for their weights, in the environment of training.

    python, script  the interpreter of that environment, and check_models.py
    runs            complete settings, as JSON

    ValueError: some models cannot be built. The message has a line for each.
    """
    done = subprocess.run([python, script, "--settings", *runs], capture_output=True, text=True)
    if done.returncode:
        raise ValueError(f"models that cannot be built:\n{done.stderr.strip()}")


def bytes_stored(plan: Plan, store: str) -> int:
    """The size of a cadence in a store: of the panels that it holds."""
    panels = len(PANELS_OF_SIDE[plan.panels(store)])
    values = panels * plan.shape.time_bins * plan.shape.frequency_bins
    return values * BYTES[plan.config["preprocess"]["stored_as"]]


def _bytes(plan: Plan, counts: dict[str, int], path: str) -> int:
    """The size of a job's output, if it is large: a shard of a store, or cadences. 0 for everything else."""
    if path.startswith(f"{plan.results}/stores/"):
        store, collection, _ = Path(path).parts[-3:]
        return counts[collection] * bytes_stored(plan, store) // plan.config["data"]["shards"]
    cadence = math.prod(plan.shape.of_cadence) * BYTES["float16"]
    for collection in MADE_BY:
        if path == plan.manifest(collection):
            return counts[collection] * cadence
    if [path] == plan.truth():
        return sum(plan.config["simulate"]["counts"].values()) * cadence
    return 0

"""Every helper of the rules: the checked config, and which files a run is made of."""

import ast
import json
import sys
from itertools import product
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError

WORKFLOW_SCRIPTS = Path(workflow.basedir, "workflow_scripts")
sys.path.insert(0, str(WORKFLOW_SCRIPTS))

from abacad.cadences.layout import COLLECTIONS, INJECTED, OLD_COLLECTIONS, STORED_COLLECTIONS
from abacad.devices.lease import visible_devices
from abacad.config.check import ConfigError, complete_config
from abacad.config.runs import (
    ablation_runs,
    experiment_settings,
    left_out_runs,
    run_settings,
    stores_of,
)

SIMULATED_ROOT = "results/simulated/raw"
SIMULATED_TRUTH = "results/simulated/truth.parquet"

SCHEMA = yaml.safe_load(Path(workflow.basedir, "rules/config.schema.yaml").read_text())

try:
    config = complete_config(config, SCHEMA)
except ConfigError as error:
    raise WorkflowError(str(error))

ROOT = config["data"]["root"]
MEMBERS = config["ensemble"]["members"]
LEFT_OUT = left_out_runs(config)
ABLATIONS = ablation_runs(config)
OTHERS = [name for name in config["experiments"] if name not in {*MEMBERS, *LEFT_OUT, *ABLATIONS}]
EXPERIMENTS = [*MEMBERS, *OTHERS]
FOLDS = range(config["folds"]["count"])
ROUNDS = range(config["pseudo_labels"]["rounds"] + 1)
FINAL_ROUND = ROUNDS[-1]

if ROOT != SIMULATED_ROOT and not Path(ROOT).is_dir():
    tables = "\n".join(
        f"  {ROOT}/{c.folder}/<first character of id>/<id>.npy, listed in {ROOT}/{c.table}"
        for c in COLLECTIONS.values()
    )
    raise WorkflowError(
        f"data.root: there is no folder {ROOT}. The raw cadences are expected as the competition ships them:\n"
        f"{tables}\n"
        "Download and unpack them from https://www.kaggle.com/c/seti-breakthrough-listen/data and name "
        "the folder in config.yaml.\n"
        "Without data, `make demo` runs everything on simulated cadences."
    )

if ROOT != SIMULATED_ROOT:
    for name in config["experiments"]:
        if kind := experiment_settings(config, SCHEMA, name)["leave_out_kind"]:
            raise WorkflowError(
                f"experiments.{name}: leave_out_kind {kind}: the kinds of needles are known of simulated "
                f"cadences alone, where data.root is {SIMULATED_ROOT}"
            )


wildcard_constraints:
    collection="|".join(STORED_COLLECTIONS),
    experiment="|".join([*EXPERIMENTS, *LEFT_OUT, *ABLATIONS]),
    stage=r"pretrain|round\d+",
    round=r"\d+",
    fold=r"\d+",
    shard=r"\d+-of-\d+",


def demand_gpu_limit():
    """Refuse to run jobs on this machine's GPUs without --resources gpu: too many would start, and wait."""
    if not workflow.local_exec or workflow.touch or "gpu" in workflow.global_resources:
        return
    needed = any("gpu" in job.rule.resources for job in workflow.dag.needrun_jobs())
    if needed and (count := len(visible_devices())):
        raise WorkflowError(
            f"Say how many of this machine's GPUs ({count}) the jobs may use at a time: "
            f"--resources gpu={count}, or gpu=0 to train on the CPU"
        )


def library(script):
    """The abacad modules that workflow_scripts/<script>.py imports, directly or not.

    As input files they are compared by checksum: a change of the code reruns just the rules that use it.
    """
    found = set()
    unread = [WORKFLOW_SCRIPTS / f"{script}.py"]
    while unread:
        for node in ast.walk(ast.parse(unread.pop().read_text())):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("abacad."):
                path = f"workflow_scripts/{node.module.replace('.', '/')}.py"
                if path not in found:
                    found.add(path)
                    unread.append(Path(workflow.basedir, path))
    return sorted(found)


def simulation_options():
    """The settings of the simulated sky, as simulate_cadences.py takes them."""
    settings = dict(config["simulate"])
    settings["counts"] = " ".join(f"{name}={count}" for name, count in settings["counts"].items())
    settings["snr"] = " ".join(map(str, settings["snr"]))
    return " ".join(f"--{key.replace('_', '-')} {value}" for key, value in settings.items())


def label_table(wildcards):
    return f"{ROOT}/{COLLECTIONS[wildcards.collection].table}"


def shards(store, collection):
    """The files of one store of one collection."""
    count = config["data"]["shards"]
    return [
        f"results/stores/{store}/{collection}/{index}-of-{count}.arrow" for index in range(count)
    ]


def overlap_manifests():
    """Manifests of every collection that is trained on or predicted, between which overlaps count."""
    runs = [experiment_settings(config, SCHEMA, experiment) for experiment in EXPERIMENTS]
    old = {name for run in runs for name in run["old_positives"]}
    if any(run["pretrain"] is not None for run in runs):
        old = OLD_COLLECTIONS
    names = [name for name in COLLECTIONS if name not in OLD_COLLECTIONS or name in old]
    return expand("results/manifests/{collection}.parquet", collection=names)


def background_manifests(wildcards):
    """Of the collection itself, and of all that its backgrounds may be known from."""
    own = f"results/manifests/{wildcards.collection}.parquet"
    return list(dict.fromkeys([*overlap_manifests(), own]))


def overlap_groups():
    """The groups that share a fold, where folds are grouped."""
    return "results/overlaps/groups.parquet" if config["folds"]["grouped"] else []


def leak_report():
    return (
        ["results/report/leaks.tsv", "results/report/leaks.png"]
        if config["folds"]["grouped"]
        else []
    )


def settings_of(wildcards):
    """The complete settings of a run, named by a stage, by a round, or (pretrain_old) by neither."""
    stage = wildcards.get("stage", f"round{wildcards.get('round')}")
    if stage == "roundNone":
        stage = "pretrain"
    return run_settings(config, SCHEMA, wildcards.experiment, stage)


def settings_json(wildcards):
    return json.dumps(settings_of(wildcards))


def training_gpus(wildcards):
    return settings_of(wildcards)["gpus"]


def stores_for(wildcards, collections):
    """The shards of every store that the run's channels name, of the given collections."""
    return [
        path
        for store in stores_of(settings_of(wildcards))
        for collection in collections
        for path in shards(store, collection)
    ]


def pretrain_stores(wildcards):
    return stores_for(wildcards, OLD_COLLECTIONS)


def training_stores(wildcards):
    settings = settings_of(wildcards)
    test = ["test"] if int(wildcards.round) > 0 or settings["dann"] else []
    injected = [INJECTED] if settings["injected_kinds"] else []
    return stores_for(wildcards, ["train", *test, *settings["old_positives"], *injected])


def prediction_stores(wildcards):
    return stores_for(wildcards, ["train", "test"])


def old_manifests(wildcards):
    return [f"results/manifests/{name}.parquet" for name in settings_of(wildcards)["old_positives"]]


def injected_manifest(wildcards):
    """The injected cadences, where the run learns from any."""
    injected = settings_of(wildcards)["injected_kinds"]
    return f"results/manifests/{INJECTED}.parquet" if injected else []


def truth_of_kinds(wildcards):
    """The truth about the simulated cadences, where the run leaves out a kind of needle."""
    return SIMULATED_TRUTH if settings_of(wildcards)["leave_out_kind"] else []


def pseudo_labels(wildcards):
    """What the fold is taught of the test side in this round: nothing in round 0."""
    if int(wildcards.round) == 0:
        return []
    return "results/pseudo_labels/round{round}/fold{fold}.parquet"


def initial_weights(wildcards):
    """The weights that a fold starts from: of the round before, or of pretraining, or none."""
    round = int(wildcards.round)
    if round > 0 and config["pseudo_labels"]["warm_start"]:
        return f"results/runs/{{experiment}}/round{round - 1}/fold{{fold}}/weights.safetensors"
    if experiment_settings(config, SCHEMA, wildcards.experiment)["pretrain"] is not None:
        return "results/runs/{experiment}/pretrain/fold{fold}/weights.safetensors"
    return []


def backbone_weights(wildcards):
    """The pretrained backbone of a run that starts from no run's weights: timm's, one's own, or none."""
    settings = settings_of(wildcards)
    if settings["stage"] != "pretrain" and initial_weights(wildcards):
        return []
    if settings["pretrained"] is True:
        return f"results/weights/{settings['backbone']}.safetensors"
    return settings["pretrained"] or []


def teachers(wildcards):
    """Predictions of the round before by the members' models that never saw this fold."""
    return expand(
        "results/runs/{member}/round{before}/fold{fold}/predictions.parquet",
        member=MEMBERS,
        before=int(wildcards.round) - 1,
        fold=wildcards.fold,
    )


def pseudo_label_selection(wildcards):
    select = config["pseudo_labels"]["select"]
    hard = "--hard" if config["pseudo_labels"]["labels"] == "hard" else ""
    return "" if select == "all" else f"--top {select['top']} --bottom {select['bottom']} {hard}"


def scored_predictions(wildcards):
    return fold_predictions(wildcards.experiment, wildcards.round)


def fold_predictions(experiment, round):
    """One file a fold, in the order of the folds."""
    return expand(
        "results/runs/{experiment}/round{round}/fold{fold}/predictions.parquet",
        experiment=experiment,
        round=round,
        fold=FOLDS,
    )


def member_predictions(wildcards):
    """Each member of the ensemble with its folds' predictions, as rank_average.py takes them."""
    return " ".join(
        f"--member {member} {' '.join(fold_predictions(member, FINAL_ROUND))}" for member in MEMBERS
    )


def learnt_embeddings():
    """The embeddings of the last round of each experiment whose loss learns one."""
    runs = {name: run_settings(config, SCHEMA, name, f"round{FINAL_ROUND}") for name in EXPERIMENTS}
    return expand(
        "results/runs/{experiment}/round{round}/fold{fold}/embeddings.parquet",
        experiment=[name for name, run in runs.items() if run["loss"]["name"] == "arcface"],
        round=FINAL_ROUND,
        fold=FOLDS,
    )


def simulated_truth():
    """The truth about the simulated cadences; of real ones nobody knows it."""
    return SIMULATED_TRUTH if ROOT == SIMULATED_ROOT else []


def simulated_runs():
    """(experiment, round) of every run whose test AUC is known: of simulated cadences alone."""
    return list(product(EXPERIMENTS, ROUNDS)) if ROOT == SIMULATED_ROOT else []


def simulated_predictions():
    return [path for run in simulated_runs() for path in fold_predictions(*run)]


def predictions_by_round():
    """Those runs with their folds' predictions, as report.py takes them."""
    return " ".join(
        f"--predictions {experiment} {round} {' '.join(fold_predictions(experiment, round))}"
        for experiment, round in simulated_runs()
    )


def recovered_runs():
    """(experiment, round) of the models of which it is reported what needles they find."""
    return [*((name, FINAL_ROUND) for name in EXPERIMENTS), *((name, 0) for name in LEFT_OUT)]


def predictions_by_left_out_kind():
    """Those models, each with the kind that it never saw, as report_recovery.py takes them."""
    groups = []
    for name, round in recovered_runs():
        experiment, kind = LEFT_OUT.get(name, (name, "''"))
        paths = " ".join(fold_predictions(name, round))
        groups.append(f"--predictions {experiment} {kind} {paths}")
    return " ".join(groups)


def ablation_table(wildcards):
    """The result of the target `ablations`, where the config says what to compare."""
    if not ABLATIONS:
        raise WorkflowError(
            "ablations: the config names no ablations.base; try --configfile config.ablation.yaml"
        )
    return "results/ablations.tsv"


def runs_by_switch():
    """The runs of the ablations, as report_ablations.py takes them."""
    groups = []
    for name, (switch, seed) in ABLATIONS.items():
        paths = f"results/scores/{name}/round0.json {' '.join(fold_predictions(name, 0))}"
        groups.append(f"--run '{switch}' {seed} {paths}")
    return " ".join(groups)


def listed_runs():
    """Folder and scores of every run that is listed."""
    return [
        (
            f"results/runs/{experiment}/round{round}",
            f"results/scores/{experiment}/round{round}.json",
        )
        for experiment, round in product(EXPERIMENTS, ROUNDS)
    ]


def default_settings():
    """Of each stage, the complete settings of an experiment that has none of its own, as JSON."""
    plain = config | {"experiments": {"defaults": {}}}
    stages = [f"round{round}" for round in ROUNDS]
    return json.dumps({stage: run_settings(plain, SCHEMA, "defaults", stage) for stage in stages})


def recovery_report():
    """What of the needles is found, where the truth is known."""
    names = ["recovery.tsv", "recovery.png"]
    return [f"results/report/{name}" for name in names] if ROOT == SIMULATED_ROOT else []


def used_stores():
    """Every store that an experiment uses."""
    runs = [run_settings(config, SCHEMA, experiment, "round0") for experiment in EXPERIMENTS]
    return sorted({store for run in runs for store in stores_of(run)})


def cadence_stores():
    """Every store of the training cadences that an experiment uses."""
    return [path for store in used_stores() for path in shards(store, "train")]


def stores_of_both_sides(wildcards):
    """One store of the training and the test cadences; raw ones are in no store."""
    if wildcards.store == "raw":
        return []
    return [
        path for collection in ("train", "test") for path in shards(wildcards.store, collection)
    ]


def histories_by_experiment():
    """Each experiment's training histories, one group a round, as report.py takes them."""
    groups = [
        f"--histories {experiment} "
        + " ".join(
            f"results/runs/{experiment}/round{round}/fold{fold}/history.tsv" for fold in FOLDS
        )
        for experiment in EXPERIMENTS
        for round in ROUNDS
    ]
    return " ".join(groups)

"""Benchmarks of what the recipes cost, in the environment where their models are built."""

import json
import sys

import yaml

sys.path.insert(0, "workflow_scripts")

from abacad.config.check import complete_config
from abacad.config.runs import run_settings
from abacad.plan.preflight import bytes_stored
from abacad.plan.runs import Plan

RECIPES = ("config.yaml", "config.talk.yaml", "config.best.yaml")
ROWS = {"train": 60000, "test": 39995, "train_old": 50165, "test_old": 35847}  # of the competition
OLD_POSITIVES = 0.094  # of the old rows


def read(path):
    with open(path) as file:
        return yaml.safe_load(file)


SCHEMA, BASE = read("rules/config.schema.yaml"), read("config.yaml")


def rows_of(config, settings):
    """Rows that one fold's model learns from, those that overlap with the fold among them."""
    if settings["stage"] == "pretrain":
        return ROWS["train_old"] + ROWS["test_old"]
    folds = config["folds"]["count"]
    rows = ROWS["train"] * (folds - 1) / folds
    rows += sum(OLD_POSITIVES * ROWS[collection] for collection in settings["old_positives"])
    rows += config["inject"]["count"] if settings["injected_kinds"] else 0
    return rows + (ROWS["test"] if settings["stage"] != "round0" else 0)


def runs_of(recipe):
    """Every run of a recipe: its settings, how many trainings it has, and how many cadences pass through them."""
    config = complete_config(read(recipe), SCHEMA, BASE)
    rounds = [f"round{round}" for round in range(config["pseudo_labels"]["rounds"] + 1)]
    for name, own in config["experiments"].items():
        for stage in ["pretrain"] * (own.get("pretrain") is not None) + rounds:
            settings = run_settings(config, SCHEMA, name, stage)
            once = stage == "pretrain" and config["folds"]["pretrain_once"]
            trainings = 1 if once else config["folds"]["count"]
            passes = trainings * settings["epochs"] * rows_of(config, settings)
            yield {"recipe": recipe, "trainings": trainings, "passes": passes, "settings": settings}


def size_of(recipe):
    """A recipe's cadences, stores, with the bytes of a cadence in each, and runs."""
    plan = Plan(complete_config(read(recipe), SCHEMA, BASE), SCHEMA)
    return {
        "cadences": sum(ROWS.values()),
        "stores": {store: bytes_stored(plan, store) for store in plan.used_stores()},
        "runs": [*runs_of(recipe)],
    }


rule cost:
    input:
        "benchmarks/cost.py",
    log:
        "results/benchmarks/cost.md",
    conda:
        "../envs/train.yaml"
    params:
        runs=json.dumps([run for recipe in RECIPES for run in runs_of(recipe)]),
    shell:
        "PYTHONPATH=workflow_scripts python {input} --runs {params.runs:q} 2>&1 | tee {log}"


rule scale:
    input:
        "benchmarks/scale.py",
        "benchmarks/cost.py",
    log:
        "results/benchmarks/scale.md",
    conda:
        "../envs/train.yaml"
    params:
        recipes=json.dumps({recipe: size_of(recipe) for recipe in RECIPES}),
    shell:
        "PYTHONPATH=workflow_scripts python {input[0]} --recipes {params.recipes:q} 2>&1 | tee {log}"

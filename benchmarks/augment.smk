"""The benchmark of augmentation, in the environment where it runs."""

import json
import sys

import yaml

sys.path.insert(0, "workflow_scripts")

from abacad.config.check import complete_config
from abacad.config.runs import merged, run_settings

with open("rules/config.schema.yaml") as file:
    SCHEMA = yaml.safe_load(file)

BASE = {
    "backbone": "efficientnet_b0",
    "pretrained": False,
    "channels": ["normalized.on", "normalized.off", "nmf.on", "nmf.off"],
    "image_size": [256, 256],
    "mixup": {"stop_epoch": 1},
}
EVERYTHING = {
    name: {}
    for name in (
        *("roll", "shift_scale_rotate", "panel_permutation", "on_off_swap", "sharpen"),
        *("brightness_contrast", "noise", "cutout", "spec_augment"),
    )
}


def settings_of(own):
    experiments = {"benchmark": merged(BASE, own)}
    config = {"experiments": experiments, "ensemble": {"members": ["benchmark"]}}
    config["pseudo_labels"] = {"rounds": 0}
    return run_settings(complete_config(config, SCHEMA), SCHEMA, "benchmark", "round0")


rule augment:
    input:
        "benchmarks/augment.py",
        "benchmarks/clock.py",
    log:
        "results/benchmarks/augment.md",
    conda:
        "../envs/train.yaml"
    threads: 4  # as train_fold
    params:
        settings=json.dumps(
            {"flips, mixup": settings_of({}), "all of them, mixup": settings_of(EVERYTHING)}
        ),
    shell:
        "PYTHONPATH=workflow_scripts python {input[0]} --settings {params.settings:q} 2>&1 | tee {log}"

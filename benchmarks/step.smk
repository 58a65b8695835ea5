"""The benchmark of a training step, in the environment where it runs."""

import json
import sys

import yaml

sys.path.insert(0, "workflow_scripts")

from abacad.config.check import complete_config
from abacad.config.runs import merged, run_settings


def read(path):
    with open(path) as file:
        return yaml.safe_load(file)


SCHEMA, BASE = read("rules/config.schema.yaml"), read("config.yaml")

MODELS = {
    "`test_byobnet`, 136 x 128": {"backbone": "test_byobnet.r160_in1k", "image_size": [136, 128]},
    "`tf_efficientnet_b3`, 768 x 768, batch of 16": {},
    "`tf_efficientnet_b5`, 768 x 768, batch of 32, checkpointing": {
        "backbone": "tf_efficientnet_b5.ns_jft_in1k",
        "batch_size": 32,
        "gradient_checkpointing": True,
    },
}
SMALL, *LARGE = MODELS


def settings_of(own):
    """Complete settings of a run with the defaults of config.yaml."""
    experiments = {"b3_sharpened": None, "b5_old_positives": None}
    experiments["b3_pretrained"] = merged(own, {"pretrain": None, "pretrained": False})
    members = {"members": ["b3_pretrained"]}
    config = complete_config({"experiments": experiments, "ensemble": members}, SCHEMA, BASE)
    return run_settings(config, SCHEMA, "b3_pretrained", "round0")


rule step:
    input:
        "benchmarks/step.py",
    log:
        "results/benchmarks/step.md",
    conda:
        "../envs/train.yaml"
    params:
        settings=json.dumps({name: settings_of(own) for name, own in MODELS.items()}),
        gpu_only=LARGE,
    shell:
        "PYTHONPATH=workflow_scripts python {input} --settings {params.settings:q} --gpu-only {params.gpu_only:q}"
        " 2>&1 | tee {log}"

"""Benchmarks of how models are fed: the input path, training and scoring, each in its environment."""

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
SMALL, LARGE = [136, 128], [768, 768]

# The changes that our path and albumentations have in common.
CHANGES = {
    "channels": ["flattened.on", "flattened.off"],
    "mixup": None,
    "spec_augment": None,
    "cutout": None,
    "shift_scale_rotate": {"probability": 0.5, "shift": 0.1, "scale": 0.1, "rotate": 10},
}

# Models that train and score with all the changes of config.yaml.
MODELS = {
    "`test_byobnet`, 136 x 128": {"backbone": "test_byobnet.r160_in1k", "image_size": SMALL},
    "`mobilenetv4_conv_small`, 136 x 128": {
        "backbone": "mobilenetv4_conv_small.e2400_r224_in1k",
        "image_size": SMALL,
    },
    "`tf_efficientnet_b3`, 768 x 768": {"image_size": LARGE},
}
GPU_ONLY = "`tf_efficientnet_b3`, 768 x 768"

# Without batch normalisation, which PyTorch does not share on a CPU.
SHARED_BY_CPUS = {
    "`test_efficientnet_ln`, 136 x 128": {
        "backbone": "test_efficientnet_ln.r160_in1k",
        "image_size": SMALL,
    },
}

# Models of which single steps are compared. All but the first are for a GPU alone.
STEPS = {
    "`test_byobnet`, 136 x 128": {"backbone": "test_byobnet.r160_in1k", "image_size": SMALL},
    "`tf_efficientnet_b3`, 768 x 768, batch of 16": {},
    "`tf_efficientnet_b5`, 768 x 768, batch of 32, checkpointing": {
        "backbone": "tf_efficientnet_b5.ns_jft_in1k",
        "batch_size": 32,
        "gradient_checkpointing": True,
    },
}


def settings_of(own):
    """Complete settings of a run with the defaults of config.yaml."""
    experiments = {"b3_sharpened": None, "b5_old_positives": None}
    experiments["b3_pretrained"] = merged(own, {"pretrain": None, "pretrained": False})
    members = {"members": ["b3_pretrained"]}
    config = complete_config({"experiments": experiments, "ensemble": members}, SCHEMA, BASE)
    return run_settings(config, SCHEMA, "b3_pretrained", "round0")


rule all:
    input:
        "results/benchmarks/input_path.md",
        "results/benchmarks/training.md",


rule input_path:
    input:
        "benchmarks/feeding/input_path.py",
        "benchmarks/feeding/noise.py",
    output:
        "results/benchmarks/input_path.md",
    log:
        "results/benchmarks/input_path.log",
    conda:
        "../envs/feeding.yaml"
    threads: workflow.cores  # nothing else at the same time
    params:
        settings=json.dumps(
            [settings_of(CHANGES | {"image_size": size}) for size in (SMALL, LARGE)]
        ),
    shell:
        "OMP_NUM_THREADS=1 NO_ALBUMENTATIONS_UPDATE=1 CUDA_VISIBLE_DEVICES= PYTHONPATH=workflow_scripts"
        " python {input[0]} --settings {params.settings:q} 2> {log} | tee {output}"


rule step:
    input:
        "benchmarks/feeding/step.py",
        "benchmarks/clock.py",
    output:
        "results/benchmarks/step.md",
    log:
        "results/benchmarks/step.log",
    conda:
        "../envs/train.yaml"
    threads: workflow.cores
    params:
        settings=json.dumps({name: settings_of(own) for name, own in STEPS.items()}),
        gpu_only=[*STEPS][1:],
    shell:
        "OMP_NUM_THREADS=1 PYTHONPATH=workflow_scripts:benchmarks python {input[0]}"
        " --settings {params.settings:q} --gpu-only {params.gpu_only:q} 2> {log} | tee {output}"


rule sharing:
    input:
        "benchmarks/feeding/sharing.py",
        "benchmarks/feeding/noise.py",
        "benchmarks/clock.py",
    output:
        "results/benchmarks/sharing.md",
    log:
        "results/benchmarks/sharing.log",
    conda:
        "../envs/train.yaml"
    threads: workflow.cores
    params:
        cpu=json.dumps({name: settings_of(own) for name, own in SHARED_BY_CPUS.items()}),
        gpu=json.dumps({GPU_ONLY: settings_of(MODELS[GPU_ONLY] | {"gpus": 2})}),
    shell:
        "OMP_NUM_THREADS=1 PYTHONPATH=workflow_scripts:benchmarks python {input[0]}"
        " --cpu {params.cpu:q} --gpu {params.gpu:q} 2> {log} | tee {output}"


rule resident:
    input:
        "benchmarks/feeding/resident.py",
        "benchmarks/feeding/noise.py",
    output:
        "results/benchmarks/{work}.md",
    log:
        "results/benchmarks/{work}.log",
    wildcard_constraints:
        work="training|scoring",
    conda:
        "../envs/train.yaml"
    threads: workflow.cores
    params:
        settings=json.dumps({name: settings_of(own) for name, own in MODELS.items()}),
        gpu_only=GPU_ONLY,
    shell:
        "OMP_NUM_THREADS=1 PYTHONPATH=workflow_scripts python {input[0]} {wildcards.work}"
        " --settings {params.settings:q} --gpu-only {params.gpu_only:q} 2> {log} | tee {output}"

"""The detectors of Aetherscan beside ours, on the cadences of a finished `make benchmark`, each step in its environment."""

import json
import sys
from glob import glob

import yaml

sys.path.insert(0, "workflow_scripts")

from abacad.config.check import complete_config

RESULTS = "results/benchmark"
PEERS = "results/benchmarks/peers"
COUNT = 1200  # rows to make of each set

# How many backgrounds these are made of: 2.2 rows of each, as in the data of Aetherscan's forest (99,840 rows of
# 45,000 backgrounds), or 11 of each, as in those of its autoencoder (499,200).
BACKGROUNDS = {"twice": 545, "often": 109}


def read(path):
    with open(path) as file:
        return yaml.safe_load(file)


def injection():
    """How needles are injected, as bright as those of the run."""
    schema, base = read("rules/config.schema.yaml"), read("config.yaml")
    config = complete_config(read("config.benchmark.yaml"), schema, base)
    settings = {name: config["inject"][name] for name in ("drift_rate", "partial", "needles")}
    return json.dumps(settings | {"snr": ["log_uniform", *config["simulate"]["snr"]]})


rule all:
    input:
        "results/benchmarks/peers.md",


rule make_rows:
    input:
        script="benchmarks/peers/make_rows.py",
        manifest=f"{RESULTS}/manifests/train.parquet",
    output:
        rows=f"{PEERS}/{{rows}}.parquet",
        folder=temp(directory(f"{PEERS}/{{rows}}")),
    log:
        "results/benchmarks/peers_{rows}.log",
    wildcard_constraints:
        rows="|".join(BACKGROUNDS),
    conda:
        "../envs/simulate.yaml"
    threads: 8
    params:
        settings=injection(),
        how_many=COUNT,
        backgrounds=lookup(within=BACKGROUNDS, dpath="{rows}"),
    shell:
        "OMP_NUM_THREADS=1 PYTHONPATH=workflow_scripts python {input.script} --manifest {input.manifest}"
        " --settings {params.settings:q} --backgrounds {params.backgrounds} --count {params.how_many} --folder {output.folder} --rows {output.rows}"
        " --workers {threads} > {log} 2>&1"


rule describe_run:
    input:
        script="benchmarks/peers/describe_rows.py",
        rows=f"{RESULTS}/manifests/train.parquet",
    output:
        f"{PEERS}/features/run_{{panels}}.parquet",
    log:
        "results/benchmarks/peers_run_{panels}.log",
    conda:
        "../envs/score.yaml"
    threads: 8
    shell:
        "OMP_NUM_THREADS=1 PYTHONPATH=workflow_scripts python {input.script} --rows {input.rows}"
        " --panels {wildcards.panels} --features {output} --workers {threads} > {log} 2>&1"


use rule describe_run as describe_made with:
    input:
        script="benchmarks/peers/describe_rows.py",
        rows=f"{PEERS}/{{rows}}.parquet",
        folder=f"{PEERS}/{{rows}}",
    output:
        f"{PEERS}/features/{{rows}}_{{panels}}.parquet",
    log:
        "results/benchmarks/peers_{rows}_{panels}.log",
    wildcard_constraints:
        rows="|".join(BACKGROUNDS),


rule compare_splits:
    input:
        script="benchmarks/peers/compare_splits.py",
        folds=f"{RESULTS}/folds.parquet",
        run=expand(f"{PEERS}/features/run_{{panels}}.parquet", panels=["spline", "levelled"]),
        made=expand(f"{PEERS}/{{rows}}.parquet", rows=BACKGROUNDS),
        features=expand(f"{PEERS}/features/{{rows}}_spline.parquet", rows=BACKGROUNDS),
    output:
        "results/benchmarks/peers.md",
    log:
        "results/benchmarks/peers.log",
    conda:
        "../envs/score.yaml"
    threads: 8
    params:
        scores=sorted(glob(f"{RESULTS}/scores/*/round1.json")),
        statistics=sorted(glob(f"{RESULTS}/search/statistics/train/*.parquet")),
    shell:
        "PYTHONPATH=workflow_scripts python {input.script} --folds {input.folds} --run {input.run}"
        " --made {input.made} --features {input.features} --scores {params.scores}"
        " --statistics {params.statistics} --threads {threads} 2> {log} | tee {output}"

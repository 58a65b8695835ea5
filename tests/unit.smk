"""The library's unit tests, each folder of them in the conda environment where that code runs."""

# The rooms that several stages use, and a benchmark, have no environment of their own: that of a stage serves.
ENVIRONMENT_OF = {
    "bundle": "ensemble",
    "cadences": "preprocess",
    "devices": "train",
    "images": "train",
    "levelling": "search",  # which has both SciPy and PyTorch
    "model": "train",
    "needles": "simulate",
    "nmf_torch": "search",
    "peers": "score",
    "tables": "score",
}
ENVIRONMENTS = glob_wildcards("envs/{env}.yaml").env
TESTS = [name for name in [*ENVIRONMENTS, *ENVIRONMENT_OF] if exists(f"tests/{name}")]


def environment(wildcards):
    return f"../envs/{ENVIRONMENT_OF.get(wildcards.tests, wildcards.tests)}.yaml"


rule all:
    input:
        expand(".snakemake/unit_tests/{tests}.passed", tests=TESTS),


rule unit_tests:
    output:
        touch(".snakemake/unit_tests/{tests}.passed"),
    log:
        ".snakemake/unit_tests/{tests}.log",
    conda:
        environment
    shell:
        # shown in one piece, since several run at a time
        "trap 'cat {log}' EXIT; python -m pytest tests/{wildcards.tests} > {log} 2>&1"

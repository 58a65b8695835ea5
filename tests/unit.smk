"""The library's unit tests, tests/<env>, each in the conda environment where that code runs."""

ENVIRONMENTS = [env for env in glob_wildcards("envs/{env}.yaml").env if exists(f"tests/{env}")]


rule all:
    input:
        expand(".snakemake/unit_tests/{env}.passed", env=ENVIRONMENTS),


rule unit_tests:
    output:
        touch(".snakemake/unit_tests/{env}.passed"),
    log:
        ".snakemake/unit_tests/{env}.log",
    conda:
        "../envs/{env}.yaml"
    shell:
        # shown in one piece, since several run at a time
        "trap 'cat {log}' EXIT; python -m pytest tests/{wildcards.env} > {log} 2>&1"

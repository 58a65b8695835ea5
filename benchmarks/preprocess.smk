"""The benchmark of preprocessing, on one core, in the environments in which stores are made."""


rule all:
    input:
        expand("results/benchmarks/preprocess_{env}.md", env=["preprocess", "nmf", "search"]),


rule preprocess:
    input:
        script="benchmarks/preprocess.py",
        nimfa=branch(
            lambda wildcards: wildcards.env != "nmf", then="results/benchmarks/preprocess_nmf.json"
        ),
    output:
        table="results/benchmarks/preprocess_{env}.md",
        times="results/benchmarks/preprocess_{env}.json",
    conda:
        "../envs/{env}.yaml"
    threads: workflow.cores  # one after the other
    params:
        nimfa=lambda wildcards, input: "--nimfa" if input.nimfa else "",
    shell:
        "OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=workflow_scripts python {input.script}"
        " {params.nimfa} {input.nimfa} --save {output.times} | tee {output.table}"

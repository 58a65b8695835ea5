"""The benchmark of preprocessing, on one core, in the two environments in which stores are made."""


rule all:
    input:
        expand("results/benchmarks/preprocess_{env}.md", env=["preprocess", "nmf"]),


rule preprocess:
    input:
        "benchmarks/preprocess.py",
    output:
        "results/benchmarks/preprocess_{env}.md",
    conda:
        "../envs/{env}.yaml"
    threads: workflow.cores  # one after the other
    shell:
        "OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=workflow_scripts python {input} | tee {output}"

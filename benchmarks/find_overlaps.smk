"""The benchmarks of the search for overlaps, on one core, in the environment where it runs."""


rule all:
    input:
        "results/benchmarks/find_overlaps.md",
        "results/benchmarks/hard_skies.md",


rule benchmark:
    input:
        "benchmarks/{benchmark}.py",
    output:
        "results/benchmarks/{benchmark}.md",
    log:
        "results/benchmarks/{benchmark}.log",
    conda:
        "../envs/overlaps.yaml"
    shell:
        "OMP_NUM_THREADS=1 PYTHONPATH=workflow_scripts python {input} 2> {log} | tee {output}"

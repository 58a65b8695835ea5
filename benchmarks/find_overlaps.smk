"""The benchmark of the search for overlaps, on one core, in the environment where it runs."""


rule find_overlaps:
    input:
        "benchmarks/find_overlaps.py",
    log:
        "results/benchmarks/find_overlaps.md",
    conda:
        "../envs/overlaps.yaml"
    shell:
        "OMP_NUM_THREADS=1 PYTHONPATH=workflow_scripts python {input} 2>&1 | tee {log}"

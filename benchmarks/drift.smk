"""The benchmark of the drift transform, on one core, in the environment where it runs."""


rule drift:
    input:
        "benchmarks/drift.py",
        "benchmarks/clock.py",
    log:
        "results/benchmarks/drift.md",
    conda:
        "../envs/train.yaml"
    shell:
        "PYTHONPATH=workflow_scripts python {input[0]} 2>&1 | tee {log}"

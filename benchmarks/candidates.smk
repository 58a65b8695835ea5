"""The benchmark of the page of candidates, in a real Chromium."""


rule candidates:
    input:
        "benchmarks/candidates.py",
    log:
        "results/benchmarks/candidates.md",
    conda:
        "../envs/browser.yaml"
    shell:
        "PYTHONPATH=workflow_scripts:tests/browser python {input} 2>&1 | tee {log}"

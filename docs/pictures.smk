"""The pictures of README.md, of a finished demo."""

REPORT = "results/demo/report"


rule all:
    input:
        "docs/cadence.png",
        "docs/roc.png",
        "docs/candidates.png",


rule copy_figure:
    input:
        f"{REPORT}/{{figure}}.png",
    output:
        "docs/{figure,cadence|roc}.png",
    log:
        "results/benchmarks/copy_{figure}.log",
    localrule: True
    shell:
        "cp {input} {output} 2> {log}"


rule photograph_candidates:
    input:
        script="docs/photograph.py",
        page="results/demo/candidates/index.html",
    output:
        "docs/candidates.png",
    log:
        "results/benchmarks/photograph_candidates.log",
    conda:
        "../envs/browser.yaml"
    shell:
        "PYTHONPATH=workflow_scripts:tests/browser python {input.script} {input.page} {output} 2> {log}"

"""Needles of setigen, in the environment that has it, beside those of training, in the one that has PyTorch."""


rule all:
    input:
        "differences.json",


rule setigen_needles:
    input:
        script="setigen_needles.py",
        settings="settings.json",
    output:
        "setigen.npz",
    log:
        "setigen.log",
    conda:
        "envs/simulate.yaml"
    shell:
        "PYTHONPATH=workflow_scripts python {input.script} {input.settings} {output} 2> {log}"


rule compare_needles:
    input:
        script="compare_needles.py",
        settings="settings.json",
        setigen="setigen.npz",
    output:
        "differences.json",
    log:
        "compare.log",
    conda:
        "envs/train.yaml"
    shell:
        "PYTHONPATH=workflow_scripts python {input.script} {input.settings} {input.setigen} {output} 2> {log}"

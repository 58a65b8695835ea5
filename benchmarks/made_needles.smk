"""The picture of what it is worth to make needles by the thousand, of a finished `make benchmark-faint`."""

RUNS = "results/faint/runs"
MODELS = ("drift_of_fewer", "drift", "drift_of_more", "both", "both_of_more", "both_of_most")


rule made_needles:
    input:
        script="benchmarks/made_needles.py",
        scores="results/faint/scores.tsv",
        settings=expand(f"{RUNS}/{{model}}/round0/settings.json", model=MODELS),
    output:
        png="results/faint/made_needles.png",
        svg="results/faint/made_needles.svg",
    log:
        "results/benchmarks/made_needles.log",
    conda:
        "../envs/figures.yaml"
    shell:
        "PYTHONPATH=workflow_scripts python {input.script} --scores {input.scores} --settings {input.settings}"
        " --png {output.png} --svg {output.svg} > {log} 2>&1"

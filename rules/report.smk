"""What came out, to look at: the table of scores, a cadence in every store, the training histories."""


rule report:
    input:
        script="workflow_scripts/report.py",
        library=library("report"),
        scores=expand(
            "results/scores/{experiment}/round{round}.json", experiment=EXPERIMENTS, round=ROUNDS
        ),
        ensemble="results/ensemble/scores.json",
        out_of_fold="results/ensemble/out_of_fold.parquet",
        test="results/ensemble/test.parquet",
        truth=simulated_truth(),
        manifest="results/manifests/train.parquet",
        stores=cadence_stores(),
        histories=expand(
            "results/runs/{experiment}/round{round}/fold{fold}/history.tsv",
            experiment=EXPERIMENTS,
            round=ROUNDS,
            fold=FOLDS,
        ),
    output:
        table="results/scores.tsv",
        markdown="results/scores.md",
        cadence="results/report/cadence.png",
        history="results/report/history.png",
    log:
        "results/logs/report.log",
    conda:
        "../envs/report.yaml"
    params:
        histories=histories_by_experiment(),
    shell:
        "python {input.script} --experiments-scores {input.scores} --ensemble-scores {input.ensemble}"
        " --out-of-fold {input.out_of_fold} --test {input.test} --truth {input.truth}"
        " --manifest {input.manifest} --cadence-stores {input.stores} {params.histories}"
        " --table {output.table} --markdown {output.markdown}"
        " --cadence-plot {output.cadence} --history-plot {output.history} > {log} 2>&1"

"""What came out, to look at: the table of scores, a cadence, the histories, what of the needles is found."""


rule report:
    input:
        script="workflow_scripts/report/report.py",
        library=library("report/report"),
        scores=expand(
            "results/scores/{experiment}/round{round}.json", experiment=EXPERIMENTS, round=ROUNDS
        ),
        ensemble="results/ensemble/scores.json",
        out_of_fold="results/ensemble/out_of_fold.parquet",
        test="results/ensemble/test.parquet",
        domain_shift=expand("results/domain_shift/{store}.json", store=["raw", *used_stores()]),
        truth=simulated_truth(),
        predictions=simulated_predictions(),
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
        domain_shift="results/report/domain_shift.tsv",
        cadence="results/report/cadence.png",
        history="results/report/history.png",
    log:
        "results/logs/report.log",
    conda:
        "../envs/report.yaml"
    params:
        histories=histories_by_experiment(),
        predictions=predictions_by_round(),
    shell:
        "python {input.script} --experiments-scores {input.scores} --ensemble-scores {input.ensemble}"
        " --out-of-fold {input.out_of_fold} --test {input.test} --truth {input.truth} {params.predictions}"
        " --domain-shift {input.domain_shift} --domain-shift-table {output.domain_shift}"
        " --manifest {input.manifest} --cadence-stores {input.stores} {params.histories}"
        " --table {output.table} --markdown {output.markdown}"
        " --cadence-plot {output.cadence} --history-plot {output.history} > {log} 2>&1"


rule report_recovery:
    input:
        script="workflow_scripts/report/report_recovery.py",
        library=library("report/report_recovery"),
        truth=SIMULATED_TRUTH,
        folds="results/folds.parquet",
        predictions=[path for run in recovered_runs() for path in fold_predictions(*run)],
        out_of_fold="results/ensemble/out_of_fold.parquet",
        test="results/ensemble/test.parquet",
    output:
        table="results/report/recovery.tsv",
        plot="results/report/recovery.png",
    log:
        "results/logs/report_recovery.log",
    conda:
        "../envs/report.yaml"
    params:
        predictions=predictions_by_left_out_kind(),
    shell:
        "python {input.script} --truth {input.truth} --folds {input.folds} {params.predictions}"
        " --out-of-fold {input.out_of_fold} --test {input.test}"
        " --table {output.table} --plot {output.plot} > {log} 2>&1"


rule report_ablations:
    input:
        script="workflow_scripts/report/report_ablations.py",
        library=library("report/report_ablations"),
        scores=expand("results/scores/{experiment}/round0.json", experiment=ABLATIONS),
        predictions=[path for name in ABLATIONS for path in fold_predictions(name, 0)],
        truth=simulated_truth(),
    output:
        table="results/ablations.tsv",
        plot="results/report/ablations.png",
    log:
        "results/logs/report_ablations.log",
    conda:
        "../envs/report.yaml"
    params:
        switches=json.dumps(config["ablations"]["switches"]),
        runs=runs_by_switch(),
    shell:
        "python {input.script} --switches {params.switches:q} {params.runs} --truth {input.truth}"
        " --table {output.table} --plot {output.plot} > {log} 2>&1"


rule list_experiments:
    input:
        script="workflow_scripts/report/list_experiments.py",
        library=library("report/list_experiments"),
        scores=[score for _, score in listed_runs()],
        settings=[f"{folder}/settings.json" for folder, _ in listed_runs()],
        metrics=[
            f"{folder}/fold{fold}/metrics.json" for folder, _ in listed_runs() for fold in FOLDS
        ],
        histories=[
            f"{folder}/fold{fold}/history.tsv" for folder, _ in listed_runs() for fold in FOLDS
        ],
    output:
        "results/experiments.tsv",
    log:
        "results/logs/list_experiments.log",
    localrule: True
    conda:
        "../envs/report.yaml"
    params:
        defaults=default_settings(),
        runs=" ".join(f"--run {folder} {score}" for folder, score in listed_runs()),
    shell:
        "python {input.script} --defaults {params.defaults:q} {params.runs} --table {output} > {log} 2>&1"

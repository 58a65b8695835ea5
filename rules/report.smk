"""What came out, to look at: the table of scores, a cadence, the histories, what of the needles is found."""

from abacad.plan.report import ReportInputs

report_inputs = ReportInputs(plan)


rule report:
    input:
        script=script("report"),
        library=library("report"),
        scores=report_inputs.scores(),
        resamples=report_inputs.resamples(),
        ensemble="<results>/ensemble/scores.json",
        ensemble_resamples="<results>/ensemble/resamples.parquet",
        out_of_fold="<results>/ensemble/out_of_fold.parquet",
        test="<results>/ensemble/test.parquet",
        domain_shift=report_inputs.domain_shifts(),
        truth=plan.truth(),
        predictions=report_inputs.tested_predictions(),
        manifest="<results>/manifests/train.parquet",
        stores=report_inputs.cadence_stores(),
        histories=report_inputs.histories(),
    output:
        table="<results>/scores.tsv",
        markdown="<results>/scores.md",
        domain_shift="<results>/report/domain_shift.tsv",
        cadence="<results>/report/cadence.png",
        history="<results>/report/history.png",
    log:
        "<results>/logs/report.log",
    conda:
        "../envs/report.yaml"
    params:
        histories=report_inputs.histories_by_experiment(),
        predictions=report_inputs.predictions_by_round(),
    message:
        "Reporting scores and figures"
    shell:
        "python {input.script:q} --experiments-scores {input.scores:q}"
        " --experiments-resamples {input.resamples:q} --ensemble-scores {input.ensemble:q}"
        " --ensemble-resamples {input.ensemble_resamples:q}"
        " --out-of-fold {input.out_of_fold:q} --test {input.test:q} --truth {input.truth:q} {params.predictions}"
        " --domain-shift {input.domain_shift:q} --domain-shift-table {output.domain_shift:q}"
        " --manifest {input.manifest:q} --cadence-stores {input.stores:q} {params.histories}"
        " --table {output.table:q} --markdown {output.markdown:q}"
        " --cadence-plot {output.cadence:q} --history-plot {output.history:q} > {log:q} 2>&1"


rule report_recovery:
    input:
        script=script("report_recovery"),
        library=library("report_recovery"),
        truth=plan.truth(),
        folds="<results>/folds.parquet",
        predictions=report_inputs.recovered_predictions(),
        out_of_fold="<results>/ensemble/out_of_fold.parquet",
        test="<results>/ensemble/test.parquet",
    output:
        table="<results>/report/recovery.tsv",
        plot="<results>/report/recovery.png",
    log:
        "<results>/logs/report_recovery.log",
    conda:
        "../envs/report.yaml"
    params:
        predictions=report_inputs.predictions_by_left_out_kind(),
        trials=report_inputs.search_trials(),
    message:
        "Reporting which needles are found"
    shell:
        "python {input.script:q} --truth {input.truth:q} --folds {input.folds:q} {params.predictions}"
        " --out-of-fold {input.out_of_fold:q} --test {input.test:q}"
        " --trials {params.trials} --table {output.table:q} --plot {output.plot:q} > {log:q} 2>&1"


rule report_completeness:
    input:
        script=script("report_completeness"),
        library=library("report_completeness"),
        manifest=f"<results>/manifests/{COMPLETENESS}.parquet",
        predictions=report_inputs.completeness_predictions(),
    output:
        table="<results>/report/completeness.tsv",
        plot="<results>/report/completeness.png",
    log:
        "<results>/logs/report_completeness.log",
    conda:
        "../envs/report.yaml"
    params:
        members=plan.members,
        predictions=report_inputs.completeness_by_experiment(),
        trials=report_inputs.search_trials(),
    message:
        "Reporting which needles are found in the noise of the test side"
    shell:
        "python {input.script:q} --manifest {input.manifest:q} --members {params.members:q} {params.predictions}"
        " --trials {params.trials} --table {output.table:q} --plot {output.plot:q} > {log:q} 2>&1"


rule report_ablations:
    input:
        script=script("report_ablations"),
        library=library("report_ablations"),
        scores=report_inputs.ablation_scores(),
        resamples=report_inputs.ablation_resamples(),
        predictions=report_inputs.ablation_predictions(),
        truth=plan.truth(),
    output:
        table="<results>/ablations.tsv",
        plot="<results>/report/ablations.png",
    log:
        "<results>/logs/report_ablations.log",
    conda:
        "../envs/report.yaml"
    params:
        switches=report_inputs.switches(),
        runs=report_inputs.runs_by_switch(),
    message:
        "Comparing the switches"
    shell:
        "python {input.script:q} --switches {params.switches:q} {params.runs} --truth {input.truth:q}"
        " --table {output.table:q} --plot {output.plot:q} > {log:q} 2>&1"


rule list_experiments:
    input:
        script=script("list_experiments"),
        library=library("list_experiments"),
        scores=report_inputs.scores(),
        resamples=report_inputs.resamples(),
        settings=report_inputs.listed_settings(),
        metrics=report_inputs.listed("metrics.json"),
        histories=report_inputs.listed_histories(),
    output:
        "<results>/experiments.tsv",
    log:
        "<results>/logs/list_experiments.log",
    localrule: True
    conda:
        "../envs/report.yaml"
    params:
        defaults=report_inputs.default_settings(),
        runs=report_inputs.listed_runs(),
        notes=report_inputs.notes(),
        ledger=f"{plan.results}/experiments.ledger.jsonl",
    message:
        "Listing the experiments"
    shell:
        "python {input.script:q} --defaults {params.defaults:q} {params.runs}"
        " --notes {params.notes:q} --ledger {params.ledger:q} --table {output:q} > {log:q} 2>&1"

"""What came out, in tables: scores, what of the needles is found, ablations, all experiments."""

from abacad.plan.report import ReportInputs, search_trials

report_inputs = ReportInputs(plan)


rule report:
    input:
        script=script("report"),
        library=library("report"),
        scores=report_inputs.scores(),
        resamples=report_inputs.resamples(),
        ensemble="<results>/ensemble/scores.json",
        ensemble_resamples="<results>/ensemble/resamples.parquet",
        test="<results>/ensemble/test.parquet",
        domain_shift=report_inputs.domain_shifts(),
        truth=plan.truth(),
        predictions=report_inputs.tested_predictions(),
    output:
        table="<results>/scores.tsv",
        markdown="<results>/scores.md",
        domain_shift="<results>/report/domain_shift.tsv",
    log:
        "<results>/logs/report.log",
    conda:
        "../envs/report.yaml"
    params:
        predictions=report_inputs.predictions_by_round(),
    message:
        "Reporting scores"
    shell:
        "python {input.script:q} --experiments-scores {input.scores:q}"
        " --experiments-resamples {input.resamples:q} --ensemble-scores {input.ensemble:q}"
        " --ensemble-resamples {input.ensemble_resamples:q}"
        " --test {input.test:q} --truth {input.truth:q} {params.predictions}"
        " --domain-shift {input.domain_shift:q} --domain-shift-table {output.domain_shift:q}"
        " --table {output.table:q} --markdown {output.markdown:q} > {log:q} 2>&1"


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
        "<results>/report/recovery.tsv",
    log:
        "<results>/logs/report_recovery.log",
    conda:
        "../envs/report.yaml"
    params:
        predictions=report_inputs.predictions_by_left_out_kind(),
        method=config["ensemble"]["method"],
        trials=search_trials(config["search"], plan.shape),
        drift=plan.shape.unit_drift,
    message:
        "Reporting which needles are found"
    shell:
        "python {input.script:q} --truth {input.truth:q} --folds {input.folds:q} {params.predictions}"
        " --out-of-fold {input.out_of_fold:q} --test {input.test:q} --method {params.method}"
        " --trials {params.trials} --unit-drift {params.drift} --table {output:q} > {log:q} 2>&1"


rule report_completeness:
    input:
        script=script("report_completeness"),
        library=library("report_completeness"),
        manifest=f"<results>/manifests/{COMPLETENESS}.parquet",
        predictions=report_inputs.completeness_predictions(),
    output:
        "<results>/report/completeness.tsv",
    log:
        "<results>/logs/report_completeness.log",
    conda:
        "../envs/report.yaml"
    params:
        members=plan.members,
        predictions=report_inputs.completeness_by_experiment(),
        trials=search_trials(config["search"], plan.shape),
        drift=plan.shape.unit_drift,
    message:
        "Reporting which needles are found in the noise of the test side"
    shell:
        "python {input.script:q} --manifest {input.manifest:q} --members {params.members:q} {params.predictions}"
        " --trials {params.trials} --unit-drift {params.drift} --table {output:q} > {log:q} 2>&1"


rule report_ablations:
    input:
        script=script("report_ablations"),
        library=library("report_ablations"),
        scores=report_inputs.ablation_scores(),
        resamples=report_inputs.ablation_resamples(),
        predictions=report_inputs.ablation_predictions(),
        truth=plan.truth(),
    output:
        "<results>/ablations.tsv",
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
        " --table {output:q} > {log:q} 2>&1"


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


rule summarize_run:
    input:
        script=script("summarize_run"),
        library=library("summarize_run"),
        scores="<results>/scores.tsv",
        domain_shift="<results>/report/domain_shift.tsv",
        folds="<results>/folds.parquet",
        test="<results>/manifests/test.parquet",
    output:
        report(
            "<results>/report/summary.txt",
            caption="../report/summary.rst",
            category="Tables",
            labels={"what": "summary"},
        ),
    log:
        "<results>/logs/summarize_run.log",
    localrule: True
    conda:
        "../envs/report.yaml"
    params:
        run=report_inputs.described(),
    message:
        "Summing up the run"
    shell:
        "python {input.script:q} --run {params.run:q} --scores {input.scores:q}"
        " --domain-shift {input.domain_shift:q} --folds {input.folds:q} --test {input.test:q}"
        " --summary {output:q} > {log:q} 2>&1"


rule show_experiments:
    input:
        script=script("show_table"),
        library=library("show_table"),
        table="<results>/experiments.tsv",
    output:
        report(
            "<results>/report/experiments.html",
            caption="../report/experiments.rst",
            category="Tables",
            labels={"what": "experiments"},
        ),
    log:
        "<results>/logs/show_experiments.log",
    localrule: True
    conda:
        "../envs/report.yaml"
    params:
        title="Experiments",
    message:
        "Showing the experiments as a table"
    shell:
        "python {input.script:q} --table {input.table:q} --title {params.title:q} --page {output:q} > {log:q} 2>&1"


use rule show_experiments as show_scores with:
    input:
        script=script("show_table"),
        library=library("show_table"),
        table="<results>/scores.tsv",
    output:
        report(
            "<results>/report/scores.html",
            caption="../report/scores.rst",
            category="Tables",
            labels={"what": "scores"},
        ),
    log:
        "<results>/logs/show_scores.log",
    localrule: True
    params:
        title="Scores",
    message:
        "Showing the scores as a table"

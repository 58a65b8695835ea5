"""The ensemble: the members' ranks averaged, and the submission."""


rule rank_average:
    input:
        script="workflow_scripts/ensemble/rank_average.py",
        library=library("ensemble/rank_average"),
        folds="results/folds.parquet",
        predictions=[path for member in MEMBERS for path in fold_predictions(member, FINAL_ROUND)],
    output:
        out_of_fold="results/ensemble/out_of_fold.parquet",
        test="results/ensemble/test.parquet",
        scores="results/ensemble/scores.json",
        weights="results/ensemble/weights.tsv",
        correlations="results/ensemble/correlations.tsv",
    log:
        "results/logs/rank_average.log",
    conda:
        "../envs/ensemble.yaml"
    params:
        members=member_predictions,
        power=config["ensemble"]["power"],
        bootstrap=config["scores"]["bootstrap"],
        seed=config["scores"]["seed"],
    shell:
        "python {input.script} --folds {input.folds} {params.members}"
        " --power {params.power} --bootstrap {params.bootstrap} --seed {params.seed} --out-of-fold {output.out_of_fold}"
        " --test {output.test} --scores {output.scores} --weights {output.weights}"
        " --correlations {output.correlations} > {log} 2>&1"


rule write_submission:
    input:
        script="workflow_scripts/ensemble/write_submission.py",
        library=library("ensemble/write_submission"),
        sample=f"{ROOT}/{COLLECTIONS['test'].table}",
        manifest="results/manifests/test.parquet",
        test="results/ensemble/test.parquet",
    output:
        submission="results/submission.csv",
        quarantined="results/submission.quarantined.tsv",
    log:
        "results/logs/write_submission.log",
    localrule: True
    conda:
        "../envs/ensemble.yaml"
    params:
        method=config["ensemble"]["method"],
    shell:
        "python {input.script} --sample-submission {input.sample} --manifest {input.manifest}"
        " --test {input.test} --method {params.method} --submission {output.submission}"
        " --quarantined {output.quarantined} > {log} 2>&1"

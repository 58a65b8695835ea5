"""The ensemble, which averages the members' ranks, and the submission."""

from abacad.plan.ensemble import EnsembleInputs

ensemble_inputs = EnsembleInputs(plan)


rule rank_average:
    input:
        script=script("rank_average"),
        library=library("rank_average"),
        folds="<results>/folds.parquet",
        predictions=ensemble_inputs.predictions(),
    output:
        out_of_fold="<results>/ensemble/out_of_fold.parquet",
        test="<results>/ensemble/test.parquet",
        scores="<results>/ensemble/scores.json",
        resamples="<results>/ensemble/resamples.parquet",
        weights="<results>/ensemble/weights.tsv",
        curves="<results>/ensemble/curves.parquet",
        correlations="<results>/ensemble/correlations.tsv",
    log:
        "<results>/logs/rank_average.log",
    conda:
        "../envs/ensemble.yaml"
    params:
        members=ensemble_inputs.members(),
        power=config["ensemble"]["power"],
        bootstrap=config["scores"]["bootstrap"],
        seed=config["scores"]["seed"],
    message:
        "Averaging the members of the ensemble"
    shell:
        "python {input.script:q} --folds {input.folds:q} {params.members}"
        " --power {params.power} --bootstrap {params.bootstrap} --seed {params.seed} --out-of-fold {output.out_of_fold:q}"
        " --test {output.test:q} --scores {output.scores:q} --resamples {output.resamples:q} --weights {output.weights:q}"
        " --curves {output.curves:q} --correlations {output.correlations:q} > {log:q} 2>&1"


rule pack_ensemble:
    input:
        script=script("pack_ensemble"),
        library=library("pack_ensemble"),
        environment=here("envs/train.yaml"),
        folds="<results>/folds.parquet",
        scores="<results>/ensemble/scores.json",
        ensemble_weights="<results>/ensemble/weights.tsv",
        curves="<results>/ensemble/curves.parquet",
        members=ensemble_inputs.packed_files(),
    output:
        directory("<results>/bundle"),
    log:
        "<results>/logs/pack_ensemble.log",
    localrule: True
    conda:
        "../envs/ensemble.yaml"
    params:
        run=ensemble_inputs.run(),
        members=ensemble_inputs.packed(),
        method=config["ensemble"]["method"],
        power=config["ensemble"]["power"],
    message:
        "Packing the ensemble"
    shell:
        "python {input.script:q} --run {params.run:q} --folds {input.folds:q} --scores {input.scores:q}"
        " --ensemble-weights {input.ensemble_weights:q} --curves {input.curves:q}"
        " --method {params.method} --power {params.power}"
        " {params.members} --environment {input.environment:q} --bundle {output:q} > {log:q} 2>&1"


rule write_submission:
    input:
        script=script("write_submission"),
        library=library("write_submission"),
        sample=plan.raw_table("test"),
        manifest="<results>/manifests/test.parquet",
        test="<results>/ensemble/test.parquet",
    output:
        submission="<results>/submission.csv",
        quarantined="<results>/submission.quarantined.tsv",
    log:
        "<results>/logs/write_submission.log",
    localrule: True
    conda:
        "../envs/ensemble.yaml"
    params:
        method=config["ensemble"]["method"],
    message:
        "Writing the submission"
    shell:
        "python {input.script:q} --sample-submission {input.sample:q} --manifest {input.manifest:q}"
        " --test {input.test:q} --method {params.method} --submission {output.submission:q}"
        " --quarantined {output.quarantined:q} > {log:q} 2>&1"

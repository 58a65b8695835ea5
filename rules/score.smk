"""Out-of-fold scores, pseudo-labels for the next round, and how far train and test lie apart."""

from abacad.plan.score import ScoreInputs

score_inputs = ScoreInputs(plan)


rule score_oof:
    input:
        script=script("score_oof"),
        library=library("score_oof"),
        folds="<results>/folds.parquet",
        predictions=score_inputs.predictions,
    output:
        scores="<results>/scores/{experiment}/round{round}.json",
        resamples="<results>/scores/{experiment}/round{round}.resamples.parquet",
    log:
        "<results>/logs/score_oof/{experiment}/round{round}.log",
    conda:
        "../envs/score.yaml"
    params:
        bootstrap=config["scores"]["bootstrap"],
        seed=config["scores"]["seed"],
    message:
        "Scoring {wildcards.experiment}, round {wildcards.round}"
    shell:
        "python {input.script:q} --experiment {wildcards.experiment} --round {wildcards.round}"
        " --folds {input.folds:q} --predictions {input.predictions:q}"
        " --bootstrap {params.bootstrap} --seed {params.seed} --scores {output.scores:q}"
        " --resamples {output.resamples:q} > {log:q} 2>&1"


rule pseudo_label:
    input:
        script=script("pseudo_label"),
        library=library("pseudo_label"),
        folds="<results>/folds.parquet",
        predictions=score_inputs.teachers,
    output:
        "<results>/pseudo_labels/round{round}/fold{fold}.parquet",
    log:
        "<results>/logs/pseudo_label/round{round}/fold{fold}.log",
    localrule: True
    conda:
        "../envs/score.yaml"
    params:
        select=score_inputs.selection(),
    message:
        "Pseudo-labelling for round {wildcards.round}, fold {wildcards.fold}"
    shell:
        "python {input.script:q} --folds {input.folds:q} --fold {wildcards.fold}"
        " --predictions {input.predictions:q} {params.select} --labels {output:q} > {log:q} 2>&1"


rule validate_adversarially:
    input:
        script=script("validate_adversarially"),
        library=library("validate_adversarially"),
        manifests=expand("<results>/manifests/{collection}.parquet", collection=["train", "test"]),
        stores=score_inputs.stores_of_both_sides,
        groups=plan.groups(),
    output:
        "<results>/domain_shift/{store}.json",
    log:
        "<results>/logs/validate_adversarially/{store}.log",
    benchmark:
        "<results>/benchmarks/validate_adversarially/{store}.tsv"
    conda:
        "../envs/score.yaml"
    threads: 4
    params:
        bootstrap=config["scores"]["bootstrap"],
        seed=config["scores"]["seed"],
    message:
        "Measuring the domain shift of {wildcards.store} cadences"
    shell:
        "ABACAD_CONSOLE=3 python {input.script:q} --store {wildcards.store} --manifests {input.manifests:q}"
        " --stores {input.stores:q} --groups {input.groups:q} --bootstrap {params.bootstrap}"
        " --seed {params.seed} --workers {threads} --scores {output:q} 3>&2 > {log:q} 2>&1"

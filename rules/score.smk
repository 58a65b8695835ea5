"""What the models are worth out of fold, what they teach the next round, how far the two sides lie apart."""


rule score_oof:
    input:
        script="workflow_scripts/score/score_oof.py",
        library=library("score/score_oof"),
        folds="results/folds.parquet",
        predictions=scored_predictions,
    output:
        "results/scores/{experiment}/round{round}.json",
    log:
        "results/logs/score_oof/{experiment}/round{round}.log",
    conda:
        "../envs/score.yaml"
    params:
        bootstrap=config["scores"]["bootstrap"],
        seed=config["scores"]["seed"],
    shell:
        "python {input.script} --experiment {wildcards.experiment} --round {wildcards.round}"
        " --folds {input.folds} --predictions {input.predictions}"
        " --bootstrap {params.bootstrap} --seed {params.seed} --scores {output} > {log} 2>&1"


rule pseudo_label:
    input:
        script="workflow_scripts/score/pseudo_label.py",
        library=library("score/pseudo_label"),
        folds="results/folds.parquet",
        predictions=teachers,
    output:
        "results/pseudo_labels/round{round}/fold{fold}.parquet",
    log:
        "results/logs/pseudo_label/round{round}/fold{fold}.log",
    localrule: True
    conda:
        "../envs/score.yaml"
    params:
        select=pseudo_label_selection,
    shell:
        "python {input.script} --folds {input.folds} --fold {wildcards.fold}"
        " --predictions {input.predictions} {params.select} --labels {output} > {log} 2>&1"


rule validate_adversarially:
    input:
        script="workflow_scripts/score/validate_adversarially.py",
        library=library("score/validate_adversarially"),
        manifests=expand("results/manifests/{collection}.parquet", collection=["train", "test"]),
        stores=stores_of_both_sides,
        groups=overlap_groups(),
    output:
        "results/domain_shift/{store}.json",
    log:
        "results/logs/validate_adversarially/{store}.log",
    benchmark:
        "results/benchmarks/validate_adversarially/{store}.tsv"
    conda:
        "../envs/score.yaml"
    threads: 4
    params:
        bootstrap=config["scores"]["bootstrap"],
        seed=config["scores"]["seed"],
    shell:
        "python {input.script} --store {wildcards.store} --manifests {input.manifests}"
        " --stores {input.stores} --groups {input.groups} --bootstrap {params.bootstrap}"
        " --seed {params.seed} --workers {threads} --scores {output} > {log} 2>&1"

"""The split of the training cadences."""


rule make_folds:
    input:
        script="workflow_scripts/folds/make_folds.py",
        library=library("folds/make_folds"),
        manifest="results/manifests/train.parquet",
        groups=overlap_groups(),
    output:
        "results/folds.parquet",
    log:
        "results/logs/make_folds.log",
    localrule: True
    conda:
        "../envs/folds.yaml"
    params:
        folds=config["folds"]["count"],
        seed=config["folds"]["seed"],
    shell:
        "python {input.script} --manifest {input.manifest} --groups {input.groups}"
        " --count {params.folds} --seed {params.seed} --folds {output} > {log} 2>&1"

"""The split of the training cadences."""


rule make_folds:
    input:
        script=script("make_folds"),
        library=library("make_folds"),
        manifest="<results>/manifests/train.parquet",
        groups=plan.groups(),
    output:
        "<results>/folds.parquet",
    log:
        "<results>/logs/make_folds.log",
    localrule: True
    conda:
        "../envs/folds.yaml"
    params:
        folds=config["folds"]["count"],
        seed=config["folds"]["seed"],
    message:
        "Making the folds"
    shell:
        "python {input.script:q} --manifest {input.manifest:q} --groups {input.groups:q}"
        " --count {params.folds} --seed {params.seed} --folds {output:q} > {log:q} 2>&1"

"""The split of the training cadences."""


rule make_folds:
    input:
        script=script("make_folds"),
        library=library("make_folds"),
        manifest="<results>/manifests/train.parquet",
        groups=plan.groups(),
        pairs=plan.purged_pairs(),
    output:
        folds="<results>/folds.parquet",
        overlapping=plan.overlapping_folds(),
    log:
        "<results>/logs/make_folds.log",
    localrule: True
    conda:
        "../envs/folds.yaml"
    params:
        folds=config["folds"],
    message:
        "Making the folds"
    shell:
        "python {input.script:q} --manifest {input.manifest:q} --groups {input.groups:q}"
        " --pairs {input.pairs:q} --largest-group {params.folds[largest_group]}"
        " --count {params.folds[count]} --seed {params.folds[seed]}"
        " --folds {output.folds:q} --overlapping {output.overlapping:q} > {log:q} 2>&1"

"""Cadences that were cut from the same background, and what they leak between the sides of a split."""


rule find_overlaps:
    input:
        script=script("find_overlaps"),
        library=library("find_overlaps"),
        manifests=preprocess_inputs.manifests(),
    output:
        pairs="<results>/overlaps/pairs.parquet",
        groups="<results>/overlaps/groups.parquet",
    log:
        "<results>/logs/find_overlaps.log",
    benchmark:
        "<results>/benchmarks/find_overlaps.tsv"
    conda:
        "../envs/overlaps.yaml"
    threads: 8
    message:
        "Finding cadences that share background"
    shell:
        "ABACAD_CONSOLE=3 python {input.script:q} --manifests {input.manifests:q} --workers {threads}"
        " --pairs {output.pairs:q} --groups {output.groups:q} 3>&2 > {log:q} 2>&1"


rule report_leaks:
    input:
        script=script("report_leaks"),
        library=library("report_leaks"),
        pairs="<results>/overlaps/pairs.parquet",
        groups="<results>/overlaps/groups.parquet",
        folds="<results>/folds.parquet",
        overlapping=plan.overlapping_folds(),
        truth=plan.truth(),
    output:
        table="<results>/report/leaks.tsv",
        conflicts="<results>/report/conflicts.tsv",
    log:
        "<results>/logs/report_leaks.log",
    conda:
        "../envs/overlaps.yaml"
    params:
        seed=config["folds"]["seed"],
        bins=plan.shape.frequency_bins,
    message:
        "Reporting what overlaps would leak"
    shell:
        "python {input.script:q} --pairs {input.pairs:q} --groups {input.groups:q} --folds {input.folds:q}"
        " --overlapping {input.overlapping:q} --truth {input.truth:q} --seed {params.seed}"
        " --frequency-bins {params.bins}"
        " --table {output.table:q} --conflicts {output.conflicts:q} > {log:q} 2>&1"


rule subtract_background:
    input:
        script=script("subtract_background"),
        library=library("subtract_background"),
        manifests=preprocess_inputs.background_manifests,
        pairs="<results>/overlaps/pairs.parquet",
    output:
        store="<results>/stores/residual/{collection}/{shard}.arrow",
        coverage="<results>/overlaps/coverage/{collection}/{shard}.parquet",
    log:
        "<results>/logs/subtract_background/{collection}/{shard}.log",
    benchmark:
        "<results>/benchmarks/subtract_background/{collection}/{shard}.tsv"
    conda:
        "../envs/overlaps.yaml"
    threads: 4
    params:
        background=config["preprocess"]["background"],
        kept=preprocess_inputs.kept,
    message:
        "Subtracting shared background from {wildcards.collection}, shard {wildcards.shard}"
    shell:
        "ABACAD_CONSOLE=3 python {input.script:q} --manifests {input.manifests:q} --pairs {input.pairs:q}"
        " --collection {wildcards.collection} --shard {wildcards.shard}"
        " --uncovered {params.background[uncovered]}"
        " --most-partners {params.background[most_partners]}"
        " {params.kept} --coverage {output.coverage:q} --output {output.store:q} --workers {threads} 3>&2 > {log:q} 2>&1"

"""Cadences that were cut from the same background, and what that leaks from one split to another."""


rule find_overlaps:
    input:
        script="workflow_scripts/overlaps/find_overlaps.py",
        library=library("overlaps/find_overlaps"),
        manifests=overlap_manifests(),
    output:
        pairs="results/overlaps/pairs.parquet",
        groups="results/overlaps/groups.parquet",
    log:
        "results/logs/find_overlaps.log",
    benchmark:
        "results/benchmarks/find_overlaps.tsv"
    conda:
        "../envs/overlaps.yaml"
    threads: 8
    shell:
        "python {input.script} --manifests {input.manifests} --workers {threads}"
        " --pairs {output.pairs} --groups {output.groups} > {log} 2>&1"


rule report_leaks:
    input:
        script="workflow_scripts/overlaps/report_leaks.py",
        library=library("overlaps/report_leaks"),
        pairs="results/overlaps/pairs.parquet",
        groups="results/overlaps/groups.parquet",
        folds="results/folds.parquet",
        truth=simulated_truth(),
    output:
        table="results/report/leaks.tsv",
        plot="results/report/leaks.png",
        conflicts="results/report/conflicts.tsv",
    log:
        "results/logs/report_leaks.log",
    conda:
        "../envs/overlaps.yaml"
    params:
        seed=config["folds"]["seed"],
    shell:
        "python {input.script} --pairs {input.pairs} --groups {input.groups} --folds {input.folds}"
        " --truth {input.truth} --seed {params.seed} --table {output.table} --plot {output.plot}"
        " --conflicts {output.conflicts} > {log} 2>&1"


rule subtract_background:
    input:
        script="workflow_scripts/overlaps/subtract_background.py",
        library=library("overlaps/subtract_background"),
        manifests=background_manifests,
        pairs="results/overlaps/pairs.parquet",
    output:
        store="results/stores/residual/{collection}/{shard}.arrow",
        coverage="results/overlaps/coverage/{collection}/{shard}.parquet",
    log:
        "results/logs/subtract_background/{collection}/{shard}.log",
    benchmark:
        "results/benchmarks/subtract_background/{collection}/{shard}.tsv"
    conda:
        "../envs/overlaps.yaml"
    threads: 4
    params:
        clip=config["preprocess"]["clip"],
        background=config["preprocess"]["background"],
    shell:
        "python {input.script} --manifests {input.manifests} --pairs {input.pairs}"
        " --collection {wildcards.collection} --shard {wildcards.shard}"
        " --uncovered {params.background[uncovered]}"
        " --most-partners {params.background[most_partners]} --clip {params.clip}"
        " --coverage {output.coverage} --output {output.store} --workers {threads} > {log} 2>&1"

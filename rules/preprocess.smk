"""From raw cadences to a manifest of each collection and to stores, shard by shard."""


rule index_cadences:
    input:
        script="workflow_scripts/preprocess/index_cadences.py",
        library=library("preprocess/index_cadences"),
        table=label_table,
    output:
        "results/manifests/{collection}.parquet",
    log:
        "results/logs/index_cadences/{collection}.log",
    benchmark:
        "results/benchmarks/index_cadences/{collection}.tsv"
    wildcard_constraints:
        collection="|".join(COLLECTIONS),
    conda:
        "../envs/preprocess.yaml"
    threads: 8
    params:
        root=ROOT,
        on_bad_file=config["data"]["on_bad_file"],
        problems=subpath(output[0], with_suffix=".problems.tsv", strip_suffix=".parquet"),
    shell:
        "python {input.script} --root {params.root} --collection {wildcards.collection}"
        " --on-bad-file {params.on_bad_file} --manifest {output} --problems {params.problems}"
        " --workers {threads} > {log} 2>&1"


rule normalize_panels:
    input:
        script="workflow_scripts/preprocess/normalize_panels.py",
        library=library("preprocess/normalize_panels"),
        manifest="results/manifests/{collection}.parquet",
    output:
        "results/stores/normalized/{collection}/{shard}.arrow",
    log:
        "results/logs/normalize_panels/{collection}/{shard}.log",
    benchmark:
        "results/benchmarks/normalize_panels/{collection}/{shard}.tsv"
    conda:
        "../envs/preprocess.yaml"
    threads: 4
    params:
        clip=config["preprocess"]["clip"],
    shell:
        "python {input.script} --manifest {input.manifest} --collection {wildcards.collection}"
        " --shard {wildcards.shard} --clip {params.clip}"
        " --output {output} --workers {threads} > {log} 2>&1"


rule standardize_panels:
    input:
        script="workflow_scripts/preprocess/standardize_panels.py",
        library=library("preprocess/standardize_panels"),
        manifest="results/manifests/{collection}.parquet",
    output:
        "results/stores/standardized/{collection}/{shard}.arrow",
    log:
        "results/logs/standardize_panels/{collection}/{shard}.log",
    benchmark:
        "results/benchmarks/standardize_panels/{collection}/{shard}.tsv"
    conda:
        "../envs/preprocess.yaml"
    threads: 4
    params:
        clip=config["preprocess"]["clip"],
    shell:
        "python {input.script} --manifest {input.manifest} --collection {wildcards.collection}"
        " --shard {wildcards.shard} --clip {params.clip}"
        " --output {output} --workers {threads} > {log} 2>&1"


rule denoise_nmf:
    input:
        script="workflow_scripts/preprocess/denoise_nmf.py",
        library=library("preprocess/denoise_nmf"),
        manifest="results/manifests/{collection}.parquet",
    output:
        "results/stores/nmf/{collection}/{shard}.arrow",
    log:
        "results/logs/denoise_nmf/{collection}/{shard}.log",
    benchmark:
        "results/benchmarks/denoise_nmf/{collection}/{shard}.tsv"
    conda:
        "../envs/nmf.yaml"
    threads: 4
    params:
        clip=config["preprocess"]["clip"],
        nmf=config["preprocess"]["nmf"],
    shell:
        "python {input.script} --manifest {input.manifest} --collection {wildcards.collection}"
        " --shard {wildcards.shard} --basis {params.nmf[basis]}"
        " --rank {params.nmf[rank]} --iterations {params.nmf[iterations]}"
        " --seeding {params.nmf[seeding]} --clip {params.clip}"
        " --output {output} --workers {threads} > {log} 2>&1"


rule sharpen_panels:
    input:
        script="workflow_scripts/preprocess/sharpen_panels.py",
        library=library("preprocess/sharpen_panels"),
        normalized="results/stores/normalized/{collection}/{shard}.arrow",
    output:
        "results/stores/sharpened/{collection}/{shard}.arrow",
    log:
        "results/logs/sharpen_panels/{collection}/{shard}.log",
    benchmark:
        "results/benchmarks/sharpen_panels/{collection}/{shard}.tsv"
    conda:
        "../envs/preprocess.yaml"
    threads: 4
    params:
        sharpen=config["preprocess"]["sharpen"],
    shell:
        "python {input.script} --input {input.normalized} --direction {params.sharpen[direction]}"
        " --amount {params.sharpen[amount]} --output {output} --workers {threads} > {log} 2>&1"

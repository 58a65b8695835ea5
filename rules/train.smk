"""The models: settings of a run, pretrained weights, pretraining on old data, training, prediction.

Jobs that use GPUs are started by lease_gpus.py. It changes no result, so it is not an input.
"""

from abacad.cadences.scratch import SCRATCH
from abacad.plan.train import TrainInputs

train_inputs = TrainInputs(plan)
TRAINED = one_of([*plan.models, *plan.left_out, *plan.ablations])

if config["data"]["scratch"]:
    os.environ[SCRATCH] = config["data"]["scratch"]  # jobs inherit it


rule resolve_run:
    input:
        script=script("resolve_run"),
        library=library("resolve_run"),
    output:
        "<results>/runs/{experiment}/{stage}/settings.json",
    log:
        "<results>/logs/resolve_run/{experiment}/{stage}.log",
    wildcard_constraints:
        experiment=TRAINED,
    localrule: True
    conda:
        "../envs/train.yaml"
    params:
        settings=train_inputs.settings_json,
    message:
        "Writing down the settings of {wildcards.experiment}, {wildcards.stage}"
    shell:
        "python {input.script:q} --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"


rule fetch_weights:
    input:
        script=script("fetch_weights"),
        library=library("fetch_weights"),
    output:
        "results/weights/{backbone}.safetensors",
    log:
        "<results>/logs/fetch_weights/{backbone}.log",
    localrule: True
    conda:
        "../envs/train.yaml"
    message:
        "Fetching the pretrained weights of {wildcards.backbone}"
    shell:
        "python {input.script:q} --backbone {wildcards.backbone} --weights {output:q} > {log:q} 2>&1"


rule pretrain_old:
    input:
        script=script("pretrain_old"),
        library=library("pretrain_old"),
        settings="<results>/runs/{experiment}/pretrain/settings.json",
        folds="<results>/folds.parquet",
        overlapping=plan.overlapping_folds(),
        truth=train_inputs.truth_of_kinds,
        manifests=train_inputs.pretraining_manifests(),
        stores=train_inputs.pretraining_stores,
        backbone_weights=train_inputs.backbone_weights,
    output:
        weights="<results>/runs/{experiment}/pretrain/fold{fold}/weights.safetensors",
        history="<results>/runs/{experiment}/pretrain/fold{fold}/history.tsv",
        metrics="<results>/runs/{experiment}/pretrain/fold{fold}/metrics.json",
    log:
        "<results>/logs/pretrain_old/{experiment}/fold{fold}.log",
    benchmark:
        "<results>/benchmarks/pretrain_old/{experiment}/fold{fold}.tsv"
    wildcard_constraints:
        experiment=TRAINED,
    priority: 1  # long jobs first, so that at the end no core waits for one
    conda:
        "../envs/train.yaml"
    threads: 4
    resources:
        gpu=train_inputs.gpus,
    params:
        scripts=subpath(input.script, parent=True),
        run=subpath(output.weights, parent=True),
        every_fold="--every-fold" * config["folds"]["pretrain_once"],
    message:
        "Pretraining {wildcards.experiment}, fold {wildcards.fold}"
    shell:
        "ABACAD_CONSOLE=3 python {params.scripts:q}/lease_gpus.py --gpus {resources.gpu}"
        " python {input.script:q} --settings {input.settings:q} --folds {input.folds:q} --fold {wildcards.fold}"
        " --overlapping {input.overlapping:q} --truth {input.truth:q} --stores {input.stores:q}"
        " --manifests {input.manifests:q} {params.every_fold} --backbone-weights {input.backbone_weights:q}"
        " --weights {output.weights:q} --history {output.history:q} --metrics {output.metrics:q}"
        " --state {params.run:q}/state --threads {threads} 3>&2 > {log:q} 2>&1"


rule train_fold:
    input:
        script=script("train_fold"),
        library=library("train_fold"),
        settings="<results>/runs/{experiment}/round{round}/settings.json",
        folds="<results>/folds.parquet",
        overlapping=plan.overlapping_folds(),
        stores=train_inputs.training_stores,
        manifests=train_inputs.old_manifests,
        injected=train_inputs.injected_manifest,
        truth=train_inputs.truth_of_kinds,
        pseudo_labels=train_inputs.pseudo_labels,
        initial_weights=train_inputs.initial_weights,
        backbone_weights=train_inputs.backbone_weights,
    output:
        weights="<results>/runs/{experiment}/round{round}/fold{fold}/weights.safetensors",
        history="<results>/runs/{experiment}/round{round}/fold{fold}/history.tsv",
        metrics="<results>/runs/{experiment}/round{round}/fold{fold}/metrics.json",
    log:
        "<results>/logs/train_fold/{experiment}/round{round}/fold{fold}.log",
    benchmark:
        "<results>/benchmarks/train_fold/{experiment}/round{round}/fold{fold}.tsv"
    wildcard_constraints:
        experiment=TRAINED,
    priority: 1  # long jobs first, so that at the end no core waits for one
    conda:
        "../envs/train.yaml"
    threads: 4
    resources:
        gpu=train_inputs.gpus,
    params:
        scripts=subpath(input.script, parent=True),
        run=subpath(output.weights, parent=True),
    message:
        "Training {wildcards.experiment}, round {wildcards.round}, fold {wildcards.fold}"
    shell:
        "ABACAD_CONSOLE=3 python {params.scripts:q}/lease_gpus.py --gpus {resources.gpu}"
        " python {input.script:q} --settings {input.settings:q} --folds {input.folds:q} --fold {wildcards.fold}"
        " --overlapping {input.overlapping:q} --truth {input.truth:q} --stores {input.stores:q}"
        " --manifests {input.manifests:q} --injected {input.injected:q} --pseudo-labels {input.pseudo_labels:q}"
        " --initial-weights {input.initial_weights:q} --backbone-weights {input.backbone_weights:q}"
        " --weights {output.weights:q} --history {output.history:q} --metrics {output.metrics:q}"
        " --state {params.run:q}/state --threads {threads} 3>&2 > {log:q} 2>&1"


rule predict_fold:
    input:
        script=script("predict_fold"),
        library=library("predict_fold"),
        settings="<results>/runs/{experiment}/round{round}/settings.json",
        weights="<results>/runs/{experiment}/round{round}/fold{fold}/weights.safetensors",
        folds="<results>/folds.parquet",
        stores=train_inputs.prediction_stores,
    output:
        "<results>/runs/{experiment}/round{round}/fold{fold}/predictions.parquet",
    log:
        "<results>/logs/predict_fold/{experiment}/round{round}/fold{fold}.log",
    benchmark:
        "<results>/benchmarks/predict_fold/{experiment}/round{round}/fold{fold}.tsv"
    wildcard_constraints:
        experiment=TRAINED,
    conda:
        "../envs/train.yaml"
    threads: 4
    resources:
        gpu=1,
    params:
        scripts=subpath(input.script, parent=True),
    message:
        "Predicting by {wildcards.experiment}, round {wildcards.round}, fold {wildcards.fold}"
    shell:
        "ABACAD_CONSOLE=3 python {params.scripts:q}/lease_gpus.py --gpus {resources.gpu}"
        " python {input.script:q} --settings {input.settings:q} --weights {input.weights:q}"
        " --folds {input.folds:q} --fold {wildcards.fold} --stores {input.stores:q}"
        " --predictions {output:q} --threads {threads} 3>&2 > {log:q} 2>&1"


rule predict_completeness:
    input:
        script=script("predict_completeness"),
        library=library("predict_completeness"),
        settings="<results>/runs/{experiment}/round{round}/settings.json",
        weights="<results>/runs/{experiment}/round{round}/fold{fold}/weights.safetensors",
        folds="<results>/folds.parquet",
        overlapping="<results>/overlaps/folds.parquet",
        manifest=f"<results>/manifests/{COMPLETENESS}.parquet",
        stores=train_inputs.completeness_stores,
    output:
        "<results>/runs/{experiment}/round{round}/fold{fold}/completeness.parquet",
    log:
        "<results>/logs/predict_completeness/{experiment}/round{round}/fold{fold}.log",
    benchmark:
        "<results>/benchmarks/predict_completeness/{experiment}/round{round}/fold{fold}.tsv"
    wildcard_constraints:
        experiment=TRAINED,
    conda:
        "../envs/train.yaml"
    threads: 4
    resources:
        gpu=1,
    params:
        scripts=subpath(input.script, parent=True),
    message:
        "Predicting injected cadences by {wildcards.experiment}, round {wildcards.round}, fold {wildcards.fold}"
    shell:
        "ABACAD_CONSOLE=3 python {params.scripts:q}/lease_gpus.py --gpus {resources.gpu}"
        " python {input.script:q} --settings {input.settings:q} --weights {input.weights:q}"
        " --folds {input.folds:q} --fold {wildcards.fold} --overlapping {input.overlapping:q}"
        " --manifest {input.manifest:q} --stores {input.stores:q}"
        " --predictions {output:q} --threads {threads} 3>&2 > {log:q} 2>&1"


rule export_embeddings:
    input:
        script=script("export_embeddings"),
        library=library("export_embeddings"),
        settings="<results>/runs/{experiment}/round{round}/settings.json",
        weights="<results>/runs/{experiment}/round{round}/fold{fold}/weights.safetensors",
        folds="<results>/folds.parquet",
        stores=train_inputs.prediction_stores,
    output:
        "<results>/runs/{experiment}/round{round}/fold{fold}/embeddings.parquet",
    log:
        "<results>/logs/export_embeddings/{experiment}/round{round}/fold{fold}.log",
    benchmark:
        "<results>/benchmarks/export_embeddings/{experiment}/round{round}/fold{fold}.tsv"
    wildcard_constraints:
        experiment=TRAINED,
    conda:
        "../envs/train.yaml"
    threads: 4
    resources:
        gpu=1,
    params:
        scripts=subpath(input.script, parent=True),
    message:
        "Exporting embeddings of {wildcards.experiment}, round {wildcards.round}, fold {wildcards.fold}"
    shell:
        "ABACAD_CONSOLE=3 python {params.scripts:q}/lease_gpus.py --gpus {resources.gpu}"
        " python {input.script:q} --settings {input.settings:q} --weights {input.weights:q}"
        " --folds {input.folds:q} --fold {wildcards.fold} --stores {input.stores:q}"
        " --embeddings {output:q} --threads {threads} 3>&2 > {log:q} 2>&1"

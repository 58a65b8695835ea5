"""The de-Doppler search, which needs no training: hits of a collection, and predictions of experiments.

Jobs that use GPUs are started by lease_gpus.py. It changes no result, so it is not an input.
"""

from abacad.plan.search import SearchInputs

search_inputs = SearchInputs(plan)


rule search_drift:
    input:
        script=script("search_drift"),
        library=library("search_drift"),
        store=f"<results>/stores/{config['search']['store']}/{{collection}}/{{shard}}.arrow",
    output:
        hits="<results>/search/hits/{collection}/{shard}.parquet",
        statistics="<results>/search/statistics/{collection}/{shard}.parquet",
    log:
        "<results>/logs/search_drift/{collection}/{shard}.log",
    benchmark:
        "<results>/benchmarks/search_drift/{collection}/{shard}.tsv"
    conda:
        "../envs/search.yaml"
    threads: 4
    resources:
        gpu=1,
    params:
        lease=script("lease_gpus"),
        settings=search_inputs.settings(),
    message:
        "Searching {wildcards.collection} for drifting lines, shard {wildcards.shard}"
    shell:
        "ABACAD_CONSOLE=3 python {params.lease:q} --gpus {resources.gpu}"
        " python {input.script:q} --settings {params.settings:q} --store {input.store:q}"
        " --hits {output.hits:q} --statistics {output.statistics:q} --threads {threads} 3>&2 > {log:q} 2>&1"


rule predict_search:
    input:
        script=script("predict_search"),
        library=library("predict_search"),
        folds="<results>/folds.parquet",
        overlapping=plan.overlapping_folds(),
        statistics=search_inputs.predicted_statistics(),
    output:
        settings="<results>/runs/{experiment}/round{round}/settings.json",
        predictions=[
            f"<results>/runs/{{experiment}}/round{{round}}/fold{fold}/predictions.parquet"
            for fold in plan.folds
        ],
        metrics=[
            f"<results>/runs/{{experiment}}/round{{round}}/fold{fold}/metrics.json"
            for fold in plan.folds
        ],
    log:
        "<results>/logs/predict_search/{experiment}/round{round}.log",
    wildcard_constraints:
        experiment=one_of(plan.searches),
    localrule: True
    conda:
        "../envs/search.yaml"
    params:
        settings=search_inputs.run_settings,
    message:
        "Predicting by {wildcards.experiment}, round {wildcards.round}"
    shell:
        "python {input.script:q} --settings {params.settings:q} --folds {input.folds:q}"
        " --overlapping {input.overlapping:q} --statistics {input.statistics:q}"
        " --run-settings {output.settings:q} --predictions {output.predictions:q}"
        " --metrics {output.metrics:q} > {log:q} 2>&1"


rule predict_search_completeness:
    input:
        script=script("predict_search_completeness"),
        library=library("predict_search_completeness"),
        metrics=search_inputs.choices,
        overlapping="<results>/overlaps/folds.parquet",
        manifest=f"<results>/manifests/{COMPLETENESS}.parquet",
        statistics=search_inputs.completeness_statistics(),
    output:
        [
            f"<results>/runs/{{experiment}}/round{{round}}/fold{fold}/completeness.parquet"
            for fold in plan.folds
        ],
    log:
        "<results>/logs/predict_search_completeness/{experiment}/round{round}.log",
    wildcard_constraints:
        experiment=one_of(plan.searches),
    localrule: True
    conda:
        "../envs/search.yaml"
    message:
        "Predicting injected cadences by {wildcards.experiment}, round {wildcards.round}"
    shell:
        "python {input.script:q} --metrics {input.metrics:q} --overlapping {input.overlapping:q}"
        " --manifest {input.manifest:q} --statistics {input.statistics:q}"
        " --predictions {output:q} > {log:q} 2>&1"


# Of their raw files and on the CPU, for they are few: the page of candidates needs no search of all of test.
rule search_candidates:
    input:
        script=script("search_candidates"),
        library=library("search_candidates"),
        chosen="<results>/candidates/chosen.parquet",
        manifest="<results>/manifests/test.parquet",
    output:
        "<results>/candidates/hits.parquet",
    log:
        "<results>/logs/search_candidates.log",
    conda:
        "../envs/search.yaml"
    threads: 4
    params:
        settings=search_inputs.settings(),
        clip=config["preprocess"]["clip"],
    message:
        "Searching the candidates for drifting lines"
    shell:
        "CUDA_VISIBLE_DEVICES= ABACAD_CONSOLE=3 python {input.script:q} --settings {params.settings:q}"
        " --chosen {input.chosen:q} --manifest {input.manifest:q} --clip {params.clip}"
        " --hits {output:q} --threads {threads} 3>&2 > {log:q} 2>&1"

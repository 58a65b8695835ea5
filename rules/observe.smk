"""From a telescope's files to ranked events, by a bundle; nothing is trained.

Jobs that use GPUs are started by lease_gpus.py. It changes no result, so it is not an input.
"""

import re

from abacad.plan.observe import INJECTED, POINTED, SWAPPED, ObserveInputs

try:
    observe_inputs = ObserveInputs(plan)
except ValueError as error:
    raise WorkflowError(str(error))

if workflow.is_main_process and (remark := observe_inputs.remark()):
    print(remark, file=sys.stderr)


wildcard_constraints:
    cadence=one_of([re.escape(name) for name in observe_inputs.observations]),
    order=one_of([POINTED, SWAPPED, INJECTED]),


# Before all others, so that every bad observation is known at the beginning.
rule check_observation:
    input:
        script=script("check_observation"),
        library=library("check_observation"),
        files=observe_inputs.files,
    output:
        "<results>/observations/{cadence}/observation.json",
    log:
        "<results>/logs/observations/{cadence}/check_observation.log",
    priority: 2
    localrule: True
    conda:
        "../envs/observe.yaml"
    params:
        sides=observe_inputs.sides,
        shape=plan.shape.as_json(),
        pattern=config["observe"]["pattern"],
        stretch=observe_inputs.stretch,
    message:
        "Checking the observation {wildcards.cadence}"
    shell:
        "python {input.script:q} --cadence {wildcards.cadence:q} --files {input.files:q}"
        " --sides {params.sides} --shape {params.shape:q} --pattern {params.pattern} --stretch {params.stretch}"
        " --observation {output:q} > {log:q} 2>&1"


rule cut_snippets:
    input:
        script=script("cut_snippets"),
        library=library("cut_snippets"),
        files=observe_inputs.files,
        observation="<results>/observations/{cadence}/observation.json",
    output:
        snippets="<results>/observations/{cadence}/snippets/{shard}.parquet",
        store=temp("<results>/observations/{cadence}/raw/{shard}.arrow"),
    log:
        "<results>/logs/observations/{cadence}/cut_snippets/{shard}.log",
    benchmark:
        "<results>/benchmarks/observations/{cadence}/cut_snippets/{shard}.tsv"
    conda:
        "../envs/observe.yaml"
    params:
        stride=config["observe"]["stride"],
    message:
        "Cutting snippets of {wildcards.cadence}, shard {wildcards.shard}"
    shell:
        "ABACAD_CONSOLE=3 python {input.script:q} --observation {input.observation:q}"
        " --shard {wildcards.shard} --stride {params.stride} --snippets {output.snippets:q}"
        " --store {output.store:q} 3>&2 > {log:q} 2>&1"


rule inject_snippets:
    input:
        script=script("inject_snippets"),
        library=library("inject_snippets"),
        observation="<results>/observations/{cadence}/observation.json",
        snippets=observe_inputs.snippets,
        raw="<results>/observations/{cadence}/raw/{shard}.arrow",
    output:
        needles="<results>/observations/{cadence}/injected/needles/{shard}.parquet",
        store=temp("<results>/observations/{cadence}/injected/raw/{shard}.arrow"),
    log:
        "<results>/logs/observations/{cadence}/inject_snippets/{shard}.log",
    benchmark:
        "<results>/benchmarks/observations/{cadence}/inject_snippets/{shard}.tsv"
    conda:
        "../envs/simulate.yaml"
    threads: 4
    params:
        needles=config["observe"]["injected"],
        settings=observe_inputs.injection,
    message:
        "Injecting needles into {wildcards.cadence}, shard {wildcards.shard}"
    shell:
        "ABACAD_CONSOLE=3 python {input.script:q} --observation {input.observation:q}"
        " --snippets {input.snippets:q} --raw {input.raw:q} --count {params.needles}"
        " --settings {params.settings:q} --needles {output.needles:q} --store {output.store:q}"
        " --workers {threads} 3>&2 > {log:q} 2>&1"


rule prepare_snippets:
    input:
        script=script("prepare_snippets"),
        library=library("prepare_snippets"),
        raw=observe_inputs.raw,
    output:
        temp("<results>/observations/{cadence}/{order}/stores/{store}/{shard}.arrow"),
    log:
        "<results>/logs/observations/{cadence}/prepare_snippets/{order}/{store}/{shard}.log",
    benchmark:
        "<results>/benchmarks/observations/{cadence}/prepare_snippets/{order}/{store}/{shard}.tsv"
    conda:
        "../envs/preprocess.yaml"
    threads: 4
    params:
        preprocess=observe_inputs.preprocess(),
        off_first=observe_inputs.off_first,
        kept=observe_inputs.kept,
    message:
        "Preparing {wildcards.store} of {wildcards.cadence}, shard {wildcards.shard}"
    shell:
        "ABACAD_CONSOLE=3 python {input.script:q} --store {wildcards.store} --raw {input.raw:q}"
        " --preprocess {params.preprocess:q} {params.off_first} {params.kept} --output {output:q}"
        " --workers {threads} 3>&2 > {log:q} 2>&1"


use rule search_drift as search_snippets with:
    input:
        script=script("search_drift"),
        library=library("search_drift"),
        store=observe_inputs.searched,
    output:
        hits="<results>/observations/{cadence}/{order}/hits/{shard}.parquet",
        statistics="<results>/observations/{cadence}/{order}/statistics/{shard}.parquet",
    log:
        "<results>/logs/observations/{cadence}/search_snippets/{order}/{shard}.log",
    benchmark:
        "<results>/benchmarks/observations/{cadence}/search_snippets/{order}/{shard}.tsv"
    params:
        lease=script("lease_gpus"),
        settings=observe_inputs.search(),
    message:
        "Searching {wildcards.cadence} for drifting lines, shard {wildcards.shard}"


rule predict_bundle:
    input:
        script=script("predict_bundle"),
        library=library("predict_bundle"),
        bundle=observe_inputs.bundle_files(),
        stores=observe_inputs.stores,
        statistics="<results>/observations/{cadence}/{order}/statistics/{shard}.parquet",
    output:
        "<results>/observations/{cadence}/{order}/predictions/{shard}.parquet",
    log:
        "<results>/logs/observations/{cadence}/predict_bundle/{order}/{shard}.log",
    benchmark:
        "<results>/benchmarks/observations/{cadence}/predict_bundle/{order}/{shard}.tsv"
    conda:
        "../envs/train.yaml"
    threads: 4
    resources:
        gpu=1,
    params:
        lease=script("lease_gpus"),
        bundle=observe_inputs.bundle,
        shape=plan.shape.as_json(),
    message:
        "Scoring {wildcards.cadence}, shard {wildcards.shard}"
    shell:
        "ABACAD_CONSOLE=3 python {params.lease:q} --gpus {resources.gpu}"
        " python {input.script:q} --bundle {params.bundle:q} --threads {threads} --stores {input.stores:q}"
        " --statistics {input.statistics:q} --shape {params.shape:q} --predictions {output:q} 3>&2 > {log:q} 2>&1"


rule rank_events:
    input:
        script=script("rank_events"),
        library=library("rank_events"),
        observation="<results>/observations/{cadence}/observation.json",
        snippets=observe_inputs.snippets,
        bundle=observe_inputs.bundle_files(),
        predictions=observe_inputs.predictions,
        hits=observe_inputs.hits,
        statistics=observe_inputs.statistics,
        null=observe_inputs.null,
        excluded=observe_inputs.excluded(),
    output:
        events="<results>/observations/{cadence}/events.parquet",
        csv="<results>/observations/{cadence}/events.csv",
        record="<results>/observations/{cadence}/snippets.parquet",
    log:
        "<results>/logs/observations/{cadence}/rank_events.log",
    localrule: True
    conda:
        "../envs/observe.yaml"
    params:
        bundle=observe_inputs.bundle,
        rate=config["observe"]["false_positive_rate"],
    message:
        "Ranking the events of {wildcards.cadence}"
    shell:
        "python {input.script:q} --observation {input.observation:q} --snippets {input.snippets:q}"
        " --predictions {input.predictions:q} --hits {input.hits:q} --statistics {input.statistics:q}"
        " --null {input.null:q} --excluded {input.excluded:q} --bundle {params.bundle:q}"
        " --false-positive-rate {params.rate} --events {output.events:q} --csv {output.csv:q}"
        " --record {output.record:q} > {log:q} 2>&1"


rule list_events:
    input:
        script=script("list_events"),
        library=library("list_events"),
        observed=observe_inputs.listed_events(),
    output:
        events="<results>/observations/events.parquet",
        csv="<results>/observations/events.csv",
    log:
        "<results>/logs/list_events.log",
    localrule: True
    conda:
        "../envs/observe.yaml"
    message:
        "Listing the events of all observations"
    shell:
        "python {input.script:q} --observed {input.observed:q} --events {output.events:q} --csv {output.csv:q}"
        " > {log:q} 2>&1"


rule show_events:
    input:
        script=script("show_events"),
        library=library("show_events"),
        assets=candidate_inputs.assets(here(WORKFLOW_SCRIPTS / "abacad/candidates/page")),
        observation="<results>/observations/{cadence}/observation.json",
        events="<results>/observations/{cadence}/events.parquet",
        record="<results>/observations/{cadence}/snippets.parquet",
        hits=observe_inputs.hits,
        null=observe_inputs.null,
        bundle=observe_inputs.bundle_files(),
    output:
        page="<results>/observations/{cadence}/index.html",
        pictures=directory("<results>/observations/{cadence}/pictures"),
    log:
        "<results>/logs/observations/{cadence}/show_events.log",
    conda:
        "../envs/observe.yaml"
    threads: 4
    params:
        bundle=observe_inputs.bundle,
        stride=config["observe"]["stride"],
        rate=config["observe"]["false_positive_rate"],
        most=config["observe"]["shown"],
        recovery=observe_inputs.recovery,
    message:
        "Drawing the events of {wildcards.cadence}"
    shell:
        "ABACAD_CONSOLE=3 python {input.script:q} --observation {input.observation:q} --events {input.events:q}"
        " --record {input.record:q} --hits {input.hits:q} --null {input.null:q} --bundle {params.bundle:q}"
        " --stride {params.stride} --false-positive-rate {params.rate} --most {params.most} --workers {threads}"
        " --recovery {params.recovery:q} --pictures {output.pictures:q}"
        " --page {output.page:q} 3>&2 > {log:q} 2>&1"


rule report_observed:
    input:
        script=script("report_observed"),
        library=library("report_observed"),
        bundle=observe_inputs.bundle_files(),
        needles=observe_inputs.needles,
        predictions=observe_inputs.injected_predictions,
        pointed=observe_inputs.predictions,
        null=observe_inputs.null,
    output:
        judged="<results>/observations/{cadence}/needles.parquet",
        table="<results>/observations/{cadence}/recovery.parquet",
        tsv="<results>/observations/{cadence}/recovery.tsv",
    log:
        "<results>/logs/observations/{cadence}/report_observed.log",
    localrule: True
    conda:
        "../envs/observe.yaml"
    params:
        bundle=observe_inputs.bundle,
        rate=config["observe"]["false_positive_rate"],
        trials=observe_inputs.trials,
        drift=plan.shape.unit_drift,
    message:
        "Reporting which needles would be found in {wildcards.cadence}"
    shell:
        "python {input.script:q} --needles {input.needles:q} --predictions {input.predictions:q}"
        " --pointed {input.pointed:q} --null {input.null:q} --bundle {params.bundle:q}"
        " --false-positive-rate {params.rate} --trials {params.trials} --unit-drift {params.drift} --judged {output.judged:q}"
        " --table {output.table:q} --tsv {output.tsv:q} > {log:q} 2>&1"


use rule draw_recovery as draw_observed with:
    input:
        script=script("draw_recovery"),
        library=library("draw_recovery"),
        table="<results>/observations/{cadence}/recovery.tsv",
    output:
        png="<results>/observations/{cadence}/recovery.png",
        svg="<results>/observations/{cadence}/recovery.svg",
    log:
        "<results>/logs/observations/{cadence}/draw_observed.log",
    localrule: True
    message:
        "Drawing which needles would be found in {wildcards.cadence}"

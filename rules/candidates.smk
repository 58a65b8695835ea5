"""Which test cadences are worth a look, and a page to look at them: it opens from the disk, without a server."""

from abacad.plan.candidates import CandidateInputs

candidate_inputs = CandidateInputs(plan)


rule choose_candidates:
    input:
        script=script("choose_candidates"),
        library=library("choose_candidates"),
        folds="<results>/folds.parquet",
        predictions=ensemble_inputs.predictions(),
        test="<results>/ensemble/test.parquet",
        weights="<results>/ensemble/weights.tsv",
        curves="<results>/ensemble/curves.parquet",
    output:
        "<results>/candidates/chosen.parquet",
    log:
        "<results>/logs/choose_candidates.log",
    localrule: True
    conda:
        "../envs/candidates.yaml"
    params:
        members=ensemble_inputs.members(),
        ensemble=config["ensemble"],
        choice=config["candidates"],
    message:
        "Choosing candidates"
    shell:
        "python {input.script:q} --folds {input.folds:q} {params.members} --test {input.test:q}"
        " --weights {input.weights:q} --curves {input.curves:q} --method {params.ensemble[method]} --power {params.ensemble[power]}"
        " --top {params.choice[top]} --disagreed {params.choice[disagreed]}"
        " --near-misses {params.choice[near_misses]}"
        " --false-positive-rate {params.choice[false_positive_rate]} --chosen {output:q} > {log:q} 2>&1"


rule show_candidates:
    input:
        script=script("show_candidates"),
        library=library("show_candidates"),
        assets=candidate_inputs.assets(here(WORKFLOW_SCRIPTS / "abacad/candidates/page")),
        chosen="<results>/candidates/chosen.parquet",
        hits="<results>/candidates/hits.parquet",
        pairs=candidate_inputs.pairs(),
        grad_cam=explain_inputs.maps(),
        folds="<results>/folds.parquet",
        test="<results>/ensemble/test.parquet",
        manifest="<results>/manifests/test.parquet",
        stores=candidate_inputs.stores(),
    output:
        page="<results>/candidates/index.html",
        pictures=directory("<results>/candidates/pictures"),
        table="<results>/candidates.tsv",
    log:
        "<results>/logs/show_candidates.log",
    conda:
        "../envs/candidates.yaml"
    threads: 4
    params:
        run=candidate_inputs.run(),
        method=config["ensemble"]["method"],
        rate=config["candidates"]["false_positive_rate"],
        shape=plan.shape.as_json(),
    message:
        "Drawing the candidates"
    shell:
        "ABACAD_CONSOLE=3 python {input.script:q} --run {params.run:q} --method {params.method}"
        " --false-positive-rate {params.rate} --chosen {input.chosen:q} --hits {input.hits:q}"
        " --pairs {input.pairs:q} --grad-cam {input.grad_cam:q} --folds {input.folds:q} --test {input.test:q}"
        " --manifest {input.manifest:q} --stores {input.stores:q} --workers {threads}"
        " --shape {params.shape:q} --pictures {output.pictures:q} --page {output.page:q} --table {output.table:q}"
        " 3>&2 > {log:q} 2>&1"

"""What the detectors look at: maps of Grad-CAM, of the candidates and of the examples in the report."""

from abacad.plan.explain import ExplainInputs

explain_inputs = ExplainInputs(plan)


rule explain_candidates:
    input:
        script=script("explain_candidates"),
        library=library("explain_candidates"),
        chosen="<results>/candidates/chosen.parquet",
        folds="<results>/folds.parquet",
        settings=explain_inputs.settings(),
        weights=explain_inputs.weights(),
        stores=explain_inputs.stores(),
    output:
        "<results>/candidates/grad_cam.parquet",
    log:
        "<results>/logs/explain_candidates.log",
    benchmark:
        "<results>/benchmarks/explain_candidates.tsv"
    conda:
        "../envs/explain.yaml"
    threads: 4
    resources:
        gpu=1,
    params:
        scripts=subpath(script("lease_gpus"), parent=True),
        models=explain_inputs.models(),
    message:
        "Mapping what the detectors look at in the candidates"
    shell:
        "python {params.scripts:q}/lease_gpus.py --gpus {resources.gpu}"
        " python {input.script:q} --chosen {input.chosen:q} --folds {input.folds:q} --stores {input.stores:q}"
        " {params.models} --maps {output:q} --threads {threads} > {log:q} 2>&1"


rule choose_examples:
    input:
        script=script("choose_examples"),
        library=library("choose_examples"),
        out_of_fold="<results>/ensemble/out_of_fold.parquet",
    output:
        "<results>/explain/examples.parquet",
    log:
        "<results>/logs/choose_examples.log",
    localrule: True
    conda:
        "../envs/explain.yaml"
    params:
        members=plan.members,
    message:
        "Choosing the training cadences to explain"
    shell:
        "python {input.script:q} --out-of-fold {input.out_of_fold:q} --members {params.members:q}"
        " --examples {output:q} > {log:q} 2>&1"


use rule explain_candidates as explain_examples with:
    input:
        script=script("explain_candidates"),
        library=library("explain_candidates"),
        chosen="<results>/explain/examples.parquet",
        folds="<results>/folds.parquet",
        settings=explain_inputs.settings(),
        weights=explain_inputs.weights(),
        stores=explain_inputs.stores(),
    output:
        "<results>/explain/grad_cam.parquet",
    log:
        "<results>/logs/explain_examples.log",
    benchmark:
        "<results>/benchmarks/explain_examples.tsv"
    message:
        "Mapping what the detectors look at in the examples"

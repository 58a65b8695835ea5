from snakemake.utils import min_version

min_version("9.20")


include: "rules/common.smk"


report: "report/workflow.rst"


pathvars:
    results=plan.results,


include: "rules/preprocess.smk"
include: "rules/simulate.smk"
include: "rules/overlaps.smk"
include: "rules/folds.smk"
include: "rules/train.smk"
include: "rules/search.smk"
include: "rules/score.smk"
include: "rules/ensemble.smk"
include: "rules/explain.smk"
include: "rules/candidates.smk"
include: "rules/report.smk"
include: "rules/figures.smk"
include: "rules/observe.smk"


onstart:
    start(observe_inputs.check)


onsuccess:
    print(observe_inputs.places() or scores_and_places(plan.results, STARTED))


onerror:
    print(advice_after_failure(log), file=sys.stderr)


rule ablations:
    input:
        report_inputs.ablations,
    message:
        "The ablations are done"


rule search:
    input:
        search_inputs.hits(),
    message:
        "The search is done"


rule bundle:
    input:
        "<results>/bundle",
    message:
        "The ensemble is packed"


rule observe:
    input:
        observe_inputs.pages,
    message:
        "The observations are searched"


rule all:
    default_target: True
    input:
        "<results>/submission.csv",
        "<results>/candidates/index.html",
        "<results>/scores.tsv",
        "<results>/experiments.tsv",
        "<results>/report/summary.txt",
        "<results>/report/experiments.html",
        "<results>/report/scores.html",
        train_inputs.embeddings(),
        figure_inputs.figures(),
    message:
        "Everything is done"

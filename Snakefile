from snakemake.utils import min_version

min_version("9.20")


configfile: "config.yaml"


include: "rules/common.smk"
include: "rules/simulate.smk"
include: "rules/preprocess.smk"
include: "rules/overlaps.smk"
include: "rules/folds.smk"
include: "rules/train.smk"
include: "rules/score.smk"
include: "rules/ensemble.smk"
include: "rules/report.smk"


onstart:
    demand_gpu_limit()


rule ablations:
    input:
        ablation_table,


rule all:
    default_target: True
    input:
        "results/submission.csv",
        "results/scores.tsv",
        "results/experiments.tsv",
        "results/report/cadence.png",
        "results/report/history.png",
        learnt_embeddings(),
        leak_report(),
        recovery_report(),

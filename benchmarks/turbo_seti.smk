"""The benchmark of turboSETI and of our search on simulated cadences, each step in its environment.

Another search is compared on the same cadences by one more rule as search_drift: it reads `truth` and the
.npy files beside it, and writes a table of scores (id, search, score; found, at_needle, seconds and
seconds_in_all, where it has them). Add the table to the input `scores` of compare_scores.
"""

RESULTS = "results/benchmarks/turbo_seti"


rule all:
    input:
        "results/benchmarks/turbo_seti.md",


rule make_cadences:
    input:
        "benchmarks/turbo_seti/make_cadences.py",
    output:
        truth=f"{RESULTS}/truth.parquet",
    log:
        "results/benchmarks/make_cadences.log",
    conda:
        "../envs/simulate.yaml"
    threads: 8
    params:
        folder=f"{RESULTS}/cadences",
    shell:
        "PYTHONPATH=workflow_scripts python {input} --folder {params.folder} --truth {output.truth}"
        " --workers {threads} 2> {log}"


rule search_cadences:
    input:
        script="benchmarks/turbo_seti/search_cadences.py",
        truth=f"{RESULTS}/truth.parquet",
    output:
        hits=f"{RESULTS}/hits.parquet",
        scores=f"{RESULTS}/turbo_seti.parquet",
    log:
        "results/benchmarks/search_cadences.log",
    conda:
        "../envs/turbo_seti.yaml"
    params:
        folder=f"{RESULTS}/cadences",
    shell:
        "OMP_NUM_THREADS=1 PYTHONPATH=workflow_scripts python {input.script} --folder {params.folder}"
        " --truth {input.truth} --hits {output.hits} --scores {output.scores} 2> {log}"


rule search_drift:
    input:
        script="benchmarks/turbo_seti/search_drift.py",
        truth=f"{RESULTS}/truth.parquet",
    output:
        f"{RESULTS}/search_drift.parquet",
    log:
        "results/benchmarks/search_drift.log",
    conda:
        "../envs/search.yaml"
    params:
        folder=f"{RESULTS}/cadences",
    shell:
        "OMP_NUM_THREADS=1 PYTHONPATH=workflow_scripts python {input.script} --folder {params.folder}"
        " --truth {input.truth} --scores {output} 2> {log}"


rule compare_scores:
    input:
        script="benchmarks/turbo_seti/compare_scores.py",
        truth=f"{RESULTS}/truth.parquet",
        scores=expand(f"{RESULTS}/{{search}}.parquet", search=["turbo_seti", "search_drift"]),
    output:
        "results/benchmarks/turbo_seti.md",
    log:
        "results/benchmarks/compare_scores.log",
    conda:
        "../envs/report.yaml"
    shell:
        "PYTHONPATH=workflow_scripts python {input.script} --truth {input.truth} --scores {input.scores}"
        " 2> {log} | tee {output}"

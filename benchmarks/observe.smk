"""The benchmark of the search of observations: a cadence as wide as L band, 2.1 GB, from files to events.

`make benchmark-observe` simulates it, searches it by `snakemake observe`, and then asks this for the table.
"""

RESULTS = "results/benchmarks/observe"


rule all:
    input:
        "results/benchmarks/observe.md",


rule simulate_observation:
    output:
        f"{RESULTS}/observations.tsv",
    log:
        "results/benchmarks/observe.simulate.log",
    conda:
        "../envs/simulate.yaml"
    params:
        folder=RESULTS,
        coarse=308,  # 315,392 channels
    shell:
        "PYTHONPATH=workflow_scripts python workflow_scripts/simulate/simulate_observations.py"
        " --folder {params.folder} --needles 1 --blanks 0 --coarse-channels {params.coarse} > {log} 2>&1"


rule search_file:
    input:
        script="benchmarks/observe/search_file.py",
        table=f"{RESULTS}/observations.tsv",
    output:
        f"{RESULTS}/turbo_seti.tsv",
    log:
        "results/benchmarks/observe.turbo_seti.log",
    benchmark:
        f"{RESULTS}/turbo_seti.benchmark.tsv"
    conda:
        "../envs/turbo_seti.yaml"
    shell:
        "OMP_NUM_THREADS=1 python {input.script} --table {input.table} --found {output} > {log} 2>&1"


rule tell:
    input:
        script="benchmarks/observe/tell.py",
        turbo_seti=f"{RESULTS}/turbo_seti.tsv",
        page="results/observe_benchmark/observations/needle/index.html",
    output:
        "results/benchmarks/observe.md",
    conda:
        "../envs/report.yaml"
    params:
        run="results/observe_benchmark",
        observations=RESULTS,
    shell:
        "PYTHONPATH=workflow_scripts python {input.script} --run {params.run}"
        " --observations {params.observations} | tee {output}"

"""The benchmark of the search of observations: a cadence as wide as L band, 2.1 GB, from files to events.

`make benchmark-observe` simulates it, searches it by `snakemake observe`, and then asks this for the table.
"""

RESULTS = "results/benchmarks/observe"


rule all:
    input:
        "results/benchmarks/observe.md",


rule simulate_bands:
    output:
        temp(directory(f"{RESULTS}/narrow")),
    log:
        "results/benchmarks/observe.simulate.log",
    conda:
        "../envs/simulate.yaml"
    shell:
        "PYTHONPATH=workflow_scripts python workflow_scripts/simulate/simulate_observations.py"
        " --folder {output} --needles 1 --blanks 4 --coarse-channels 64 > {log} 2>&1"


rule join_bands:
    input:
        script="benchmarks/observe/join_bands.py",
        narrow=f"{RESULTS}/narrow",
    output:
        f"{RESULTS}/observations.tsv",
    conda:
        "../envs/observe.yaml"
    shell:
        "python {input.script} --narrow {input.narrow} --table {output}"


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
        page="results/observe_benchmark/observations/wide/index.html",
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

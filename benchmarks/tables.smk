"""The benchmark of whole tables, in an environment that has the packages of all the scripts."""

TABLES = "results/benchmarks/tables"


rule all:
    input:
        f"{TABLES}.md",


rule tables:
    input:
        "benchmarks/make_tables.py",
    output:
        temp(directory(TABLES)),
    conda:
        "../envs/overlaps.yaml"
    shell:
        "PYTHONPATH=workflow_scripts python {input} --tables {output}"


rule measure:
    input:
        script="benchmarks/tables.py",
        tables=TABLES,
    output:
        f"{TABLES}.md",
    conda:
        "../envs/overlaps.yaml"
    threads: workflow.cores  # nothing else at the same time
    params:
        former=config.get("former", ""),
    shell:
        "OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python {input.script} --tables {input.tables}"
        " --code workflow_scripts {params.former} | tee {output}"

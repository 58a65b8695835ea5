"""A raw folder of simulated cadences, and the truth about them."""


rule simulate_cadences:
    input:
        script="workflow_scripts/simulate_cadences.py",
        library=library("simulate_cadences"),
    output:
        **{name: f"{SIMULATED_ROOT}/{c.table}" for name, c in COLLECTIONS.items()},
        truth=SIMULATED_TRUTH,
    log:
        "results/logs/simulate_cadences.log",
    benchmark:
        "results/benchmarks/simulate_cadences.tsv"
    conda:
        "../envs/simulate.yaml"
    threads: 8
    params:
        raw=subpath(output.train, parent=True),
        settings=simulation_options(),
    shell:
        "python {input.script} {params.settings} --workers {threads}"
        " --raw {params.raw} --truth {output.truth} > {log} 2>&1"

"""What setigen makes: a raw folder of simulated cadences; needles injected into real backgrounds."""


rule simulate_cadences:
    input:
        script="workflow_scripts/simulate/simulate_cadences.py",
        library=library("simulate/simulate_cadences"),
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


rule inject_needles:
    input:
        script="workflow_scripts/simulate/inject_needles.py",
        library=library("simulate/inject_needles"),
        manifests=expand("results/manifests/{collection}.parquet", collection=["train", "test"]),
    output:
        f"results/manifests/{INJECTED}.parquet",
    log:
        "results/logs/inject_needles.log",
    benchmark:
        "results/benchmarks/inject_needles.tsv"
    conda:
        "../envs/simulate.yaml"
    threads: 8
    params:
        folder="results/injected",
        settings=json.dumps(config["inject"]),
    shell:
        "python {input.script} --manifests {input.manifests} --settings {params.settings:q}"
        " --folder {params.folder} --injected {output} --workers {threads} > {log} 2>&1"

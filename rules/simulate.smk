"""Simulations: a raw folder of cadences, observations as a telescope writes them, and needles injected into
existing backgrounds."""


rule simulate_cadences:
    input:
        script=script("simulate_cadences"),
        library=library("simulate_cadences"),
    output:
        **{name: f"<results>/simulated/raw/{c.table}" for name, c in COLLECTIONS.items()},
        truth="<results>/simulated/truth.parquet",
    log:
        "<results>/logs/simulate_cadences.log",
    benchmark:
        "<results>/benchmarks/simulate_cadences.tsv"
    conda:
        "../envs/simulate.yaml"
    threads: 8
    params:
        raw=subpath(output.train, parent=True),
        settings=preprocess_inputs.simulation(),
    message:
        "Simulating cadences"
    shell:
        "ABACAD_CONSOLE=3 python {input.script:q} --settings {params.settings:q} --workers {threads}"
        " --raw {params.raw:q} --truth {output.truth:q} 3>&2 > {log:q} 2>&1"


rule simulate_observations:
    input:
        script=script("simulate_observations"),
        library=library("simulate_observations"),
    output:
        observations="<results>/simulated/observations/observations.tsv",
        truth="<results>/simulated/observations/truth.tsv",
        needle=directory("<results>/simulated/observations/needle"),
        rfi=directory("<results>/simulated/observations/rfi"),
    log:
        "<results>/logs/simulate_observations.log",
    benchmark:
        "<results>/benchmarks/simulate_observations.tsv"
    conda:
        "../envs/simulate.yaml"
    params:
        folder=subpath(output.observations, parent=True),
    message:
        "Simulating two observations"
    shell:
        "python {input.script:q} --folder {params.folder:q} --needles 1 --blanks 1 > {log:q} 2>&1"


rule inject_needles:
    input:
        script=script("inject_needles"),
        library=library("inject_needles"),
        manifests=preprocess_inputs.injected_manifests,
    output:
        "<results>/manifests/{collection}.parquet",
    log:
        "<results>/logs/inject_needles/{collection}.log",
    benchmark:
        "<results>/benchmarks/inject_needles/{collection}.tsv"
    wildcard_constraints:
        collection="|".join(MADE_COLLECTIONS),
    conda:
        "../envs/simulate.yaml"
    threads: 8
    params:
        folder=f"{plan.results}/{{collection}}",
        settings=preprocess_inputs.injection,
    message:
        "Injecting needles into backgrounds: {wildcards.collection}"
    shell:
        "ABACAD_CONSOLE=3 python {input.script:q} --manifests {input.manifests:q} --settings {params.settings:q}"
        " --folder {params.folder:q} --injected {output:q} --workers {threads} 3>&2 > {log:q} 2>&1"

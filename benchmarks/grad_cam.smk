"""Whether Grad-CAM points at needles, by models of a finished `make benchmark`, on one core."""

RESULTS = "results/benchmark"
EXPERIMENTS = {"residual_injected": "residual", "flattened_nmf": "*"}  # and the stores they see


rule all:
    input:
        expand("results/benchmarks/grad_cam_{experiment}.md", experiment=EXPERIMENTS),


rule tracks:
    output:
        temp("results/benchmarks/tracks.parquet"),
    log:
        "results/benchmarks/tracks.log",
    conda:
        "../envs/simulate.yaml"
    params:
        raw=f"{RESULTS}/simulated/raw",
    shell:
        "PYTHONPATH=workflow_scripts python benchmarks/needle_tracks.py --raw {params.raw} --stretches 40"
        " --tracks {output} > {log} 2>&1"


rule grad_cam:
    input:
        tracks="results/benchmarks/tracks.parquet",
    output:
        "results/benchmarks/grad_cam_{experiment}.md",
    log:
        "results/benchmarks/grad_cam_{experiment}.log",
    conda:
        "../envs/explain.yaml"
    params:
        run=f"{RESULTS}/runs/{{experiment}}/round1",
        folds=f"{RESULTS}/folds.parquet",
        results=RESULTS,
        store=lookup(within=EXPERIMENTS, dpath="{experiment}"),
    shell:
        "PYTHONPATH=workflow_scripts python benchmarks/grad_cam.py --run {params.run} --tracks {input.tracks}"
        " --folds {params.folds} --stores {params.results}/stores/{params.store}/train/*.arrow"
        " --needles 150 --table {output} > {log} 2>&1; cat {log} {output}"

"""The benchmark of how long the scripts of rules take to start, each in the environment of its rule."""

import re
from glob import glob

# The block of a rule, and in it the script and the environment.
RULE = re.compile(r"^rule \w+:\n((?:\s.*\n|\n)+)", re.MULTILINE)
SCRIPT = re.compile(r'script=script\("(\w+)"\)')
ENVIRONMENT = re.compile(r'conda:\n\s+"\.\./envs/(\w+)\.yaml"')


def scripts_by_environment():
    """Paths of the scripts that the rules of each environment run, without those of rules that reuse another
    rule. The environment of denoise_nmf depends on the config."""
    found = {"nmf": {"denoise_nmf"}}
    for path in glob("rules/*.smk"):
        with open(path) as file:
            blocks = RULE.findall(file.read())
        for block in blocks:
            if environment := ENVIRONMENT.search(block):
                found.setdefault(environment[1], set()).update(SCRIPT.findall(block))
    return {
        environment: sorted(
            path for name in names for path in glob(f"workflow_scripts/*/{name}.py")
        )
        for environment, names in found.items()
    }


SCRIPTS = scripts_by_environment()


rule start:
    input:
        expand("results/benchmarks/start/{env}.rows", env=SCRIPTS),
    output:
        "results/benchmarks/start.md",
    shell:
        "( echo '| script | PyTorch | processor, s | clock, s | slowest imports, s |';"
        " echo '| --- | --- | ---: | ---: | --- |'; cat {input} ) | tee {output}"


rule measure:
    input:
        benchmark="benchmarks/start.py",
        scripts=lookup(within=SCRIPTS, dpath="{env}"),
    output:
        temp("results/benchmarks/start/{env}.rows"),
    log:
        "results/benchmarks/start/{env}.log",
    conda:
        "../envs/{env}.yaml"
    threads: workflow.cores  # one after the other
    shell:
        "python {input.benchmark} {input.scripts} > {output} 2> {log}"

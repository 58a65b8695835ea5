"""One job in each of the workflow's environments: which interpreter it got, and which packages."""

INTERPRETER = """
import importlib.metadata, json, sys
packages = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions()}
json.dump({"prefix": sys.prefix, "python": sys.version_info[:2], "packages": packages}, open(sys.argv[1], "w"))
"""


rule interpreter:
    output:
        "{env}.json",
    log:
        "{env}.log",
    conda:
        "envs/{env}.yaml"
    params:
        program=INTERPRETER,
    shell:
        "python -c {params.program:q} {output} 2> {log}"

"""The checked config, and what the rules of several stages share."""

import ast
import os
import sys
import time
from functools import cache
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.io import local
from snakemake.logging import logger

STARTED = time.time()

# The workflow's own folder, no matter who runs or imports it, and from where.
CLONE = Path(str(workflow.current_basedir)).parent
WORKFLOW_SCRIPTS = CLONE / "workflow_scripts"
if not WORKFLOW_SCRIPTS.is_dir():
    raise WorkflowError(
        "Snakemake has fetched only the Snakefile, and abacad needs its other files too. Clone the "
        'repository, and write snakefile: "<clone>/Snakefile" instead of github(...) or a web address.'
    )
if str(WORKFLOW_SCRIPTS) not in sys.path:
    sys.path.insert(0, str(WORKFLOW_SCRIPTS))

# The clone's own config.yaml is BASE below. `config` has only what the user has written.
if (
    workflow.modifier.is_main_snakefile()
    and Path("config.yaml").is_file()
    and not Path("config.yaml").samefile(CLONE / "config.yaml")
):

    configfile: "config.yaml"


from abacad.cadences.layout import COLLECTIONS, COMPLETENESS, MADE_COLLECTIONS, STORED_COLLECTIONS
from abacad.config.check import ConfigError, complete_config
from abacad.config.paths import check_characters
from abacad.plan.console import advice_after_failure, scores_and_places, show_one_line_a_job
from abacad.plan.preflight import check_gpus, check_models, preflight
from abacad.plan.raw_data import changed_since_indexed, check_raw_data
from abacad.plan.runs import Plan

SCHEMA = yaml.safe_load(Path(CLONE, "rules/config.schema.yaml").read_text())
BASE = yaml.safe_load(Path(CLONE, "config.yaml").read_text())
if workflow.config_settings.replace_workflow_config:
    BASE = {}

try:
    for folder in (CLONE, os.getcwd()):
        check_characters(folder)
    config = complete_config(config, SCHEMA, BASE)
    plan = Plan(config, SCHEMA)
    if not {"--lint", "--list-rules", "--list", "-l"} & {*sys.argv}:  # these need no data
        if not config[
            "observations"
        ]:  # new sky needs none of the data that a bundle was trained on
            check_raw_data(plan)
        if workflow.is_main_process:
            for warning in changed_since_indexed(plan):
                print(warning, file=sys.stderr)
except ValueError as error:
    raise WorkflowError(str(error))

if workflow.modifier.is_main_snakefile():
    show_one_line_a_job(logger)


wildcard_constraints:
    collection="|".join(STORED_COLLECTIONS),
    experiment="|".join([*plan.experiments, *plan.left_out, *plan.ablations]),
    stage=r"pretrain|round\d+",
    round=r"\d+",
    fold=r"\d+",
    shard=r"\d+-of-\d+",


def here(path):
    """The path of one of the workflow's own files, as jobs see it from the folder where it runs."""
    return local(os.path.relpath(path))


def script(rule):
    """The command line of a rule: workflow_scripts/<stage>/<rule>.py."""
    (path,) = WORKFLOW_SCRIPTS.glob(f"*/{rule}.py")
    return here(path)


def library(rule):
    """The abacad modules that a rule's script imports, directly or through others.

    They are input files, which Snakemake compares by checksum. So a change of the code reruns only the rules
    that use it.
    """
    found = set()
    unread = {script(rule)}
    while unread:
        imported = imports(unread.pop()) - found
        found |= imported
        unread |= imported
    return sorted(found)


@cache
def imports(path):
    """The abacad modules that a file imports. Many rules' scripts share a file: it is read once."""
    nodes = ast.walk(ast.parse(Path(path).read_text()))
    names = {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    own = [Path(*name.split(".")) for name in names if name.startswith("abacad.")]
    return {here(WORKFLOW_SCRIPTS / module.with_suffix(".py")) for module in own}


def one_of(names):
    """A constraint that limits a wildcard to these names. Without any name it matches nothing."""
    return "|".join(names) or "(?!)"


def start(*checks):
    """Before the first job: refuse a run that cannot succeed, and say what will happen.

    checks  of other rules: they raise ValueError
    """
    if workflow.touch:
        return
    if workflow.local_exec:
        # With a limit of jobs per second, Snakemake looks for jobs once a second, and after each finished job once more
        # a second: after a hundred jobs that takes half a core.
        workflow.scheduler.job_rate_limiter = None
    jobs = [*workflow.dag.needrun_jobs()]
    unresolved = [job for job in jobs if job.rule.name == "resolve_run"]
    try:
        asked = [gpus for job in jobs if (gpus := job.resources.get("gpu", 0))]
        if workflow.local_exec and asked:
            limit = getattr(workflow.global_resources.get("gpu"), "value", None)
            check_gpus(limit, max(asked))
        print(preflight(plan, [(job.rule.name, job.output) for job in jobs]), file=sys.stderr)
        # Checked here and not in a job: jobs that depend on it would rerun whenever settings change.
        if unresolved:
            environment = unresolved[0].conda_env
            python = f"{environment.address}/bin/python" if environment else sys.executable
            settings = [job.params.settings for job in unresolved]
            check_models(python, script("check_models"), settings)
        for check in checks:
            check()
    except ValueError as error:
        raise WorkflowError(str(error))

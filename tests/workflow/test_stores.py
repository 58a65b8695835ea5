"""Promises of stores: each holds the panels that something reads, and no others."""

import pytest
import yaml

from abacad.config.check import complete_config
from abacad.plan.preprocess import PreprocessInputs
from abacad.plan.runs import Plan
from workflow_copy import REPOSITORY

SCHEMA = yaml.safe_load((REPOSITORY / "rules/config.schema.yaml").read_text())
CONFIG = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
ALONE = {"experiments": dict.fromkeys(CONFIG["experiments"]), "ensemble": {"members": ["own"]}}


def plan(**overrides) -> Plan:
    overrides = {"data": {"root": "results/simulated/raw"}} | overrides
    return Plan(complete_config(overrides, SCHEMA, CONFIG), SCHEMA)


def alone(*channels: str, more: dict | None = None, **overrides) -> Plan:
    """The plan of one experiment with these channels, and of no other but `more`."""
    experiments = ALONE["experiments"] | {"own": {"channels": [*channels]}} | (more or {})
    return plan(**ALONE | {"experiments": experiments} | overrides)


def test_the_real_job_stores_the_on_panels_of_nmf_alone():
    assert plan().panels("nmf") == "on" and plan().panels("flattened") == "all"


@pytest.mark.parametrize(
    ("channels", "held"),
    [
        (["nmf.on"], "on"),
        (["nmf.off"], "off"),
        (["nmf.on", "nmf.off"], "all"),
        (["nmf.all"], "all"),
        (["flattened.on"], "all"),  # nobody reads it: it is made by hand
    ],
)
def test_a_store_holds_the_panels_that_channels_name(channels, held):
    assert alone(*channels).panels("nmf") == held


def test_a_mask_needs_no_panels():
    assert alone("residual.off", "residual.mask").panels("residual") == "off"


def test_the_search_reads_all_panels_of_its_store():
    assert alone("nmf.on", search={"store": "nmf"}).panels("nmf") == "all"


def test_what_sharpened_is_made_from_holds_what_sharpened_needs():
    assert alone("sharpened.on").panels("flattened") == "on"
    assert alone("sharpened.on", "flattened.off").panels("flattened") == "all"
    assert alone("sharpened.on", search={"store": "sharpened"}).panels("flattened") == "all"


def test_experiments_outside_the_ensemble_and_ablations_read_too():
    assert alone("nmf.on", more={"idea": {"channels": ["nmf.off"]}}).panels("nmf") == "all"
    switches = {"both": {"settings": {"channels": ["nmf.on", "nmf.off"]}}}
    ablations = {"base": "own", "switches": switches, "seeds": [0]}
    assert alone("nmf.on", ablations=ablations).panels("nmf") == "all"


def test_every_stage_reads():
    rounds = {"rounds": 1, "warm_start": False, "settings": {"channels": ["nmf.off"]}}
    assert alone("nmf.on", pseudo_labels=rounds).panels("nmf") == "all"
    assert alone("nmf.on", pseudo_labels=rounds | {"rounds": 0}).panels("nmf") == "on"


@pytest.mark.parametrize("stored_as", ["int8", "float16"])
def test_the_rule_of_a_store_is_told_its_panels_and_the_type(stored_as):
    inputs = PreprocessInputs(plan(preprocess={"stored_as": stored_as}))
    kept = inputs.kept(None, ["results/stores/nmf/train/0-of-16.arrow"])
    assert kept == f"--panels on --stored-as {stored_as}"

"""Promises of the raw folder: if it lacks what a run needs, a message says so before anything runs."""

from pathlib import Path

import pytest
import yaml

from abacad.cadences.layout import COLLECTIONS
from abacad.config.check import complete_config
from abacad.plan.raw_data import changed_since_indexed, check_raw_data, count_cadences
from abacad.plan.runs import Plan
from workflow_copy import REPOSITORY

SCHEMA = yaml.safe_load((REPOSITORY / "rules/config.schema.yaml").read_text())
CONFIG = yaml.safe_load((REPOSITORY / "config.yaml").read_text())


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """A function: the plan of a config over config.yaml, with a raw folder of ten test cadences' rows."""
    monkeypatch.chdir(tmp_path)
    for collection in COLLECTIONS.values():
        table = Path("raw", collection.table)
        table.parent.mkdir(parents=True, exist_ok=True)
        table.write_text("id,target\n" + "a,0.5\n" * 10)

    def plan(**overrides) -> Plan:
        overrides = {"data": {"root": "raw"}} | overrides
        return Plan(complete_config(overrides, SCHEMA, CONFIG), SCHEMA)

    return plan


def test_a_complete_folder_is_good(plan):
    check_raw_data(plan())
    assert count_cadences(plan()) == dict.fromkeys(COLLECTIONS, 10)


def test_without_old_data_the_keys_that_ask_for_it_are_named(plan):
    Path("raw/old_leaky_data/train_labels_old.csv").unlink()
    with pytest.raises(ValueError) as error:
        check_raw_data(plan())
    told = str(error.value)
    for part in (
        "no raw/old_leaky_data/train_labels_old.csv",
        "experiments.b3_pretrained.pretrain, experiments.b3_sharpened.pretrain",
        "experiments.b5_old_positives.old_positives",
        "write `pretrain: null` and `old_positives: []`",
    ):
        assert part in told
    without = {name: {"pretrain": None, "old_positives": []} for name in CONFIG["experiments"]}
    check_raw_data(plan(experiments=without))


def test_a_simulated_sky_without_old_data_is_no_other(plan):
    with pytest.raises(ValueError, match="no old data .simulate.counts has none.*b3_sharpened"):
        counts = {"train_old": 0, "test_old": 0}
        check_raw_data(plan(data={"root": "results/simulated/raw"}, simulate={"counts": counts}))


@pytest.mark.parametrize("table", ["train_labels.csv", "sample_submission.csv"])
def test_a_missing_table_is_named(plan, table):
    Path("raw", table).unlink()
    with pytest.raises(ValueError, match=f"data.root: there is no table raw/{table}"):
        check_raw_data(plan())


@pytest.mark.parametrize(("top", "bottom"), [(6, 5), (0, 0)])
def test_more_pseudo_labels_than_test_rows_are_refused(plan, top, bottom):
    select = {"select": {"top": top, "bottom": bottom}}
    with pytest.raises(
        ValueError, match=f"top {top} and bottom {bottom} are .* there are 10 in te"
    ):
        check_raw_data(plan(pseudo_labels=select))
    check_raw_data(plan(pseudo_labels={"select": {"top": 5, "bottom": 5}}))
    check_raw_data(plan(pseudo_labels=select | {"rounds": 0}))


def test_nothing_changed_is_told_of_what_was_never_indexed(plan):
    assert [*changed_since_indexed(plan())] == []

"""Promises of the documentation's examples: they work if they are put where the page says."""

import re
import shutil

import numpy as np
import pytest
import yaml

from abacad.cadences.layout import COLLECTIONS
from abacad.cadences.store import Store
from workflow_copy import REPOSITORY, Workflow

PAGE = (REPOSITORY / "docs/extending.md").read_text()

# A code block, and the line before it that says where it goes.
BLOCK = re.compile(
    r"^(?:New file `(?P<new>\S+)`"
    r"|At the end of `(?P<end>\S+)`"
    r"|In `(?P<file>\S+)`, (?P<side>above|below) `(?P<line>[^`\n]+)`)"
    r":\n\n```\w+\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
ONE = {
    "b3_pretrained": None,
    "b3_sharpened": None,
    "b5_old_positives": None,
    "smoothed": {"channels": ["smoothed.on"], "pretrain": None},
}


def follow(workflow: Workflow, title: str) -> int:
    """Apply every code block of one section of the page; returns how many there were."""
    (section,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    blocks = [*BLOCK.finditer(section)]
    for block in blocks:
        path = workflow.folder / (block["new"] or block["end"] or block["file"])
        if block["new"]:
            assert not path.exists(), f"{path} is not new"
            path.write_text(block["code"])
        elif block["end"]:
            path.write_text(f"{path.read_text()}\n\n{block['code']}")
        else:
            lines = path.read_text().splitlines(keepends=True)
            (place,) = [i for i, line in enumerate(lines) if line.strip() == block["line"]]
            apart = "\n\n" if block["code"].startswith("def ") else ""  # as functions are
            lines.insert(place + (block["side"] == "below"), block["code"] + apart)
            path.write_text("".join(lines))
    return len(blocks)


@pytest.fixture
def raw_folder(workflow):
    """A raw folder of four cadences a side, where docs/own-data.md has one."""
    random = np.random.default_rng(0)
    root = workflow.folder / "data/mine"
    for side in ("train", "test"):
        ids = [f"{number}{side.encode().hex():0<14.14}" for number in range(4)]
        table = root / COLLECTIONS[side].table
        for cadence_id in ids:
            path = root / COLLECTIONS[side].cadence_path(cadence_id)
            path.parent.mkdir(parents=True)
            np.save(path, random.normal(size=(6, 273, 256)).astype("<f2"))
        table.write_text("id,target\n" + "".join(f"{cadence_id},0\n" for cadence_id in ids))
    return root


def example(page: str, first_line: str) -> str:
    """A page's code block that begins with this line."""
    text = (REPOSITORY / "docs" / page).read_text()
    (code,) = re.findall(rf"^```\w+\n({first_line}\n.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return code


def test_every_code_block_says_where_it_goes():
    assert len(BLOCK.findall(PAGE)) == len(re.findall(r"^```\w+$", PAGE, re.MULTILINE))


def test_the_experiment_is_an_entry_in_the_config(workflow):
    assert follow(workflow, "An experiment") == 1
    overlay = str(workflow.folder / "residual.yaml")
    jobs = workflow.planned("--configfile", "config.demo.yaml", overlay)
    assert jobs["subtract_background"] == 4 * 2  # collections, shards
    assert "denoise_nmf" not in jobs  # of b5_old_positives alone
    assert jobs["train_fold"] == 3 * 2 * 3  # members, rounds, folds


def test_the_store_is_an_entry_a_rule_and_a_script(workflow):
    assert follow(workflow, "A store") == 3
    overlay = workflow.overlay("smoothed.yaml", {"defaults": {"channels": ["smoothed.on"]}})
    config = ("--configfile", "config.demo.yaml", overlay)
    jobs = workflow.planned(*config)
    assert jobs["smooth_panels"] == 4 * 2  # collections, shards
    assert "validate_adversarially" in jobs
    assert "good condition" in workflow.run_well("--lint", *config)


def test_the_store_is_made_of_raw_cadences(workflow, raw_folder):
    follow(workflow, "A store")
    settings = {
        "data": {"root": str(raw_folder), "shards": 1},
        "defaults": {"backbone": "test_efficientnet", "pretrained": False},
        "experiments": ONE,
        "ensemble": {"members": ["smoothed"]},
        "pseudo_labels": {"rounds": 0},
    }
    store = "results/stores/smoothed/train/0-of-1.arrow"
    workflow.run_well(store, "--configfile", workflow.overlay("smoothed.yaml", settings))
    smoothed = Store([workflow.folder / store])
    assert (smoothed.panels, smoothed.stored_as) == ("on", "int8")
    panels = np.stack([smoothed[row] for row in range(len(smoothed))])
    deviations = panels.astype(float).std((2, 3))
    assert deviations.shape == (4, 3)
    assert np.allclose(deviations, 1 / np.sqrt(3), rtol=0.03)  # of noise, over three time bins


def test_the_technique_is_a_key_a_field_a_function_and_a_test(workflow):
    for name in ("conftest.py", "images/test_augment.py"):
        (workflow.folder / "tests" / name).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / "tests" / name, workflow.folder / "tests" / name)
    assert follow(workflow, "A technique of training") == 7
    assert (
        "panel_dropout" in yaml.safe_load((workflow.folder / "config.yaml").read_text())["defaults"]
    )
    settings = {"experiments": {"b3_sharpened": {"panel_dropout": {}}}}
    overlay = workflow.overlay("dropout.yaml", settings)
    checked = (
        "results/demo/runs/b3_sharpened/round0/settings.json"  # by a job that imports the library
    )
    workflow.run_well(checked, "--configfile", "config.demo.yaml", overlay)
    assert '"probability": 0.5' in (workflow.folder / checked).read_text()


def test_there_is_a_complete_config_for_cadences_of_ones_own(workflow, raw_folder):
    (workflow.folder / "mine.yaml").write_text(example("own-data.md", "# mine.yaml"))
    jobs = workflow.planned("--configfile", "mine.yaml", "--resources", "gpu=0")
    assert jobs["index_cadences"] == 2 and jobs["train_fold"] == 2 * 2  # rounds, folds


def test_there_is_an_example_of_the_workflow_as_a_module_of_another(workflow, tmp_path):
    workflow.workdir = tmp_path / "another"
    workflow.workdir.mkdir()
    text = example("running.md", "# Snakefile").replace("<clone>", str(workflow.folder))
    (workflow.workdir / "Snakefile").write_text(text)
    jobs = workflow.planned("--sdm", "conda", "--resources", "gpu=2")
    assert jobs["abacad_train_fold"] == 2 * 2 * 5  # members, rounds, folds
    assert jobs["best_candidates"] == 1

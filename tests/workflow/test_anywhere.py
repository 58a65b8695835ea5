"""Promises of where the workflow can run: elsewhere, from another workflow, several times side by side."""

import json
import subprocess
from pathlib import Path

import pytest

from workflow_copy import Workflow

PLAIN = {
    "run": {"name": "sky"},
    "data": {"root": "results/simulated/raw"},
    "defaults": {
        "backbone": "test_efficientnet",
        "pretrained": False,
        "image_size": [64, 32],
        "channels": ["normalized.on"],
    },
    "experiments": {
        "b3_pretrained": None,
        "b3_sharpened": None,
        "b5_old_positives": None,
        "plain": {},
    },
    "ensemble": {"members": ["plain"]},
}
SETTINGS = (
    "results/sky/runs/plain/round0/settings.json"  # of a light job, which imports the library
)

MODULE = """
module abacad:
    snakefile:
        {snakefile!r}
    config:
        {config!r}

use rule * from abacad as abacad_*

rule everything:
    default_target: True
    input:
        rules.abacad_all.input
"""


@pytest.fixture
def elsewhere(tmp_path):
    """A workflow in a folder with a space and brackets in its name, run from another such folder."""
    for name in ("my clone (1)", "my sky [2021]"):
        (tmp_path / name).mkdir()
    workflow = Workflow(tmp_path / "my clone (1)")
    workflow.workdir = tmp_path / "my sky [2021]"
    return workflow


def settings_of(workflow: Workflow) -> dict:
    return json.loads((workflow.workdir / SETTINGS).read_text())


def test_it_runs_in_another_folder_than_its_own(elsewhere):
    overlay = elsewhere.overlay("plain.yaml", PLAIN)
    how = ("--snakefile", str(elsewhere.folder / "Snakefile"), "--sdm", "conda")
    assert elsewhere.planned(*how, "--configfile", overlay)["train_fold"] == 2 * 5
    elsewhere.run_well(SETTINGS, *how, "--configfile", overlay)
    assert settings_of(elsewhere)["image_size"] == [64, 32]
    assert not (elsewhere.folder / "results").exists()


def test_a_config_in_the_folder_where_it_runs_is_laid_over_its_own(elsewhere):
    Path(elsewhere.overlay("plain.yaml", PLAIN)).rename(elsewhere.workdir / "config.yaml")
    how = ("--snakefile", str(elsewhere.folder / "Snakefile"))
    assert elsewhere.planned(*how)["train_fold"] == 2 * 5


def test_another_workflow_can_use_it_as_a_module(elsewhere):
    snakefile = str(elsewhere.folder / "Snakefile")
    text = MODULE.format(snakefile=snakefile, config=PLAIN)
    (elsewhere.workdir / "Snakefile").write_text(text)
    assert elsewhere.planned()["abacad_train_fold"] == 2 * 5
    elsewhere.run_well(SETTINGS, "--sdm", "conda")
    assert settings_of(elsewhere)["backbone"] == "test_efficientnet"


def test_a_module_from_github_is_told_to_be_cloned_first(elsewhere, monkeypatch):
    """Snakemake fetches single files from there, and the scripts need the library beside them."""
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(elsewhere.folder))
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-qm", "all")):
        subprocess.run([*git, *command], check=True)
    home = elsewhere.folder.parent
    remote = f'[url "{elsewhere.folder}"]\n\tinsteadOf = https://github.com/someone/abacad\n'
    (home / ".gitconfig").write_text(remote)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    text = MODULE.replace(
        "{snakefile!r}", 'github("someone/abacad", path="Snakefile", branch="main")'
    )
    (elsewhere.workdir / "Snakefile").write_text(text.format(config=PLAIN))
    done = elsewhere.run("--dry-run")
    assert done.returncode != 0
    assert "Clone the repository, and write snakefile" in done.stdout


def test_the_folder_of_its_own_may_have_a_space(elsewhere):
    elsewhere.workdir = elsewhere.folder
    overlay = elsewhere.overlay("plain.yaml", PLAIN)
    elsewhere.run_well(SETTINGS, "--configfile", overlay)
    assert settings_of(elsewhere)["experiment"] == "plain"


def test_runs_of_different_names_share_nothing_but_pretrained_weights(workflow):
    fetched = PLAIN | {"defaults": {"backbone": "resnet18.a1_in1k"}}
    plans = {}
    for name in ("", "sky"):
        overlay = workflow.overlay("named.yaml", fetched | {"run": {"name": name}})
        stdout = workflow.run_well("--dry-run", "--summary", "--configfile", overlay)
        plans[name] = {line.split("\t")[0] for line in stdout.splitlines() if "results/" in line}
    assert plans[""] & plans["sky"] == {"results/weights/resnet18.a1_in1k.safetensors"}
    assert all(path.startswith(("results/sky/", "results/weights/")) for path in plans["sky"])
    assert len(plans["sky"]) == len(plans[""])


@pytest.mark.parametrize("configfile", [(), ("--configfile", "config.demo.yaml")])
def test_lint_needs_no_data(workflow, configfile):
    assert "good condition" in workflow.run_well("--lint", *configfile)
    assert "train_fold" in workflow.run_well("--list-rules", *configfile)


def test_a_number_deep_in_the_config_can_be_set_on_the_command_line(workflow):
    settings = ("--configfile", "config.demo.yaml", "--config", "folds={count: 4}")
    assert workflow.planned(*settings)["train_fold"] == 3 * 2 * 4


@pytest.mark.parametrize("spelling", ["./results/simulated/raw/", "results//simulated/raw"])
def test_the_simulated_sky_is_made_however_its_folder_is_written(workflow, spelling):
    settings = ("--configfile", "config.demo.yaml", "--config", f"data={{root: {spelling}}}")
    assert workflow.planned(*settings)["simulate_cadences"] == 1


def test_a_clean_empties_the_folder_that_results_links_to(workflow, tmp_path):
    (tmp_path / "disk").mkdir()
    (workflow.folder / "results").symlink_to(tmp_path / "disk")
    (tmp_path / "disk/README.md").write_text("stays")
    (tmp_path / "disk/stores").mkdir()
    makefile = Path(__file__).parents[2] / "Makefile"
    clean = ["make", "-f", makefile, "clean"]
    subprocess.run(clean, cwd=workflow.folder, check=True)
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["README.md"]
    (workflow.folder / "results").unlink()
    (workflow.folder / "results").symlink_to(tmp_path / "gone")
    done = subprocess.run(clean, cwd=workflow.folder, capture_output=True, text=True)
    assert done.returncode != 0 and "results is not a folder" in done.stderr

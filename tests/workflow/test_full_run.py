"""Promises of the whole DAG, run for real on a tiny simulated set with one damaged test cadence."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from abacad.cadences.store import open_stores
from workflow_copy import REPOSITORY, Workflow

TINY = str(REPOSITORY / "tests/workflow/config.tiny.yaml")
INJECTED = 30
CONFIG = (
    *("--config", f"completeness={{count: {INJECTED}}}"),
    *("--profile", "profiles/small"),
    *("--configfile", "config.demo.yaml", TINY),  # the last, so that overlays can follow
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Workflow:
    """A workflow that has run to its end, after one test cadence was cut short."""
    workflow = Workflow(tmp_path_factory.mktemp("finished"))
    workflow.run_well(*CONFIG, "--until", "simulate_cadences")
    damaged = sorted((workflow.folder / "results/demo/simulated/raw/test").glob("*/*.npy"))[0]
    damaged.write_bytes(damaged.read_bytes()[:1000])
    workflow.damaged_id = damaged.stem
    workflow.run_well(*CONFIG)
    return workflow


def rows(path: Path) -> list[dict[str, str]]:
    with open(path) as file:
        return list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","))


def test_the_submission_has_every_id_of_the_sample_in_its_order(finished):
    sample = rows(finished.folder / "results/demo/simulated/raw/sample_submission.csv")
    submission = rows(finished.folder / "results/demo/submission.csv")
    assert [row["id"] for row in submission] == [row["id"] for row in sample]
    assert len({row["target"] for row in submission}) > len(submission) / 2


def test_a_damaged_test_cadence_gets_the_median_and_is_listed(finished):
    submission = {
        row["id"]: float(row["target"])
        for row in rows(finished.folder / "results/demo/submission.csv")
    }
    median = np.median([value for name, value in submission.items() if name != finished.damaged_id])
    assert submission[finished.damaged_id] == pytest.approx(median)
    listed = rows(finished.folder / "results/demo/submission.quarantined.tsv")
    assert [row["id"] for row in listed] == [finished.damaged_id]


def test_every_training_row_is_predicted_once_by_a_model_that_did_not_see_it(finished):
    folds = pq.read_table(finished.folder / "results/demo/folds.parquet").to_pylist()
    fold_of = {row["id"]: row["fold"] for row in folds}
    seen = []
    for path in finished.folder.glob(
        "results/demo/runs/b3_sharpened/round1/fold*/predictions.parquet"
    ):
        for row in pq.read_table(path).to_pylist():
            if row["collection"] == "train":
                assert fold_of[row["id"]] == int(path.parent.name.removeprefix("fold"))
                seen.append(row["id"])
    assert sorted(seen) == sorted(fold_of)


def test_every_injected_cadence_is_judged_by_the_fold_that_learns_nothing_of_its_background(
    finished,
):
    results = finished.folder / "results/demo"
    groups = pq.read_table(results / "overlaps/groups.parquet").to_pylist()
    group_of = {(row["collection"], row["id"]): row["group"] for row in groups}
    folds = pq.read_table(results / "folds.parquet").to_pylist()
    fold_of_group = {group_of["train", row["id"]]: row["fold"] for row in folds}
    manifest = pq.read_table(results / "manifests/completeness.parquet").to_pylist()
    background_of = {row["id"]: row["background_id"] for row in manifest}
    assert {row["background_collection"] for row in manifest} == {"test"}
    assert finished.damaged_id not in background_of.values()
    for member in ("b3_pretrained", "b3_sharpened", "b5_old_positives", "drift_search"):
        judged = []
        for path in (results / "runs" / member / "round1").glob("fold*/completeness.parquet"):
            fold = int(path.parent.name.removeprefix("fold"))
            table = pq.read_table(path).to_pylist()
            assert sorted(row["id"] for row in table) == sorted(background_of)
            for row in table:
                if row["held_out"]:
                    group = group_of["test", background_of[row["id"]]]
                    assert fold_of_group.get(group, fold) == fold
                    judged.append(row["id"])
        assert sorted(judged) == sorted(background_of) and len(judged) == INJECTED


def test_what_is_found_in_the_noise_of_test_is_told_by_kind_snr_and_drift(finished):
    table = rows(finished.folder / "results/demo/report/completeness.tsv")
    any_needle = [row for row in table if not row["kind"] + row["snr_low"] + row["drift_low"]]
    models = ["b3_pretrained", "b3_sharpened", "b5_old_positives", "drift_search"]
    models.append("ensemble, rank mean")
    judges = [(folds, model) for folds in ("held out", "all") for model in models]
    assert [(row["folds"], row["model"]) for row in any_needle] == judges
    assert {(row["needles"], row["negatives"]) for row in any_needle} == {("18", "12")}
    for axis in ("kind", "snr_low", "drift_low"):
        of_axis = [row for row in table if (row["folds"], row["model"]) == judges[0] and row[axis]]
        alone = {"kind", "snr_low", "drift_low"} - {axis}
        of_axis = [row for row in of_axis if not any(row[other] for other in alone)]
        assert sum(int(row["needles"]) for row in of_axis) == 18
    assert (finished.folder / "results/demo/report/completeness.png").exists()


def test_the_report_holds_every_figure_with_its_caption_and_needs_no_network(finished):
    figures = [*(finished.folder / "results/demo/report").glob("*.png")]
    captions = {path.stem for path in (REPOSITORY / "report").glob("*.rst")}
    tables = {"summary", "experiments", "scores"}
    elsewhere = {"workflow", "ablations", *tables}
    assert {path.stem for path in figures} - elsewhere == captions - elsewhere
    assert all(path.with_suffix(".svg").exists() for path in figures)
    finished.run_well(*CONFIG, "--report", "report.html")
    page = (finished.folder / "report.html").read_text()
    assert "abacad: demo" in page and "24 test cadences" not in page  # one of them is damaged
    for name in captions - {"workflow", "ablations"}:
        first_words = (REPOSITORY / f"report/{name}.rst").read_text().split()[:6]
        assert re.search(r"(\s|\\n)".join(map(re.escape, first_words)), page), name
    assert not re.search(r'<(script|link|img)[^>]* (src|href)="https?:', page)


def test_maps_are_of_cadences_that_the_models_never_saw(finished):
    results = finished.folder / "results/demo"
    examples = pq.read_table(results / "explain/examples.parquet").to_pylist()
    maps = pq.read_table(results / "explain/grad_cam.parquet").to_pylist()
    assert [row["id"] for row in maps] == [row["id"] for row in examples]
    assert {len(row["map"]) for row in maps} == {6 * 39 * 64}
    assert all(min(row["map"]) >= 0 and max(row["map"]) <= 1 for row in maps)


def test_a_search_predicts_as_a_model_does_and_teaches_the_others(finished):
    results = finished.folder / "results/demo"
    fold_of = {
        row["id"]: row["fold"] for row in pq.read_table(results / "folds.parquet").to_pylist()
    }
    for fold in range(3):
        folder = results / f"runs/drift_search/round1/fold{fold}"
        table = pq.read_table(folder / "predictions.parquet").to_pylist()
        own = [row["id"] for row in table if row["collection"] == "train"]
        assert own == [cadence_id for cadence_id in fold_of if fold_of[cadence_id] == fold]
        assert len(table) - len(own) == 23  # of 24 test cadences one is damaged
        chosen = json.loads((folder / "metrics.json").read_text())
        assert chosen["training_rows"] + len(own) <= len(fold_of)
        assert {*chosen["training_scores"]} > {chosen["choice"]["statistic"]}
        assert not (folder / "weights.safetensors").exists()
    teachers = finished.run_well("-n", "-p", "--forcerun", "pseudo_label", *CONFIG)
    assert "runs/drift_search/round0/fold2/predictions.parquet" in teachers
    out_of_fold = pq.read_table(results / "ensemble/out_of_fold.parquet")
    assert "drift_search" in out_of_fold.column_names


def test_hits_of_a_collection_are_listed_by_the_search(finished):
    hits = pq.read_table(finished.folder / "results/demo/search/hits/train")
    assert {*hits["collection"].to_pylist()} == {"train"}
    snr = hits["snr"].to_numpy()
    assert len(hits) > 10 and snr.min() >= 8
    needles = {
        row["id"]: row["drift_rate"]
        for row in pq.read_table(
            finished.folder / "results/demo/simulated/truth.parquet"
        ).to_pylist()
        if row["kind"] == "straight" and len(row["panels"]) == 3
    }
    near = [
        abs(hit["drift_rate"] - needles[hit["id"]]) < 6.6
        for hit in hits.to_pylist()
        if hit["id"] in needles
    ]
    assert any(near)


def test_the_page_of_candidates_shows_what_was_chosen_and_where_its_file_is(finished):
    results = finished.folder / "results/demo"
    chosen = pq.read_table(results / "candidates/chosen.parquet").to_pylist()
    table = rows(results / "candidates.tsv")
    assert [row["id"] for row in table] == [row["id"] for row in chosen]
    assert [int(row["rank"]) for row in table] == [*range(1, 24)]  # all good ones: there are few
    assert finished.damaged_id not in {row["id"] for row in table}
    assert all((finished.folder / row["path"]).exists() for row in table)
    assert any(row["partners"] for row in table) and any(row["drift_rate"] for row in table)
    layers = ("nmf", "residual", "levelled", "raw", "grad_cam")
    pictures = {f"{row['id']}.{layer}.webp" for row in table for layer in layers}
    assert {path.name for path in (results / "candidates/pictures").glob("*.webp")} == pictures
    page = (results / "candidates/index.html").read_text()
    assert all(row["id"] in page for row in table)


def test_stores_are_of_bytes_and_hold_what_is_read_and_the_page_tells_what_is_not(finished):
    results = finished.folder / "results/demo"
    stores = open_stores((results / "stores").glob("*/*/*.arrow"))
    assert {store.stored_as for store in stores.values()} == {"int8"}
    held = {name: store.panels for (name, _), store in stores.items()}
    assert held == {"nmf": "on", "residual": "all", "levelled": "all"}
    page = (results / "candidates/index.html").read_text()
    assert '"stored": {"nmf": [0, 2, 4], "residual": [0, 1, 2, 3, 4, 5]' in page


def test_the_table_has_every_experiment_and_the_ensemble(finished):
    table = (finished.folder / "results/demo/scores.tsv").read_text()
    for name in ("b3_pretrained", "b3_sharpened", "b5_old_positives", "drift_search", "ensemble"):
        assert name in table


def test_nothing_half_written_is_left(finished):
    assert not list((finished.folder / "results").rglob("*.tmp"))
    assert not list((finished.folder / "results").rglob("state"))


def test_a_second_run_has_nothing_to_do(finished):
    assert finished.planned(*CONFIG) == {}


def test_stores_are_read_from_the_disk_of_the_node_and_nothing_reruns_for_that(finished):
    scratch = finished.folder / "scratch"
    given = (*CONFIG, finished.overlay("scratch.yaml", {"data": {"scratch": str(scratch)}}))
    assert finished.planned(*given) == {}
    (predictions,) = finished.folder.glob("results/demo/runs/b3_pretrained/round1/fold0/pred*")
    before = pq.read_table(predictions)
    predictions.unlink()
    finished.run_well(str(predictions.relative_to(finished.folder)), *given)
    assert pq.read_table(predictions).equals(before)
    stores = finished.folder.glob("results/demo/stores/*/t*/*.arrow")
    assert {copy.stat().st_size for copy in scratch.glob("*.arrow")} <= {
        store.stat().st_size for store in stores
    }
    assert [*scratch.glob("*.arrow")]


def test_the_ensemble_is_packed_into_a_folder_that_can_be_moved(finished, tmp_path):
    assert finished.planned("bundle", *CONFIG) == {"pack_ensemble": 1, "bundle": 1}
    finished.run_well("bundle", *CONFIG)
    moved = shutil.copytree(finished.folder / "results/demo/bundle", tmp_path / "moved")
    subprocess.run(["sha256sum", "--quiet", "--check", "SHA256SUMS"], cwd=moved, check=True)
    models = ("b3_pretrained", "b3_sharpened", "b5_old_positives")
    weights = {f"members/{name}/fold{fold}.safetensors" for name in models for fold in range(3)}
    assert {str(path.relative_to(moved)) for path in moved.glob("members/*/*")} == weights
    description = json.loads((moved / "bundle.json").read_text())
    assert description["members"][2]["settings"]["stage"] == "round1"
    assert (
        description["versions"]["timm"] and description["preprocess"]["nmf"]["backend"] == "numpy"
    )
    assert len(description["members"][3]["choices"]) == 3  # a search has no weights
    columns = pq.read_table(moved / "calibration.parquet").column_names
    assert columns == ["target", "fold", *models, "drift_search"]
    assert "simulated by abacad" in (moved / "MODEL_CARD.md").read_text()


def test_a_new_learning_rate_reruns_that_experiment_and_what_follows_alone(finished):
    slower = {"experiments": {"b3_sharpened": {"learning_rate": 0.0005}}}
    jobs = finished.planned(*CONFIG, finished.overlay("slower.yaml", slower))
    folds, members = 3, 3
    figures = (
        *("cadence", "completeness", "curves", "domain_shift", "embeddings", "grad_cam"),
        *("learning_curves", "members", "probabilities", "pseudo_labels", "recovery", "rounds"),
    )  # all but that of overlaps
    assert jobs == {f"draw_{figure}": 1 for figure in figures} | {
        "all": 1,
        "resolve_run": 3,  # pretrain, round 0, round 1
        "pretrain_old": folds,
        "train_fold": folds + folds * members,  # its round 0; then, by its pseudo-labels, round 1
        "predict_fold": folds + folds * members,
        "score_oof": 1 + members,
        "pseudo_label": folds,
        "rank_average": 1,
        "export_embeddings": 1,
        "choose_candidates": 1,
        "search_candidates": 1,
        "explain_candidates": 1,
        "show_candidates": 1,
        "choose_examples": 1,
        "explain_examples": 1,
        "list_experiments": 1,
        "show_experiments": 1,
        "show_scores": 1,
        "summarize_run": 1,
        "write_submission": 1,
        "report": 1,
        "report_recovery": 1,
        "predict_completeness": folds * members,
        "report_completeness": 1,
    }


def test_an_experiment_that_teaches_nobody_is_rerun_alone(finished):
    members = {"ensemble": {"members": ["b3_pretrained", "b3_sharpened"]}}
    overlay = finished.overlay(
        "outsider.yaml", members | {"experiments": {"b5_old_positives": {"seed": 5}}}
    )
    jobs = finished.planned("results/demo/scores/b5_old_positives/round0.json", *CONFIG, overlay)
    assert jobs == {"resolve_run": 1, "train_fold": 3, "predict_fold": 3, "score_oof": 1}


def test_a_new_learning_rate_beside_a_new_clip_reruns_the_stores_too(finished):
    both = {"defaults": {"learning_rate": 0.0005}, "preprocess": {"clip": [-4, 20]}}
    jobs = finished.planned(*CONFIG, finished.overlay("both.yaml", both))
    assert jobs["denoise_nmf"] == 5 * 2  # collections and injected cadences, shards
    assert jobs["train_fold"] == 3 * 3 * 2


def test_every_run_is_listed_with_what_differs_from_the_defaults(finished):
    listed = {
        (row["experiment"], row["stage"]): row
        for row in rows(finished.folder / "results/demo/experiments.tsv")
    }
    assert len(listed) == 4 * 2 + 2  # two of them are pretrained
    assert (
        "old_positives=['train_old', 'test_old']" in listed["b5_old_positives", "round0"]["changed"]
    )
    assert listed["b3_pretrained", "round0"]["changed"] == ""
    assert float(listed["b3_pretrained", "round1"]["peak_memory_mb"]) > 100
    searched = listed["drift_search", "round1"]
    assert searched["changed"] == "kind=search search.step=6.6"
    assert (searched["note"], searched["epochs"]) == ("nothing is trained", "")
    assert float(searched["auc"]) == float(listed["drift_search", "round0"]["auc"])


def test_a_switch_is_compared_with_the_base(finished):
    switches = {"focal": {"settings": {"loss": {"name": "focal"}}, "talk": "said"}}
    settings = {"ablations": {"base": "plain", "seeds": [3], "switches": switches}}
    settings["experiments"] = {"plain": {"channels": ["normalized.on"], "epochs": 1}}
    settings["defaults"] = {"mixup": {"stop_epoch": 1}}
    finished.run_well("ablations", *CONFIG, finished.overlay("switch.yaml", settings))
    base, focal = rows(finished.folder / "results/demo/ablations.tsv")
    assert base["switch"] == "(base)" and base["test_auc_unseen_change"]
    assert (focal["switch"], focal["settings"], focal["talk"]) == (
        "focal",
        "loss.name=focal",
        "said",
    )
    assert focal["auc_change"] != "+0.0000" and focal["auc_spread"] == ""
    assert (finished.folder / "results/demo/report/ablations.png").exists()


def test_a_changed_module_reruns_only_the_rules_that_import_it(finished, tmp_path):
    module = finished.folder / "workflow_scripts/abacad/ensemble/submission.py"
    original = module.read_text()
    try:
        module.write_text(original + "\n# changed\n")
        assert finished.planned(*CONFIG) == {"all": 1, "write_submission": 1}
    finally:
        module.write_text(original)


def test_a_training_that_was_killed_goes_on_and_ends_as_if_it_had_not_been(finished):
    run = {"backbone": "test_efficientnet.r160_in1k", "epochs": 10, "pretrain": None}
    overlay = finished.overlay("killed.yaml", {"experiments": {"calm": run, "killed": run}})
    arguments = (*CONFIG, overlay)
    calm, killed = (
        finished.folder / f"results/demo/runs/{name}/round0/fold0" for name in ("calm", "killed")
    )
    finished.run_well(f"{calm.relative_to(finished.folder)}/metrics.json", *arguments)

    target = f"{killed.relative_to(finished.folder)}/metrics.json"
    log = finished.folder / "results/demo/logs/train_fold/killed/round0/fold0.log"
    for victims in (
        ("training",),
        ("snakemake", "training"),
    ):  # alone; as when the machine goes down
        snakemake = subprocess.Popen(
            finished.command(target, *arguments),
            cwd=finished.folder,
            env=finished.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        training = wait_for(lambda: process_that_runs("train_fold.py", str(finished.folder)))
        wait_for(lambda: log.exists() and log.read_text().count("epoch=") >= 2)
        pids = {"snakemake": snakemake.pid, "training": training}
        for victim in victims:
            os.kill(pids[victim], signal.SIGKILL)
        assert snakemake.wait() != 0
        assert not (killed / "weights.safetensors").exists()

    finished.run_well(target, *arguments, "--unlock")
    finished.run_well(target, *arguments)
    assert "resuming after epoch" in log.read_text()
    assert (killed / "weights.safetensors").read_bytes() == (
        calm / "weights.safetensors"
    ).read_bytes()
    scores = [json.loads((folder / "metrics.json").read_text())["auc"] for folder in (calm, killed)]
    assert scores[0] == scores[1]
    assert [row["epoch"] for row in rows(killed / "history.tsv")] == [
        str(epoch) for epoch in range(10)
    ]


def wait_for(condition, seconds: float = 120):
    """The first true value of `condition()`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.05)
    raise TimeoutError("waited in vain")


def process_that_runs(script: str, folder: str) -> int | None:
    """Process id of the Python that runs `script` in `folder`."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode().split("\0")
            runs = "python" in words[0] and words[1].endswith(script)
            if runs and os.readlink(process / "cwd") == folder:
                return int(process.name)
        except (OSError, IndexError):
            continue  # it has ended
    return None

"""Promises of the DAG: the jobs of both configs, and errors before anything runs."""

import re
import shutil

import pytest
import yaml

from abacad.cadences.layout import COLLECTIONS
from workflow_copy import REPOSITORY

# What every run with several members, trained in rounds, has to look at.
REPORTED = dict.fromkeys(
    (
        *("draw_cadence", "draw_overlaps", "draw_domain_shift", "draw_learning_curves"),
        *("draw_pseudo_labels", "draw_curves", "draw_rounds", "draw_probabilities"),
        *("draw_members", "draw_grad_cam", "draw_embeddings", "choose_examples"),
        *("explain_examples", "export_embeddings", "summarize_run", "show_experiments"),
        *("show_scores", "explain_candidates"),
    ),
    1,
)


@pytest.fixture
def raw_folder(workflow):
    """A raw folder in the competition's layout, without cadences: enough to plan the real job."""
    root = workflow.folder / "raw"
    for collection in COLLECTIONS.values():
        table = root / collection.table
        table.parent.mkdir(parents=True, exist_ok=True)
        table.write_text("id,target\n")
    return root


def test_the_real_job_has_the_jobs_of_three_members_in_five_folds_and_two_rounds(
    workflow, raw_folder
):
    jobs = workflow.planned("--config", f"data={{root: {raw_folder}}}", "--resources", "gpu=2")
    collections, shards, members, folds, rounds, pretrained = 4, 16, 3, 5, 2, 2
    assert jobs == {
        "all": 1,
        "index_cadences": collections,
        "inject_needles": 1,
        "flatten_panels": (collections + 1) * shards,
        "denoise_nmf": (collections + 1) * shards,
        "find_overlaps": 1,
        "make_folds": 1,
        "report_leaks": 1,
        "fetch_weights": 2,  # EfficientNet-B3 and -B5
        "resolve_run": members * rounds + pretrained,
        "pretrain_old": pretrained * folds,
        "train_fold": members * rounds * folds,
        "predict_fold": members * rounds * folds,
        "predict_completeness": members * folds,  # of the last round
        "score_oof": members * rounds,
        "validate_adversarially": 3,  # raw, flattened, nmf
        "pseudo_label": folds * (rounds - 1),
        "rank_average": 1,
        "choose_candidates": 1,
        "search_candidates": 1,
        "show_candidates": 1,
        "list_experiments": 1,
        "write_submission": 1,
        "report": 1,
        "report_completeness": 1,
        "draw_completeness": 1,
        **REPORTED,
    }


@pytest.mark.parametrize(
    ("name", "members", "last", "stores"),
    [
        ("talk", 3, "b5_old_positives", "zscore_panels"),
        ("best", 1, "nfnet_residual", "subtract_background"),
    ],
)
def test_another_recipe_is_an_overlay_whose_models_can_be_built(
    workflow, raw_folder, name, members, last, stores
):
    shutil.copy(REPOSITORY / f"config.{name}.yaml", workflow.folder)
    data = f"data={{root: {raw_folder}, needles_added_after_cutting: true}}"
    options = ("--configfile", f"config.{name}.yaml", "--config", data)
    jobs = workflow.planned(*options, "--resources", "gpu=2")
    assert jobs["train_fold"] == members * 5  # folds
    assert stores in jobs and "pseudo_label" not in jobs
    workflow.run_well(f"results/{name}/runs/{last}/round0/settings.json", *options)


def test_the_demo_has_the_same_members_on_residuals_of_simulated_cadences(workflow):
    jobs = workflow.planned("--configfile", "config.demo.yaml")
    collections, shards, members, folds, rounds, pretrained = 4, 2, 3, 3, 2, 2
    assert jobs == {
        "all": 1,
        "simulate_cadences": 1,
        "index_cadences": collections,
        "denoise_nmf": collections * shards,
        "find_overlaps": 1,
        "subtract_background": collections * shards,
        "make_folds": 1,
        "report_leaks": 1,
        "resolve_run": members * rounds + pretrained,
        "pretrain_old": pretrained * folds,
        "train_fold": members * rounds * folds,
        "predict_fold": members * rounds * folds,
        "score_oof": members * rounds,
        "validate_adversarially": 3,  # raw, residual, nmf
        "pseudo_label": folds * (rounds - 1),
        "rank_average": 1,
        "choose_candidates": 1,
        "search_candidates": 1,
        "show_candidates": 1,
        "list_experiments": 1,
        "write_submission": 1,
        "report": 1,
        "report_recovery": 1,
        "draw_recovery": 1,
        **REPORTED,
    }


def test_no_store_is_built_that_no_experiment_names(workflow):
    plain = {"plain": {"channels": ["normalized.on"]}}
    settings = {"experiments": plain, "ensemble": {"members": ["plain"]}}
    overlay = workflow.overlay("plain.yaml", settings | {"folds": {"method": "plain"}})
    jobs = workflow.planned(
        "results/demo/submission.csv", "--configfile", "config.demo.yaml", overlay
    )
    assert "denoise_nmf" not in jobs
    assert jobs["index_cadences"] == 2  # no old data either
    assert "find_overlaps" not in jobs


def test_the_residual_is_built_from_the_overlaps_of_all_collections(workflow):
    residual = {"residual": {"channels": ["residual.on"]}}
    settings = {"experiments": residual, "ensemble": {"members": ["residual"]}}
    overlay = workflow.overlay("residual.yaml", settings)
    jobs = workflow.planned(
        "results/demo/submission.csv", "--configfile", "config.demo.yaml", overlay
    )
    assert jobs["find_overlaps"] == 1 and jobs["index_cadences"] == 4
    assert jobs["subtract_background"] == 2 * 2  # shards of train and test
    assert "flatten_panels" not in jobs


def test_injected_cadences_are_made_and_stored_where_an_experiment_names_their_kinds(workflow):
    plain = {"plain": {"channels": ["residual.on"], "injected_kinds": ["dot"]}}
    settings = {"experiments": plain, "ensemble": {"members": ["plain"]}}
    overlay = workflow.overlay("injected.yaml", settings)
    jobs = workflow.planned(
        "results/demo/submission.csv", "--configfile", "config.demo.yaml", overlay
    )
    assert jobs["inject_needles"] == 1
    assert jobs["subtract_background"] == 3 * 2  # shards of train, test and injected


def test_completeness_asks_every_model_of_the_last_round_and_trains_none_again(workflow):
    asked = {"completeness": {"count": 100}, "experiments": {"idea": {"channels": ["residual.on"]}}}
    demo = ("--configfile", "config.demo.yaml")
    jobs = workflow.planned(*demo, workflow.overlay("asked.yaml", asked))
    off = workflow.planned(*demo, workflow.overlay("off.yaml", asked | {"completeness": {}}))
    shards, experiments, folds = 2, 4, 3
    assert {
        rule: jobs[rule] - off.get(rule, 0) for rule in jobs if jobs[rule] != off.get(rule)
    } == {
        "inject_needles": 1,
        "denoise_nmf": shards,
        "subtract_background": shards,
        "predict_completeness": experiments * folds,
        "report_completeness": 1,
        "draw_completeness": 1,
    }
    told = workflow.run_well("-n", "-p", *demo, workflow.overlay("asked.yaml", asked))
    trainings = re.findall(r"python \S*/(?:train_fold|pretrain_old)\.py.*", told)
    assert len(trainings) == jobs["train_fold"] + jobs["pretrain_old"]
    assert not any("completeness" in line for line in trainings)
    told_trials = re.findall(r"python \S*/report_(\w+)\.py.* --trials (\d+) ", told)
    assert sorted(told_trials) == [(name, str(97 * 256)) for name in ("completeness", "recovery")]


def test_all_folds_may_start_from_one_pretraining(workflow, raw_folder):
    once = f"data={{root: {raw_folder}}}", "folds={pretrain_once: true}"
    jobs = workflow.planned("--config", *once)
    assert (jobs["pretrain_old"], jobs["train_fold"]) == (2, 3 * 2 * 5)
    told = workflow.run_well("-n", "-p", "--config", *once)
    pretrainings = re.findall(r"python \S*/pretrain_old\.py.*", told)
    assert len(pretrainings) == 2 and all("--every-fold" in line for line in pretrainings)
    starts = re.findall(r"--initial-weights (\S*/pretrain/\S*)", told)
    assert len(starts) == 2 * 5 and len({*starts}) == 2


def test_a_search_is_a_member_that_is_predicted_and_scored_and_never_trained(workflow):
    demo = ("--configfile", "config.demo.yaml")
    member = {"experiments": {"drift_search": {"kind": "search"}}}
    member["ensemble"] = {"members": ["b3_sharpened", "drift_search"]}
    asked = {"completeness": {"count": 100}}
    jobs = workflow.planned(*demo, workflow.overlay("member.yaml", member | asked))
    without = member | asked | {"experiments": {}, "ensemble": {"members": ["b3_sharpened"]}}
    plain = workflow.planned(*demo, workflow.overlay("plain.yaml", without))
    collections, shards, rounds = 3, 2, 2  # train, test, completeness
    assert {
        rule: jobs[rule] - plain.get(rule, 0) for rule in jobs if jobs[rule] != plain.get(rule)
    } == {
        "level_panels": collections * shards,
        "search_drift": collections * shards,
        "predict_search": rounds,
        "predict_search_completeness": 1,
        "score_oof": rounds,
        "validate_adversarially": 1,
        "draw_members": 1,  # there are two now
    }
    told = workflow.run_well("-n", "-p", *demo, workflow.overlay("member.yaml", member | asked))
    taught = re.findall(r"python \S*/pseudo_label.py.*", told)
    assert len(taught) == 3 and all("runs/drift_search/round0/fold" in line for line in taught)


def test_a_search_alone_needs_no_training_at_all(workflow):
    alone = {"drift": {"kind": "search"}, "b3_pretrained": None, "b3_sharpened": None}
    settings = {"experiments": alone | {"b5_old_positives": None}}
    settings |= {"ensemble": {"members": ["drift"]}, "defaults": {"pretrain": {}}}
    overlay = workflow.overlay("alone.yaml", settings | {"pseudo_labels": {"rounds": 0}})
    jobs = workflow.planned("--configfile", "config.demo.yaml", overlay)
    assert not {"resolve_run", "train_fold", "pretrain_old", "predict_fold"} & jobs.keys()
    assert jobs["predict_search"] == 1 and jobs["index_cadences"] == 2  # no old data


def test_the_hits_of_all_collections_are_made_where_they_are_asked_for(workflow):
    settings = {"search": {"store": "flattened", "largest": 40}}
    overlay = workflow.overlay("search.yaml", settings)
    jobs = workflow.planned("search", "--configfile", "config.demo.yaml", overlay)
    collections, shards = 4, 2
    assert jobs == {
        "search": 1,
        "simulate_cadences": 1,
        "index_cadences": collections,
        "flatten_panels": collections * shards,
        "search_drift": collections * shards,
    }


def test_an_experiment_is_run_once_more_without_each_kind_of_needle(workflow):
    overlay = workflow.overlay("kinds.yaml", {"leave_one_kind_out": ["b3_sharpened"]})
    jobs = workflow.planned("--configfile", "config.demo.yaml", overlay)
    folds, kinds = 3, 4
    assert jobs["train_fold"] == 18 + folds * kinds  # of the first round alone
    assert jobs["pretrain_old"] == 6 + folds * kinds
    assert jobs["score_oof"] == 6


def test_kinds_of_needles_are_left_out_of_simulated_cadences_alone(workflow, raw_folder):
    overlay = workflow.overlay("kinds.yaml", {"leave_one_kind_out": ["b3_sharpened"]})
    settings = ("--configfile", overlay, "--config", f"data={{root: {raw_folder}}}")
    done = workflow.run("--dry-run", *settings)
    assert done.returncode != 0
    assert "experiments.b3_sharpened_without_straight: leave_out_kind straight" in done.stdout


def test_each_switch_of_the_ablations_is_run_for_each_seed_beside_the_base(workflow):
    shutil.copy(REPOSITORY / "config.ablation.yaml", workflow.folder)
    jobs = workflow.planned("ablations", "--configfile", "config.ablation.yaml")
    switches = yaml.safe_load((workflow.folder / "config.ablation.yaml").read_text())["ablations"]
    folds, seeds = 2, len(switches["seeds"])
    assert jobs["train_fold"] == folds * seeds * (1 + len(switches["switches"]))
    assert jobs["report_ablations"] == 1 and "report" not in jobs
    assert jobs["zscore_panels"] == 2 * 2  # shards of train and test


def test_embeddings_are_exported_of_experiments_that_learn_one(workflow):
    arc = {"arc": {"loss": {"name": "arcface"}, "mixup": None}}
    hard = {"labels": "hard", "select": {"top": 5, "bottom": 5}, "settings": {"mixup": None}}
    overlay = workflow.overlay("arc.yaml", {"experiments": arc, "pseudo_labels": hard})
    jobs = workflow.planned("--configfile", "config.demo.yaml", overlay)
    assert jobs["export_embeddings"] == 3 + 1  # folds, in the last round; the one that is drawn


def test_ablations_of_nothing_are_refused_with_a_way_out(workflow):
    done = workflow.run("ablations", "--dry-run", "--configfile", "config.demo.yaml")
    assert done.returncode != 0
    assert "names no ablations.base; try --configfile config.ablation.yaml" in done.stdout


def test_no_pseudo_label_rounds_are_allowed(workflow):
    overlay = workflow.overlay("no_rounds.yaml", {"pseudo_labels": {"rounds": 0}})
    jobs = workflow.planned("--configfile", "config.demo.yaml", overlay)
    assert "pseudo_label" not in jobs
    assert jobs["train_fold"] == 9


def test_an_experiment_outside_the_ensemble_is_trained_and_scored_and_teaches_nobody(workflow):
    overlay = workflow.overlay("idea.yaml", {"experiments": {"idea": {"learning_rate": 0.01}}})
    jobs = workflow.planned("--configfile", "config.demo.yaml", overlay)
    assert jobs["train_fold"] == 4 * 2 * 3
    assert jobs["score_oof"] == 8


def test_a_missing_raw_folder_is_explained_before_anything_runs(workflow):
    done = workflow.run("--dry-run")
    assert done.returncode != 0
    for hint in ("data/seti-breakthrough-listen", "train_labels.csv", "kaggle", "make demo"):
        assert hint in done.stdout


def test_a_config_mistake_fails_before_anything_runs(workflow):
    overlay = workflow.overlay("typo.yaml", {"defaults": {"lerning_rate": 1}})
    done = workflow.run("--dry-run", "--configfile", "config.demo.yaml", overlay)
    assert done.returncode != 0
    assert "defaults: unknown key lerning_rate; allowed: accumulate," in done.stdout


def test_models_that_cannot_be_are_named_before_anything_runs(workflow):
    impossible = {"backbone": "vgg11", "gradient_checkpointing": True}
    impossible["pretrain"] = {"drop_path_rate": 0.1}
    overlay = workflow.overlay("models.yaml", {"experiments": {"b3_sharpened": impossible}})
    done = workflow.run("--configfile", "config.demo.yaml", overlay)
    assert done.returncode != 0
    for fault in (
        "experiments.b3_sharpened (round0): backbone vgg11: cannot compute activations again",
        "experiments.b3_sharpened (pretrain): backbone vgg11 has no drop_path_rate",
    ):
        assert fault in done.stdout
    assert not (workflow.folder / "results").exists()


def test_gpus_without_a_limit_to_their_jobs_are_refused_before_anything_runs(workflow):
    workflow.gpus = "MIG-1,MIG-2"
    assert workflow.planned("--configfile", "config.demo.yaml")["train_fold"] == 18
    done = workflow.run("--configfile", "config.demo.yaml")
    assert done.returncode != 0
    assert "--resources gpu=2, or gpu=0 to train on the CPU" in done.stdout
    assert not (workflow.folder / "results").exists()
    settings = "results/demo/runs/b3_sharpened/round0/settings.json"
    workflow.run_well(settings, "--configfile", "config.demo.yaml")  # no job of it asks for a GPU


def test_an_experiment_on_two_gpus_leases_as_many_for_its_trainings_alone(workflow):
    overlay = workflow.overlay("two.yaml", {"experiments": {"b3_sharpened": {"gpus": 2}}})
    options = ("-n", "-p", "--configfile", "config.demo.yaml", overlay, "--resources", "gpu=2")
    plan = workflow.run_well(*options).replace("lease_gpus.py --gpus ", "lease ")
    folds, rounds = 3, 2
    assert plan.count("lease 2 python workflow_scripts/train/train_fold.py") == folds * rounds
    assert "lease 1 python workflow_scripts/train/train_fold.py" in plan
    assert "lease 2 python workflow_scripts/train/predict_fold.py" not in plan


def test_nmf_leases_a_gpu_for_pytorch_alone(workflow):
    shard = "results/demo/stores/nmf/test/0-of-2.arrow"
    workflow.gpus = "MIG-1,MIG-2"
    for backend, gpus in (("nimfa", 0), ("numpy", 0), ("torch", 1)):
        nmf = {"preprocess": {"nmf": {"backend": backend}}}
        options = ("--configfile", "config.demo.yaml", workflow.overlay("nmf.yaml", nmf))
        plan = workflow.run_well(shard, "-n", "-p", *options)
        lease = f"lease_gpus.py --gpus {gpus} python workflow_scripts/preprocess/denoise_nmf.py"
        assert lease in plan and f"--backend {backend}" in plan
    done = workflow.run(shard, *options)
    assert done.returncode != 0
    assert "--resources gpu=2, or gpu=0 to train on the CPU" in done.stdout


def test_every_rule_has_an_environment_named_like_its_rule_file_or_its_stage(workflow):
    for rules in sorted((workflow.folder / "rules").glob("*.smk")):
        text = rules.read_text()
        named = set(re.findall(r'"(\.\./envs/.*?)"', text))
        assert text.count("    shell:\n") == text.count("    conda:\n"), rules.name
        of_others = {
            "observe": {"preprocess", "simulate", "train"},
            "preprocess": {"nmf", "search"},
        }  # the same code, the same place
        allowed = {rules.stem} | of_others.get(rules.stem, set())
        assert named <= {f"../envs/{name}.yaml" for name in allowed}, rules.name


def test_figures_of_what_a_run_does_not_have_are_left_out(workflow):
    search = {"drift_search": {"kind": "search"}}
    little = {"experiments": search, "ensemble": {"members": ["drift_search"]}}
    little |= {"folds": {"method": "plain"}, "pseudo_labels": {"rounds": 0}}
    gone = dict.fromkeys(("b3_pretrained", "b3_sharpened", "b5_old_positives"))
    little["experiments"] |= gone
    jobs = workflow.planned("--configfile", "config.demo.yaml", workflow.overlay("s.yaml", little))
    drawn = {name for name in jobs if name.startswith("draw_")}
    assert drawn == {
        *("draw_cadence", "draw_domain_shift", "draw_curves", "draw_rounds"),
        *("draw_probabilities", "draw_recovery"),
    }
    unmade = {"explain_examples", "choose_examples", "explain_candidates", "export_embeddings"}
    assert not unmade & {*jobs}

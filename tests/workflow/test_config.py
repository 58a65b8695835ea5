"""Promises of the config: every mistake fails early, by key; a run's settings are complete."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from abacad.cadences.layout import COLLECTIONS
from abacad.config.check import ConfigError, complete_config
from abacad.config.runs import BESIDE_TRAINING, merged, run_settings
from abacad.ensemble.names import METHODS
from abacad.needles.kinds import KINDS, KNOWN_KINDS
from abacad.needles.presence import Partial
from abacad.plan.report import ReportInputs
from abacad.plan.runs import Plan
from abacad.simulate.settings import Simulation
from abacad.tables.nested import dotted

REPOSITORY = Path(__file__).parents[2]
SCHEMA = yaml.safe_load((REPOSITORY / "rules/config.schema.yaml").read_text())
TEXT = (REPOSITORY / "config.yaml").read_text()
CONFIG = yaml.safe_load(TEXT)
OVERLAYS = {
    path.name: merged(CONFIG, yaml.safe_load(path.read_text()))
    for path in sorted(REPOSITORY.glob("config.*.yaml"))
}
TALK = OVERLAYS["config.talk.yaml"]


def complete(overrides: dict) -> dict:
    return complete_config(merged(CONFIG, overrides), SCHEMA)


def described_keys(schema: dict, prefix: str = "") -> dict[str, dict]:
    """Every key of the schema that stands outside a choice, by its dotted name."""
    found = {}
    for key, subschema in schema.get("properties", {}).items():
        found[f"{prefix}{key}"] = subschema
        if "$ref" in subschema:
            subschema = SCHEMA["$defs"][subschema["$ref"].rpartition("/")[2]]
        found |= described_keys(subschema, f"{prefix}{key}.")
    return found


@pytest.mark.parametrize("config", [CONFIG, *OVERLAYS.values()], ids=["config.yaml", *OVERLAYS])
def test_all_configs_are_valid(config):
    complete_config(config, SCHEMA)


def test_no_two_configs_have_one_folder_of_results():
    names = [config["run"]["name"] for config in (CONFIG, *OVERLAYS.values())]
    assert len({*names}) == len(names) == 9


@pytest.mark.parametrize(
    ("member", "own"),
    [
        ("b3_pretrained", {}),
        ("b3_sharpened", {"shift_scale_rotate.probability": 0.5, "sharpen.probability": 0.5}),
        (
            "b5_old_positives",
            {
                "backbone": "tf_efficientnet_b5.ns_jft_in1k",
                "old_positives": ["train_old", "test_old"],
            },
        ),
    ],
)
def test_the_talks_overlay_is_the_list_of_its_final_submission(member, own):
    config = complete_config(TALK, SCHEMA)
    settings = dotted(run_settings(config, SCHEMA, member, "round0"))
    listed = {
        "backbone": "tf_efficientnet_b3.ns_jft_in1k",
        "image_size": [768, 768],
        "flip.frequency": 0.5,
        "flip.time": 0.5,
        "flip.of": "image",
        "spec_augment.probability": 0.5,
        "cutout.probability": 0.5,
        "mixup.alpha": 1,
        "mixup.label": "linear",
        "mixup.weights": None,
        "mixup.rescale": False,
        "mixup.stop_epoch": 15,
        "epochs": 20,
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "final_learning_rate": 1e-5,
        "tta": 1,
        "sharpen": None,
        "shift_scale_rotate": None,
        "old_positives": [],
    }
    for key, value in (listed | own).items():
        if not any(other.startswith(f"{key}.") for other in own):
            assert settings[key] == value, key
    pretrained = config["experiments"][member].get("pretrain") is not None
    assert pretrained == (member != "b5_old_positives")
    assert config["pseudo_labels"]["rounds"] == 0
    assert config["ensemble"]["method"] == "arithmetic_mean"
    assert config["ensemble"]["members"] == ["b3_pretrained", "b3_sharpened", "b5_old_positives"]


def test_every_key_has_a_description_and_all_but_names_a_default():
    for key, subschema in described_keys(SCHEMA).items():
        assert "description" in subschema, key
        assert "default" in subschema or key in ("experiments", "ensemble", "ensemble.members"), key


def test_no_default_hides_in_an_alternative_where_it_is_never_filled_in():
    def walk(subschema):
        if isinstance(subschema, dict):
            for alternative in (*subschema.get("oneOf", ()), *subschema.get("anyOf", ())):
                for key, inner in alternative.get("properties", {}).items():
                    assert "default" not in inner, key
        for inner in subschema.values() if isinstance(subschema, dict) else subschema:
            if isinstance(inner, dict | list):
                walk(inner)

    walk(SCHEMA)
    made = {"experiments": {"b3_sharpened": {"injected_on_the_fly": {"count": 7}}}}
    kinds = list(CONFIG["inject"]["needles"])
    settings = run_settings(complete(made), SCHEMA, "b3_sharpened", "round0")
    assert settings["injected_on_the_fly"] == {"count": 7, "kinds": kinds}


def test_a_mistake_in_pretraining_is_named_once():
    made = {"injected_on_the_fly": {"snr": ["uniform", 9, 1]}}
    with pytest.raises(ConfigError) as told:
        complete({"experiments": {"b3_pretrained": {"pretrain": made}}})
    assert str(told.value).count("must be low <= high") == 1


def test_needles_made_on_the_fly_are_as_bright_as_injected_ones_unless_told_otherwise():
    def snr(**made) -> list:
        config = complete({"defaults": {"injected_on_the_fly": {"count": 7, **made}}})
        return run_settings(config, SCHEMA, "b3_sharpened", "round0")["inject"]["snr"]

    assert snr() == CONFIG["inject"]["snr"]
    assert snr(snr=["uniform", 3, 5]) == ["uniform", 3, 5]


def test_config_yaml_shows_every_key_of_the_schema():
    shown = set()

    def walk(value, prefix=""):
        for key, inner in value.items():
            shown.add(f"{prefix}{key}")
            if isinstance(inner, dict):
                walk(inner, f"{prefix}{key}.")

    walk(CONFIG)
    lines = {line.split(":")[0].strip(): line for line in TEXT.splitlines() if " null #" in line}
    elsewhere = ("pseudo_labels.settings.",)  # any training setting; shown under defaults
    for key in described_keys(SCHEMA):
        if not key.startswith(elsewhere) and key not in shown:
            parent, name = key.split(".")[-2:]  # off by default: the comment beside it tells
            comment = lines.get(parent, "").partition("#")[2]
            assert name in comment, f"config.yaml does not show {key}"


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        (
            {"dat": {}},
            "unknown key dat; allowed: ablations, bundle, candidates, completeness, data",
        ),
        (
            {"defaults": {"epoch": 3}},
            "defaults: unknown key epoch; allowed: accumulate, activation, amp,",
        ),
        (
            {"folds": {"count": "five"}},
            "folds.count: 'five' is not allowed; it must be of type integer",
        ),
        ({"folds": {"count": 1}}, "folds.count: 1 is less than the minimum of 2"),
        (
            {"experiments": {"x": {"channels": ["raw.on"]}}},
            "experiments.x.channels.0: 'raw.on' is not allowed; allowed: flattened.all, flattened.on",
        ),
        (
            {"ensemble": {"members": ["b3_pretrained", "b9"]}},
            "ensemble.members: no experiment 'b9'; allowed: b3_pretrained, b3_sharpened",
        ),
        (
            {"defaults": {"mixup": {"stop_epoch": 30}}},
            "experiments.b3_sharpened (round0): mixup.stop_epoch is 30, but there are only 20 epochs",
        ),
        (
            {"defaults": {"cutmix": {"stop_epoch": 3}}},
            "experiments.b3_sharpened (round0): mixup and cutmix are two ways of mixing; set one of",
        ),
        (
            {"defaults": {"warmup_epochs": 30}},
            "(round0): warmup_epochs is 30, but there are only 20 epochs",
        ),
        (
            {"defaults": {"channels": ["nmf.on", "nmf.all"]}},
            "channels: all six panels and three of them are of different sizes; name either",
        ),
        ({"defaults": {"channels": ["residual.mask"]}}, "channels: a mask alone shows nothing"),
        (
            {
                "data": {"needles_added_after_cutting": False},
                "experiments": {"b3_sharpened": {"channels": ["normalized.on", "residual.on"]}},
            },
            "experiments.b3_sharpened: channels: residual.on: a transmitter in the sky is in every",
        ),
        (
            {
                "data": {"needles_added_after_cutting": False},
                "ablations": {
                    "base": "b3_sharpened",
                    "switches": {"bare": {"settings": {"channels": ["residual.all"]}}},
                },
            },
            "experiments.ablations bare: channels: residual.all: a transmitter in the sky is in every",
        ),
        (
            {"defaults": {"on_off_swap": {}, "channels": ["nmf.on", "normalized.off", "nmf.off"]}},
            "channels: on_off_swap needs the other side of normalized.off among them",
        ),
        (
            {"defaults": {"view": "drift"}},
            "so a line of both would part; allowed: 0",
        ),
        (
            {"defaults": {"view": "both", "tta": 4}},
            "view both: tta is not allowed: ON and OFF panels change their order in time",
        ),
        (
            {"defaults": {"view": "drift", "roll": {"probability": 0.5, "time": 0.1}}},
            "view drift: roll.time is not allowed: each panel is rolled by itself, so a line",
        ),
        (
            {"defaults": {"view": "drift", "panel_permutation": {}}},
            "view drift: panel_permutation is not allowed: panels change their order in time",
        ),
        (
            {"defaults": {"view": "drift", "on_off_swap": {}}},
            "view drift: on_off_swap is not allowed: ON and OFF panels change their order",
        ),
        (
            {"defaults": {"view": "drift", "shift_scale_rotate": {"scale": 0.1, "rotate": 3}}},
            "view drift: shift_scale_rotate.rotate is not allowed: each panel is turned by itself",
        ),
        (
            {"defaults": {"view": "drift", "brightness_contrast": {"brightness": 0.1}}},
            "view drift: brightness_contrast.brightness is not allowed: along a path it adds up",
        ),
        (
            {"defaults": {"view": "both", "mixup": None, "cutmix": {"stop_epoch": 2}}},
            "view both: cutmix is not allowed: a part of its image holds no part of a needle",
        ),
        (
            {"defaults": {"view": "drift", "front": "high_resolution"}},
            "view drift: front is not allowed: high_resolution is made for bins of time",
        ),
        (
            {"defaults": {"view": "drift", "drift": {"largest": 4, "step": 5}}},
            "view drift: drift.step is 5; allowed: at most drift.largest, 4",
        ),
        (
            {"defaults": {"panels": "sorted"}},
            "view time_frequency: panels is sorted, but a line is not at the same place in all panels",
        ),
        (
            {"defaults": {"loss": {"name": "arcface"}}},
            "(round0): loss arcface: it needs classes, labels of 0 and 1; set mixup to null",
        ),
        (
            {"defaults": {"loss": {"name": "arcface"}}},
            "(round1): loss arcface: it needs classes, labels of 0 and 1; set pseudo_labels.labels",
        ),
        (
            {"defaults": {"shot": {}, "mixup": None}},
            "(round0): shot: it adapts the model of the round before; set it in pseudo_labels.sett",
        ),
        (
            {"defaults": {"gpus": 2, "loss": {"name": "auc_margin"}}},
            "(round0): gpus: auc_margin compares all rows of a batch, which one GPU alone sees; set",
        ),
        (
            {"pseudo_labels": {"settings": {"gpus": 2, "shot": {}, "mixup": None}}},
            "(round1): gpus: shot looks at a batch as a whole, which one GPU alone sees; set gpus to",
        ),
        (
            {"defaults": {"gpus": 20, "batch_size": 16}},
            "(round0): gpus: 20 of them cannot share a batch_size of 16; allowed: at least two rows",
        ),
        (
            {"defaults": {"gpus": 4, "accumulate": 8, "batch_size": 16}},
            "(round0): gpus: of a batch_size of 16, each of 4 has too few rows for 8 parts (accumulate)",
        ),
        (
            {"defaults": {"spec_augment": {"time_width": 274}}},
            "(round0): spec_augment: time_width is 274; allowed: at most data.shape.time_bins, 273",
        ),
        (
            {"data": {"shape": {"frequency_bins": 1024}}},
            "simulate.stretch_width: 1024, must be at least twice data.shape.frequency_bins, 2048",
        ),
        (
            {"data": {"shape": {"frequency_bins": 64}}},
            "observe.stride: 128 would leave channels out; allowed: at most data.shape.frequency_bi",
        ),
        (
            {"data": {"shape": {"frequency_bins": 100}}},
            "data.shape.frequency_bins",
        ),
        (
            {"defaults": {"accumulate": 17, "batch_size": 16}},
            "(round0): accumulate: a batch_size of 16 has no 17 parts",
        ),
        (
            {"defaults": {"accumulate": 2, "loss": {"name": "auc_margin"}}},
            "(round0): accumulate: auc_margin compares the rows of a batch",
        ),
        (
            {"pseudo_labels": {"settings": {"shot": {}}}},
            "(round1): shot: its labels are those of single cadences; set mixup and cutmix to null",
        ),
        (
            {"pseudo_labels": {"settings": {"shot": {}, "mixup": None, "head_only_epochs": 1}}},
            "(round1): shot: its head stays as it is, and head_only_epochs lets nothing else learn",
        ),
        (
            {"ablations": {"base": "b9"}},
            "ablations.base: no experiment 'b9'; allowed: b3_pretrained",
        ),
        (
            {
                "ablations": {
                    "base": "b3_pretrained",
                    "switches": {"bad": {"settings": {"cutmix": {"stop_epoch": 2}}}},
                }
            },
            "experiments.ablations bad (round0): mixup and cutmix are two ways of mixing",
        ),
        (
            {"pseudo_labels": {"labels": "hard"}},
            "pseudo_labels.labels: hard needs select: {top, bottom}",
        ),
        (
            {"defaults": {"loss": {"focal": {"alpha": 0}}}},
            "defaults.loss.focal.alpha: 0 is less than or equal to the minimum of 0",
        ),
        (
            {"folds": {"method": "plain"}, "completeness": {"count": 100}},
            "completeness.count: it needs folds.method: grouped, which tells",
        ),
        (
            {"completeness": {"count": 100, "blank": 0.004}},
            "completeness.blank: of 100 cadences, 0.004 leaves none with a needle, or none without",
        ),
        (
            {"completeness": {"blank": 1}},
            "completeness.blank: of 2500 cadences, 1 leaves none with",
        ),
        ({"defaults": {"final_learning_rate": 1}}, "final_learning_rate is above learning_rate"),
        ({"defaults": {"pretrained": "no/such/file"}}, "pretrained: no such file no/such/file"),
        (
            {"pseudo_labels": {"settings": {"pooling": "average"}}},
            "experiments.b3_sharpened: pooling differs between round0 and round1",
        ),
        ({"pseudo_labels": {"select": {"top": 5}}}, "pseudo_labels.select: 'bottom' is a required"),
        (
            {"inject": {"snr": ["gamma", 1, 2]}},
            "inject.snr.0: 'gamma' is not allowed; allowed: uniform, log_uniform, normal, mixture",
        ),
        ({"inject": {"snr": ["uniform", 1]}}, "inject.snr: ['uniform', 1] is too short"),
        (
            {"defaults": {"injected_on_the_fly": {"snr": ["uniform", 9, 1]}}},
            "defaults.injected_on_the_fly.snr: ['uniform', 9, 1]: must be low <= high",
        ),
        ({"inject": {"snr": ["uniform", 1, 2, 3]}}, "inject.snr: ['uniform', 1, 2, 3] is too long"),
        (
            {"inject": {"snr": ["uniform", 1, ["normal", 0, 1]]}},
            "inject.snr.2: ['normal', 0, 1] is not",
        ),
        ({"inject": {"snr": ["mixture", 0.5, 1]}}, "inject.snr: ['mixture', 0.5, 1] is too short"),
        (
            {"inject": {"snr": ["mixture", 2, 1, 3]}},
            "inject.snr.1: 2 is greater than the maximum of 1",
        ),
        (
            {"simulate": {"drift_rate": ["mixture", 0.5, ["normal", 0, 1], ["uniform", 3, -3]]}},
            "simulate.drift_rate: ['uniform', 3, -3]: must be low <= high",
        ),
        (
            {"simulate": {"sky": {"ripple": ["log_uniform", 0, 1]}}},
            "simulate.sky.ripple: ['log_uniform', 0, 1]: must be 0 < low <= high",
        ),
        (
            {"simulate": {"sky": {"burst": 0}}},
            "simulate.sky: unknown key burst; allowed: band_bursts,",
        ),
        (
            {"inject": {"needles": {"dot": {"duration": ["log_uniform", 0, 1]}}}},
            "inject.needles.dot.duration: ['log_uniform', 0, 1]: must be 0 < low <= high",
        ),
        (
            {"inject": {"drift_rate": ["uniform", 3, -3]}},
            "inject.drift_rate: ['uniform', 3, -3]: must be low <= high",
        ),
        (
            {"experiments": {"x": {"injected_kinds": ["spiral"]}}},
            "experiments.x.injected_kinds.0: 'spiral' is not allowed; allowed: straight, squiggle",
        ),
        (
            {"leave_one_kind_out": ["b9"]},
            "leave_one_kind_out: no experiment 'b9'; allowed: b3_pretrained",
        ),
        (
            {
                "leave_one_kind_out": ["b3_sharpened"],
                "experiments": {"b3_sharpened_without_dot": {}},
            },
            "experiments.b3_sharpened_without_dot: the name is taken, by leave_one_kind_out of b3_sh",
        ),
        ({"preprocess": {"clip": [5, -5]}}, "preprocess.clip: [low, high]"),
        (
            {"experiments": {"x": {"kind": "serch"}}},
            "experiments.x.kind: 'serch' is not allowed; allowed: model, search",
        ),
        (
            {"defaults": {"kind": "search"}},
            "defaults: unknown key kind; allowed: accumulate, activation,",
        ),
        (
            {"experiments": {"x": {"kind": "search", "statistic": "most"}}},
            "experiments.x.statistic: ",
        ),
        (
            {"experiments": {"x": {"statistic": "dots"}}},
            "experiments.x.statistic: this is for kind: search alone",
        ),
        (
            {"experiments": {"x": {"kind": "search", "epochs": 3, "note": "why"}}},
            "experiments.x: epochs: kind: search trains nothing, so that settings of training change",
        ),
        (
            {
                "experiments": {"x": {"kind": "search"}},
                "leave_one_kind_out": ["x"],
            },
            "leave_one_kind_out: x is of kind: search, which trains nothing; name one of kind: model",
        ),
        (
            {"experiments": {"x": {"kind": "search"}}, "ablations": {"base": "x"}},
            "ablations.base: x is of kind: search, which trains nothing; name one of kind: model",
        ),
        (
            {"search": {"store": "raw"}},
            "search.store: 'raw' is not allowed; allowed: flattened, normalized",
        ),
        (
            {"search": {"store": "residual"}, "data": {"needles_added_after_cutting": False}},
            "search.store: residual: a transmitter in the sky is in every",
        ),
        (
            {"search": {"step": 200}},
            "search.step: 200 is above search.largest, 157",
        ),
        ({"search": {"widths": []}}, "search.widths: [] should be non-empty"),
        ({"search": {"largst": 3}}, "search: unknown key largst; allowed: hits, largest"),
    ],
)
def test_a_mistake_is_named_with_its_key_and_what_is_allowed(overrides, named):
    with pytest.raises(ConfigError) as error:
        complete(overrides)
    assert named in str(error.value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("experiments: {no: {}}", "experiments: YAML reads a name here as False and not as text"),
        ("experiments: {1: {}}", "experiments: YAML reads a name here as 1 and not as text"),
        (
            "experiments: {baseline: }",
            "experiments.baseline: nothing is written after it; write base",
        ),
        ("experiments: {x: {no: 1}}", "experiments.x: YAML reads a name here as False"),
        ("experiments: {x-y: {}}", "'x-y' is not allowed; a name begins with a letter"),
        (
            "defaults: {image_size: 128}",
            "defaults.image_size: 128 is not allowed; write: [time, frequ",
        ),
        ("defaults: {image_size: 128}", "null: 819 x 256, no resize"),
        ("defaults: {channels: normalized.on}", "is not allowed; write a list: [normalized.on]"),
        (
            "ensemble: {members: b3_pretrained}",
            "ensemble.members: 'b3_pretrained' is not allowed; write a",
        ),
        (
            "defaults: {learning_rate: '0,001'}",
            "defaults.learning_rate: '0,001' is not allowed; write 0.001",
        ),
        ("defaults: {learning_rate: fast}", "it must be of type number"),
        (
            "defaults: {learning_rate: .nan}",
            "defaults.learning_rate: nan is not allowed; it must be a fin",
        ),
        (
            "inject: {snr: [uniform, 1, .inf]}",
            "inject.snr.2: inf is not allowed; it must be a finite",
        ),
        (
            "defaults: {learning_rte: 1}",
            "unknown key learning_rte; allowed: accumulate, activation",
        ),
        ("defaults: {learning_rte: 1}", "; did you mean learning_rate?"),
        ("learning_rate: 1", "; did you mean defaults.learning_rate?"),
        ("experiments: {x: {rank: 3}}", "; did you mean preprocess.nmf.rank?"),
        (
            "defaults: ",
            "defaults: null is not allowed; nothing is written after it; it must be of type",
        ),
        ("folds.count: 3", "unknown key folds.count; allowed: ablations"),
        ("experiments.x.epochs: 3", "; write experiments: {x: {epochs: ...}}"),
        ("folds: {count: 3.5}", "folds.count: 3.5 is not allowed; it must be of type integer"),
        ("folds: {seed: 5000000000}", "folds.seed: 5000000000 is greater than the maximum"),
        (
            "pseudo_labels: {select: top}",
            "pseudo_labels.select: 'top' is not allowed; write: Which",
        ),
        ("run: {name: stores}", "run.name: stores is a folder of results/ already"),
        ("run: {name: ../x}", "run.name: '../x' is not allowed; Results are in results/<name>/"),
        (
            "data: {root: $NOT_SET_ANYWHERE/seti}",
            "data.root: '$NOT_SET_ANYWHERE/seti': the variable NOT_S",
        ),
        (
            "data: {root: '/data/seti {2021}'}",
            "data.root: '/data/seti {2021}': '{' cannot stand in a path",
        ),
        ("data: {root: '/data/<seti>'}", "'<' cannot stand in a path"),
        ("data: {root: ' '}", "data.root: ' ': it is empty"),
        (
            "experiments: {x: {pretrained: 'w/{1}.safetensors'}}",
            "experiments.x.pretrained: 'w/{1}.safete",
        ),
    ],
)
def test_what_yaml_makes_of_a_text_is_explained(text, named):
    with pytest.raises(ConfigError) as error:
        complete_config(yaml.safe_load(text), SCHEMA, CONFIG)
    assert named in str(error.value)


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("defaults: {learning_rate: 1e-3}", "defaults.learning_rate", 0.001),
        ("defaults: {final_learning_rate: '1E-6'}", "defaults.final_learning_rate", 1e-6),
        ("defaults: {epochs: 20.0}", "defaults.epochs", 20),
        ("folds: {count: '3'}", "folds.count", 3),
        ("folds: {count: 3.0, largest_group: '0.5'}", "folds.largest_group", 0.5),
        ("defaults: {image_size: ['64', 32.0]}", "defaults.image_size", [64, 32]),
        ("defaults: {mixup: 'null'}", "defaults.mixup", None),
        ("defaults: {mixup: {alpha: '0.2'}}", "defaults.mixup.alpha", 0.2),
        ("defaults: {pretrained: 'false'}", "defaults.pretrained", False),
        ("defaults: {amp: 'true'}", "defaults.amp", True),
        ("pseudo_labels: {select: {top: '5', bottom: 7.0}}", "pseudo_labels.select.top", 5),
        ("simulate: {counts: {train: '48'}}", "simulate.counts.train", 48),
        ("inject: {snr: ['uniform', '1', 1e2]}", "inject.snr", ["uniform", 1, 100.0]),
        (
            "inject: {snr: [mixture, '0.5', [uniform, '1', 1e2], '3']}",
            "inject.snr",
            ["mixture", 0.5, ["uniform", 1, 100.0], 3],
        ),
        ("ablations: {seeds: ['1', 2.0]}", "ablations.seeds", [1, 2]),
    ],
)
def test_a_number_that_was_read_as_text_is_one_where_that_is_certain(text, key, value):
    config = complete_config(yaml.safe_load(text), SCHEMA, CONFIG)
    for part in key.split("."):
        config = config[part]
    assert config == value and type(config) is type(value)


def test_text_stays_text_where_text_is_meant():
    config = complete({"experiments": {"b3_pretrained": {"note": "1e-3"}}, "run": {"name": "2026"}})
    assert config["experiments"]["b3_pretrained"]["note"] == "1e-3"
    assert config["run"]["name"] == "2026"


@pytest.mark.parametrize("name", ["id", "target", "fold", "rank_mean", "rows", "member", "method"])
def test_a_member_may_not_be_called_as_a_column_beside_the_members(name):
    with pytest.raises(
        ConfigError, match=f"an experiment of the ensemble may not be called {name}"
    ):
        complete({"experiments": {name: {}}, "ensemble": {"members": [name]}})


@pytest.mark.parametrize("method", METHODS)
def test_the_submission_can_be_of_every_method(method):
    assert complete({"ensemble": {"method": method}})["ensemble"]["method"] in METHODS


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/data/seti/", "/data/seti"),
        ("/data//seti/.", "/data/seti"),
        ("./data/seti", "data/seti"),
        (" data/seti ", "data/seti"),
        ("~/seti", "HOME/seti"),
        ("$HOME/seti/", "HOME/seti"),
        ("${HOME}/seti", "HOME/seti"),
        ("/data/seti (1)", "/data/seti (1)"),
    ],
)
def test_a_path_is_the_same_however_it_is_written(monkeypatch, tmp_path, written, meant):
    monkeypatch.setenv("HOME", str(tmp_path))
    config = complete({"data": {"root": written}})
    assert config["data"]["root"] == meant.replace("HOME", str(tmp_path))


@pytest.mark.parametrize("name", ["", "sky"])
@pytest.mark.parametrize(
    "root", ["results/simulated/raw", "./results/simulated/raw/", "{cwd}/results//simulated/raw"]
)
def test_the_simulated_sky_is_known_however_it_is_written(monkeypatch, tmp_path, root, name):
    monkeypatch.chdir(tmp_path)
    config = complete({"data": {"root": root.format(cwd=tmp_path)}, "run": {"name": name}})
    results = f"results/{name}" if name else "results"
    assert config["data"]["root"] == f"{results}/simulated/raw"
    assert Plan(config, SCHEMA).simulated


@pytest.mark.parametrize(
    ("data", "added_after"),
    [
        ({}, True),
        ({"root": CONFIG["data"]["root"]}, True),
        ({"root": "data/mine"}, False),
        ({"root": "data/mine", "needles_added_after_cutting": True}, True),
        ({"root": "results/simulated/raw"}, True),
        ({"root": "results/simulated/raw", "needles_added_after_cutting": False}, False),
        ({"needles_added_after_cutting": False}, False),
    ],
)
def test_what_config_yaml_says_of_its_needles_holds_for_no_other_raw_folder(data, added_after):
    config = complete_config({"data": data}, SCHEMA, CONFIG)
    assert config["data"]["needles_added_after_cutting"] == added_after


def test_of_data_that_nobody_speaks_of_the_needles_may_have_been_in_the_sky():
    plain = {"experiments": {"x": {}}, "ensemble": {"members": ["x"]}}
    assert not complete_config(plain, SCHEMA)["data"]["needles_added_after_cutting"]
    with pytest.raises(ConfigError, match="experiments.x: channels: residual.on: a transmitter"):
        complete_config(plain | {"defaults": {"channels": ["residual.on"]}}, SCHEMA)


def test_real_data_beside_the_simulated_sky_is_real(tmp_path):
    assert not Plan(complete({"data": {"root": "results/simulated/rawer"}}), SCHEMA).simulated


def test_a_note_and_a_public_score_are_kept_from_training():
    told = {"note": "wider", "public_score": 0.78}
    config = complete({"experiments": {"b3_pretrained": told}})
    plain = complete({})
    for stage in ("pretrain", "round0", "round1"):
        run = run_settings(config, SCHEMA, "b3_pretrained", stage)
        assert run == run_settings(plain, SCHEMA, "b3_pretrained", stage)
    assert json.loads(ReportInputs(Plan(config, SCHEMA)).notes())["b3_pretrained"] == told


def test_a_search_has_settings_of_its_own_and_those_of_training_pass_it_by():
    config = complete(
        {
            "experiments": {"drift": {"kind": "search", "note": "untrained"}},
            "defaults": {"pretrain": {}, "old_positives": ["test_old"]},
            "search": {"largest": 40},
        }
    )
    settings = run_settings(config, SCHEMA, "drift", "round1")
    assert settings == {
        "experiment": "drift",
        "stage": "round1",
        "kind": "search",
        "statistic": None,
        "search": CONFIG["search"] | {"largest": 40},
    }
    plan = Plan(config, SCHEMA)
    assert plan.searches == ["drift"] and "drift" in plan.experiments
    assert "drift" not in plan.pretrained() and config["search"]["store"] in plan.used_stores()
    assert not any("drift" in key for keys in plan.old_collections().values() for key in keys)
    assert json.loads(ReportInputs(plan).notes())["drift"]["note"] == "untrained"


def test_a_model_may_say_that_it_is_one():
    config = complete({"experiments": {"b3_pretrained": {"kind": "model"}}})
    plain = run_settings(complete({}), SCHEMA, "b3_pretrained", "round0")
    assert run_settings(config, SCHEMA, "b3_pretrained", "round0") == plain
    assert not Plan(config, SCHEMA).searches


def test_the_search_has_the_defaults_of_the_schema():
    config = complete_config({"experiments": {"x": {}}, "ensemble": {"members": ["x"]}}, SCHEMA)
    assert config["search"] == CONFIG["search"]


def test_all_mistakes_are_named_at_once():
    with pytest.raises(ConfigError) as error:
        complete({"folds": {"count": 1}, "defaults": {"epochs": 0}})
    assert "folds.count" in str(error.value) and "defaults.epochs" in str(error.value)


def test_a_run_merges_defaults_experiment_and_stage():
    config = complete(
        {
            "defaults": {"epochs": 20, "mixup": {"alpha": 0.5}},
            "experiments": {"b3_pretrained": {"learning_rate": 0.01, "pretrain": {"epochs": 17}}},
            "pseudo_labels": {"settings": {"epochs": 9}},
        }
    )
    first, second, pretrain = (
        run_settings(config, SCHEMA, "b3_pretrained", stage)
        for stage in ("round0", "round1", "pretrain")
    )
    assert (first["epochs"], second["epochs"], pretrain["epochs"]) == (20, 9, 17)
    assert {run["learning_rate"] for run in (first, second, pretrain)} == {0.01}
    assert first["mixup"]["alpha"] == 0.5


def test_pretraining_is_validated_at_its_end_unless_it_says_otherwise():
    config = complete({"experiments": {"b3_sharpened": {"pretrain": {"validate_every": 5}}}})
    every = {
        (name, stage): run_settings(config, SCHEMA, name, stage)["validate_every"]
        for name in ("b3_pretrained", "b3_sharpened")
        for stage in ("pretrain", "round0")
    }
    assert every == {
        ("b3_pretrained", "pretrain"): None,
        ("b3_pretrained", "round0"): 1,
        ("b3_sharpened", "pretrain"): 5,
        ("b3_sharpened", "round0"): 1,
    }


def test_an_overlay_takes_an_experiment_away_with_null():
    members = {"ensemble": {"members": ["b3_sharpened"]}}
    config = complete(members | {"experiments": {"b3_pretrained": None, "b5_old_positives": None}})
    assert list(config["experiments"]) == ["b3_sharpened"]
    with pytest.raises(ConfigError, match="no experiment 'b3_sharpened'; allowed: b3_pretrained"):
        complete(members | {"experiments": {"b3_sharpened": None}})


def test_leaving_out_a_kind_is_an_experiment_of_its_own():
    config = complete({"leave_one_kind_out": ["b3_sharpened"]})
    left_out = run_settings(config, SCHEMA, "b3_sharpened_without_dot", "round0")
    changed = {"experiment": "b3_sharpened_without_dot", "leave_out_kind": "dot"}
    assert left_out == run_settings(config, SCHEMA, "b3_sharpened", "round0") | changed


def test_each_switch_is_an_experiment_of_its_own_for_each_seed():
    switches = {"focal": {"settings": {"loss": {"name": "focal"}}}}
    ablations = {"base": "b3_sharpened", "seeds": [0, 7], "switches": switches}
    config = complete({"ablations": ablations})
    base, switched = (
        run_settings(config, SCHEMA, name, "round0")
        for name in ("ablation_seed7", "ablation_focal_seed7")
    )
    plain = run_settings(config, SCHEMA, "b3_sharpened", "round0")
    assert base == plain | {"experiment": "ablation_seed7", "seed": 7}
    loss = plain["loss"] | {"name": "focal"}
    assert switched == base | {"experiment": "ablation_focal_seed7", "loss": loss}


def test_the_old_data_that_a_switch_learns_from_are_searched_for_overlaps_too():
    switches = {"old": {"settings": {"pretrain": {}}}}
    settings = {"experiments": {"b3_pretrained": None, "b3_sharpened": None}}
    settings["experiments"]["b5_old_positives"] = {"old_positives": []}
    settings["ensemble"] = {"members": ["b5_old_positives"]}
    plain = Plan(complete(settings), SCHEMA)
    ablations = {"ablations": {"base": "b5_old_positives", "switches": switches}}
    assert plain.collections() == ["train", "test"]
    assert Plan(complete(settings | ablations), SCHEMA).collections() == [*COLLECTIONS]


def test_the_schema_knows_the_kinds_of_needles():
    training = SCHEMA["$defs"]["training"]["properties"]
    assert training["injected_kinds"]["items"]["enum"] == [*KINDS]
    assert training["leave_out_kind"]["enum"] == [*KNOWN_KINDS, None]
    assert [*SCHEMA["properties"]["inject"]["properties"]["needles"]["properties"]] == [*KINDS]


def test_the_simulator_has_the_defaults_of_the_schema():
    config = complete_config({"experiments": {"x": {}}, "ensemble": {"members": ["x"]}}, SCHEMA)
    by_hand = asdict(Simulation(counts=config["simulate"]["counts"]))
    shape = {"shape": config["data"]["shape"]}
    assert json.loads(json.dumps(by_hand)) == config["simulate"] | shape
    assert json.loads(json.dumps(asdict(Partial()))) == config["inject"]["partial"]


def test_a_run_is_complete_where_the_config_is_not():
    config = complete_config({"experiments": {"x": {}}, "ensemble": {"members": ["x"]}}, SCHEMA)
    trained = set(SCHEMA["$defs"]["training"]["properties"]) - set(BESIDE_TRAINING)
    beside = {"experiment", "stage", "inject", "shape"}
    assert set(run_settings(config, SCHEMA, "x", "round0")) == trained | beside

"""The settings of a run are those that the config's schema describes, and nothing else is accepted."""

import pickle
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from abacad.settings import Run
from abacad.tables.files import write_json
from abacad.train.run_settings import BLOCKS, flat_settings, read_run, run_of

SCHEMA = yaml.safe_load((Path(__file__).parents[2] / "rules/config.schema.yaml").read_text())
TRAINING = SCHEMA["$defs"]["training"]


def of_config(training: dict) -> dict:
    """What the config's schema allows, of a run: `pretrain` becomes a run of its own, the SNR of needles
    that are made on the fly goes into `inject`, the others are remarks; `shape` is the data's."""
    name = {"type": "string"}
    properties = deepcopy(training["properties"]) | {"experiment": name, "stage": name}
    properties["shape"] = SCHEMA["properties"]["data"]["properties"]["shape"]
    for key in ("pretrain", "note", "public_score"):
        del properties[key]
    del properties["injected_on_the_fly"]["properties"]["snr"]
    return allowed({"type": "object", "properties": properties}, {})


def of_classes() -> dict:
    """What the dataclasses allow, by the keys of the flat JSON."""
    schema = msgspec.json.schema(Run)
    del schema["$defs"]["Run"]["properties"][
        "inject"
    ]  # a block of the config's own, beside training
    described = allowed(schema, schema["$defs"])
    for block in BLOCKS:
        described |= described.pop(block)
    return described


def allowed(schema: dict, definitions: dict) -> Any:
    """What a JSON schema allows, however it is written: keys of an object, else a set of values and types."""
    if "$ref" in schema:
        return allowed(definitions[schema["$ref"].split("/")[-1]], definitions)
    if branches := schema.get("anyOf") or schema.get("oneOf"):
        return either([allowed(branch, definitions) for branch in branches])
    if "enum" in schema:
        return {repr(value) for value in schema["enum"]}
    if isinstance(schema["type"], list):
        return either([allowed(schema | {"type": one}, definitions) for one in schema["type"]])
    match schema["type"]:
        case "object":
            properties = schema["properties"].items()
            return {key: allowed(inner, definitions) for key, inner in properties}
        case "array":
            items = schema.get("items") or schema["prefixItems"][0]
            sizes = {schema.get("minItems"), schema.get("maxItems")}
            count = sizes.pop() if len(sizes) == 1 else None
            return {f"{count} of {sorted(allowed(items, definitions))}"}
        case "boolean":
            return {"True", "False"}
        case "null":
            return {"None"}
    return {schema["type"]}


def either(branches: list) -> Any:
    """An object that may be null keeps its keys, beside a key None."""
    objects = [branch for branch in branches if isinstance(branch, dict)]
    values = set().union(*(branch for branch in branches if isinstance(branch, set)))
    return objects[0] | {None: values} if objects else values


def test_the_classes_hold_what_the_schema_describes():
    assert of_classes() == of_config(TRAINING)


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        (("epochs",), {"type": "number"}),
        (("epochs",), {"type": ["integer", "null"]}),
        (("backbone",), {"type": ["string", "boolean"]}),
        (("tta",), {"enum": [1, 2, 4, 8]}),
        (("loss", "name"), {"enum": ["bce", "focal", "auc_margin"]}),
        (("channels",), {"type": "array", "items": {"type": "integer"}}),
        (("mixup",), {"type": "object"}),
        (("mixup", "weights"), {"type": "array"}),
        (("mixup", "weights"), {"maxItems": 3}),
        (("noise", "level"), {"type": "integer"}),
    ],
)
def test_a_schema_that_drifts_from_the_classes_is_seen(key, changed):
    training = deepcopy(TRAINING)
    place = training
    for name in key:
        place = place["properties"][name]
    place |= changed
    assert of_classes() != of_config(training)


@pytest.mark.parametrize("parent", [(), ("mixup",), ("loss", "focal")])
def test_a_renamed_key_of_the_schema_is_seen_at_every_depth(parent):
    training = deepcopy(TRAINING)
    place = training["properties"]
    for name in parent:
        place = place[name]["properties"]
    place["renamed"] = place.pop(min(place))
    assert of_classes() != of_config(training)


def test_a_run_holds_its_settings_and_gives_them_back(settings):
    run = run_of(settings)
    assert run.optimization.epochs == 3 and run.composition.image_size == (64, 32)
    assert run.loss_terms.loss.focal.gamma == 2.0 and run.mixing.cutmix is None
    assert flat_settings(run)["mixup"] == settings["mixup"]
    assert flat_settings(run).keys() == settings.keys()
    assert pickle.loads(pickle.dumps(run)) == run


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"epochz": 3}, "unknown key epochz"),
        (
            {"flip": {"frequency": 0.5, "time": 0.5, "of": "image", "phase": 1}},
            "unknown key flip.phase",
        ),
        ({"optimization": {"epochs": 3}}, "unknown key optimization.epochs"),
        ({"pretrain": {}}, "unknown key pretrain"),
        ({"epochs": "3"}, "Expected `int`, got `str` - at .*epochs"),
        ({"epochs": None}, "Expected `int`, got `null` - at .*epochs"),
        ({"image_size": [64]}, "length 2, got 1 - at .*image_size"),
        ({"channels": "normalized.on"}, "Expected `array`, got `str` - at .*channels"),
        ({"flip": {"frequency": 0.5}}, "missing required field `time` - at .*flip"),
        ({"tta": 3}, "Invalid enum value 3 - at .*tta"),
    ],
)
def test_settings_that_do_not_fit_are_refused_by_file_and_key(settings, tmp_path, changes, fault):
    write_json(tmp_path / "settings.json", settings | changes)
    with pytest.raises(ValueError, match=f"settings.json: settings of a run: .*{fault}"):
        read_run(tmp_path / "settings.json")


@pytest.mark.parametrize("key", ["seed", "backbone", "mixup"])
def test_a_missing_key_is_named(settings, key):
    del settings[key]
    with pytest.raises(ValueError, match=f"missing required field `{key}`"):
        run_of(settings)

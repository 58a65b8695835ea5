"""From config.yaml to checked settings, and from those to the complete settings of one training run.

A run is one stage of one experiment: `pretrain`, or a round of folds `round0`, `round1`, ...
Imported by the Snakefile, so that every mistake in the config fails before anything runs.
"""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from abacad.cadences.kinds import KNOWN_KINDS

Settings = dict[str, Any]


class ConfigError(ValueError):
    """Mistakes in the config, one a line: the key, what is wrong, what is allowed."""


def complete_config(config: Settings, schema: Settings) -> Settings:
    """Return `config` with the schema's defaults filled in, or raise ConfigError naming every mistake."""
    mistakes = sorted(_explain(error) for error in Draft202012Validator(schema).iter_errors(config))
    if not mistakes:
        config = _with_defaults(schema, config)
        experiments = {name: own for name, own in config["experiments"].items() if own is not None}
        config["experiments"] = experiments
        nmf = config["preprocess"]["nmf"]
        nmf["basis"] = nmf["basis"] or "off"  # YAML reads a bare off as false
        mistakes = list(_contradictions(config, schema))
    if not mistakes:
        for name, (experiment, kind) in left_out_runs(config).items():
            experiments[name] = merged(experiments[experiment], {"leave_out_kind": kind})
        for name, (switch, seed) in ablation_runs(config).items():
            changed = config["ablations"]["switches"][switch]["settings"] if switch else {}
            base = experiments[config["ablations"]["base"]]
            experiments[name] = merged(merged(base, changed), {"seed": seed})
    if mistakes:
        raise ConfigError("mistakes in the config:\n" + "\n".join(f"  {line}" for line in mistakes))
    return config


def left_out_runs(config: Settings) -> dict[str, tuple[str, str]]:
    """The experiments that are run once more without a kind of needle: (experiment, kind) by name."""
    return {
        f"{experiment}_without_{kind}": (experiment, kind)
        for experiment in config["leave_one_kind_out"]
        for kind in KNOWN_KINDS
    }


def ablation_runs(config: Settings) -> dict[str, tuple[str, int]]:
    """The experiments that compare each switch with the base: (switch, or "" for the base; seed) by name."""
    ablations = config["ablations"]
    if ablations["base"] is None:
        return {}
    return {
        "_".join(filter(None, ("ablation", switch, f"seed{seed}"))): (switch, seed)
        for switch in ("", *ablations["switches"])
        for seed in ablations["seeds"]
    }


def experiment_settings(config: Settings, schema: Settings, experiment: str) -> Settings:
    """One experiment's training settings: its overrides over `defaults`."""
    settings = merged(config["defaults"], config["experiments"][experiment])
    return _with_defaults(schema["$defs"]["training"], settings)


def run_settings(config: Settings, schema: Settings, experiment: str, stage: str) -> Settings:
    """The complete settings of one run: all a training job is told about how to train."""
    settings = experiment_settings(config, schema, experiment)
    pretrain = settings.pop("pretrain")
    if stage == "pretrain":
        settings = merged(
            settings, pretrain | {"old_positives": [], "injected_kinds": [], "dann": None}
        )
    elif stage != "round0":
        settings = merged(settings, config["pseudo_labels"]["settings"])
    settings = _with_defaults(schema["$defs"]["training"], settings)
    settings.pop("pretrain")
    return settings | {"experiment": experiment, "stage": stage}


def merged(base: Settings, overrides: Settings) -> Settings:
    """`base` with `overrides` on top, key by key; lists and scalars are replaced, mappings merged."""
    result = deepcopy(base)
    for key, value in overrides.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = deepcopy(value)
    return result


def stores_of(settings: Settings) -> list[str]:
    """The stores that a run's channels are made of."""
    return sorted({channel.split(".")[0] for channel in settings["channels"]})


def _with_defaults(schema: Settings, value: Any) -> Any:
    """Fill in the defaults of `schema`'s properties, at every depth."""
    if not isinstance(value, dict):
        return value
    filled = dict(value)
    for key, subschema in schema.get("properties", {}).items():
        if key in filled or "default" in subschema:
            filled[key] = _with_defaults(
                subschema, filled.get(key, deepcopy(subschema.get("default")))
            )
    return filled


def _explain(error: ValidationError) -> str:
    """One line for one mistake: its key, what is wrong, what is allowed."""
    error = best_match([error])  # inside anyOf: the branch that nearly fits
    key = ".".join(str(part) for part in error.absolute_path)
    at = f"{key}: " if key else ""
    match error.validator:
        case "additionalProperties":
            allowed = error.schema["properties"]
            unknown = ", ".join(sorted(set(error.instance) - set(allowed)))
            return f"{at}unknown key {unknown}; allowed: {', '.join(sorted(allowed))}"
        case "enum":
            allowed = ", ".join(str(value) for value in error.validator_value)
            return f"{at}{error.instance!r} is not allowed; allowed: {allowed}"
        case "type":
            allowed = error.validator_value
            allowed = " or ".join(allowed) if isinstance(allowed, list) else allowed
            return f"{at}{error.instance!r} is not allowed; it must be of type {allowed}"
    return f"{at}{error.message}"


# What a run must share with the run whose weights it starts from.
ARCHITECTURE = (
    *("backbone", "channels", "stem_stride", "first_pooling", "activation", "attention", "front"),
    *("pooling", "gem"),
)


def _contradictions(config: Settings, schema: Settings) -> Iterator[str]:
    """Mistakes that no single key shows."""
    names = list(config["experiments"])
    for member in config["ensemble"]["members"]:
        if member not in names:
            yield f"ensemble.members: no experiment {member!r}; allowed: {', '.join(names)}"
    yield from _distribution_mistakes("inject", config["inject"])
    for experiment in config["leave_one_kind_out"]:
        if experiment not in names:
            yield f"leave_one_kind_out: no experiment {experiment!r}; allowed: {', '.join(names)}"
    for name, (experiment, _) in left_out_runs(config).items():
        if name in names:
            yield f"experiments.{name}: the name is taken, by leave_one_kind_out of {experiment}"
    if "pretrain" in config["pseudo_labels"]["settings"]:
        yield "pseudo_labels.settings: pretrain is not allowed; only the first round starts from old data"
    ablations = config["ablations"]
    if ablations["base"] is not None and ablations["base"] not in names:
        yield f"ablations.base: no experiment {ablations['base']!r}; allowed: {', '.join(names)}"
    for name in ablation_runs(config):
        if name in names:
            yield f"experiments.{name}: the name is taken, by an ablation"
    pseudo_labels = config["pseudo_labels"]
    if pseudo_labels["labels"] == "hard" and pseudo_labels["select"] == "all":
        yield (
            "pseudo_labels.labels: hard needs select: {top, bottom}; the top rows become 1 and the "
            "bottom rows 0"
        )
    for low_high in (("simulate", "snr"), ("preprocess", "clip")):
        low, high = _get(config, low_high)
        if low >= high:
            yield f"{'.'.join(low_high)}: [low, high] with low < high, not {[low, high]}"
    for name in names:
        yield from _run_contradictions(config, schema, name)
    if ablations["base"] in names:
        for switch, options in ablations["switches"].items():
            own = merged(config["experiments"][ablations["base"]], options["settings"])
            changed = config | {"experiments": {f"ablations {switch}": own}}
            yield from _run_contradictions(changed, schema, f"ablations {switch}")


def _distribution_mistakes(key: str, value: Any) -> Iterator[str]:
    """Of all distributions at or below `key`, those of no range."""
    match value:
        case dict():
            for name, inner in value.items():
                yield from _distribution_mistakes(f"{key}.{name}", inner)
        case ["uniform", low, high] if low > high:
            yield f"{key}: {value}: must be low <= high"
        case ["log_uniform", low, high] if not 0 < low <= high:
            yield f"{key}: {value}: must be 0 < low <= high"
        case ["normal", _, deviation] if deviation < 0:
            yield f"{key}: {value}: the deviation must be 0 or more"


def _run_contradictions(config: Settings, schema: Settings, name: str) -> Iterator[str]:
    pretrain = experiment_settings(config, schema, name)["pretrain"]
    if pretrain and pretrain.get("pretrain"):
        yield f"experiments.{name}.pretrain: pretrain is not allowed inside pretrain"
    stages = ["pretrain"] * (pretrain is not None) + ["round0"]
    stages += ["round1"] * (config["pseudo_labels"]["rounds"] > 0)  # later rounds are alike
    runs = [run_settings(config, schema, name, stage) for stage in stages]
    for run in runs:
        at = f"experiments.{name} ({run['stage']})"
        for mixing in ("mixup", "cutmix"):
            if run[mixing] and run[mixing]["stop_epoch"] > run["epochs"]:
                yield (
                    f"{at}: {mixing}.stop_epoch is {run[mixing]['stop_epoch']}, "
                    f"but there are only {run['epochs']} epochs"
                )
        if run["mixup"] and run["cutmix"]:
            yield f"{at}: mixup and cutmix are two ways of mixing; set one of them to null"
        for warmup in ("warmup_epochs", "head_only_epochs"):
            if run[warmup] >= run["epochs"]:
                yield f"{at}: {warmup} is {run[warmup]}, but there are only {run['epochs']} epochs"
        if run["shot"]:
            yield from (f"{at}: shot: {mistake}" for mistake in _shot_mistakes(config, run))
        yield from (f"{at}: loss arcface: {mistake}" for mistake in _soft_labels(config, run))
        yield from (f"{at}: channels: {mistake}" for mistake in _channel_mistakes(run))
        if run["gpus"] > 1:
            yield from (f"{at}: gpus: {mistake}" for mistake in _gpu_mistakes(run))
        if run["final_learning_rate"] > run["learning_rate"]:
            yield f"{at}: final_learning_rate is above learning_rate"
        if isinstance(run["pretrained"], str) and not Path(run["pretrained"]).is_file():
            yield f"{at}: pretrained: no such file {run['pretrained']}; allowed: true, false or a file"
    for before, run in zip(runs, runs[1:], strict=False):
        if run["stage"] == "round1" and not config["pseudo_labels"]["warm_start"]:
            continue
        if (before["loss"]["name"] == "arcface") != (run["loss"]["name"] == "arcface"):
            yield (
                f"experiments.{name}: the loss arcface has another last layer; {before['stage']} and "
                f"{run['stage']}, which starts from its weights, must both have it or neither"
            )
        for key in ARCHITECTURE:
            if run[key] != before[key]:
                yield (
                    f"experiments.{name}: {key} differs between {before['stage']} and "
                    f"{run['stage']}, which starts from its weights"
                )


def _soft_labels(config: Settings, run: Settings) -> Iterator[str]:
    """What gives labels between 0 and 1 to a run whose loss needs classes."""
    if run["loss"]["name"] != "arcface":
        return
    for mixing in ("mixup", "cutmix"):
        if run[mixing]:
            yield f"it needs classes, labels of 0 and 1; set {mixing} to null"
    if run["loss"]["label_smoothing"]:
        yield "it needs classes, labels of 0 and 1; set label_smoothing to 0"
    if run["stage"] == "round1" and config["pseudo_labels"]["labels"] == "soft":
        yield "it needs classes, labels of 0 and 1; set pseudo_labels.labels to hard"


def _shot_mistakes(config: Settings, run: Settings) -> Iterator[str]:
    if run["stage"] != "round1" or not config["pseudo_labels"]["warm_start"]:
        yield (
            "it adapts the model of the round before; set it in pseudo_labels.settings, with "
            "warm_start: true"
        )
    if run["mixup"] or run["cutmix"]:
        yield "its labels are those of single cadences; set mixup and cutmix to null"
    if run["dann"]:
        yield "it learns from test alone, and dann from both sides; set dann to null"


def _gpu_mistakes(run: Settings) -> Iterator[str]:
    """What does not go with parts of a batch on several GPUs, whose losses are averaged."""
    if run["gpus"] > run["batch_size"]:
        yield f"{run['gpus']} of them cannot share a batch_size of {run['batch_size']}"
    if run["loss"]["name"] == "auc_margin":
        yield "auc_margin compares all rows of a batch, which one GPU alone sees; set gpus to 1"
    if run["shot"]:
        yield "shot looks at a batch as a whole, which one GPU alone sees; set gpus to 1"


def _channel_mistakes(run: Settings) -> Iterator[str]:
    sides = {channel: channel.split(".")[1] for channel in run["channels"]}
    if "all" in sides.values() and {"on", "off"} & {*sides.values()}:
        yield "all six panels and three of them are of different sizes; name either"
    if {*sides.values()} == {"mask"}:
        yield "a mask alone shows nothing"
    if run["on_off_swap"]:
        for channel, side in sides.items():
            other = {"on": "off", "off": "on"}.get(side)
            if other and f"{channel.split('.')[0]}.{other}" not in sides:
                yield f"on_off_swap needs the other side of {channel} among them"


def _get(config: Settings, keys: tuple[str, ...]) -> Any:
    for key in keys:
        config = config[key]
    return config

"""config.yaml and its overlays in, a complete, checked config out.

The Snakefile calls this, so that every mistake is refused before anything runs.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from abacad.bundle.folder import BadBundle, read_description, seen_shape
from abacad.cadences.known_stores import CHANNELS, STORES
from abacad.cadences.layout import POINTINGS
from abacad.cadences.pointings import stretches
from abacad.config.paths import is_simulated, normalize_paths
from abacad.config.run_checks import SUBTRACTED, run_contradictions
from abacad.config.runs import (
    ablation_runs,
    bundle_folder,
    left_out_runs,
    merged,
    results_folder,
    searches,
    trainings,
)
from abacad.config.schema import Settings, coerced, schema_mistakes, with_defaults
from abacad.ensemble.names import RESERVED

# Names of files and folders in results/ itself, which no run may have.
FOLDERS = (
    *("benchmarks", "bundle", "candidates", "completeness", "domain_shift", "ensemble", "explain"),
    *("injected", "logs", "manifests", "observations", "overlaps", "pseudo_labels", "README.md"),
    *("report", "runs", "scores", "search", "simulated", "stores", "weights"),
)
# The settings that an experiment with kind: search may have.
OF_A_SEARCH = ("kind", "statistic", "note", "public_score")


class ConfigError(ValueError):
    """Mistakes in the config, one on each line: the key, what is wrong, and what is allowed."""


def complete_config(config: Settings, schema: Settings, base: Settings | None = None) -> Settings:
    """Return `config` over `base` with the schema's defaults, paths normalised and derived runs added.

    Observations have the shape of the bundle's cadences if `config` has no data.shape.
    ConfigError names every mistake.
    """
    mistakes = _empty_experiments(config, base or {})
    undeclared = _undeclared_folder(config, base or {})
    own_shape = isinstance(config.get("data"), dict) and "shape" in config["data"]
    config = coerced(merged(base or {}, config), schema, schema)
    mistakes += schema_mistakes(config, schema)
    if not mistakes:
        config = with_defaults(schema, config)
        experiments = {name: own for name, own in config["experiments"].items() if own is not None}
        config["experiments"] = experiments
        for block, key in (
            (config["preprocess"]["nmf"], "basis"),
            (config["observe"], "calibrate_on"),
        ):
            block[key] = block[key] or "off"  # YAML reads a bare off as false
        mistakes = normalize_paths(config)
        mistakes += [
            f"{key}.channels.{place}: {channel!r} is not allowed; allowed: {', '.join(CHANNELS)}"
            for key, own in trainings(config)
            for place, channel in enumerate(own.get("channels", ()))
            if channel not in CHANNELS
        ]
        simulated = is_simulated(config["data"]["root"], results_folder(config))
        if simulated:
            config["data"]["root"] = f"{results_folder(config)}/simulated/raw"
        if config["observations"] and not own_shape:
            config["data"]["shape"] |= _shape_of_bundle(bundle_folder(config))
            mistakes += schema_mistakes(config, schema)
        if undeclared:
            config["data"]["needles_added_after_cutting"] = simulated
        mistakes = mistakes or [*_contradictions(config, schema)]
    if not mistakes:
        for name, (experiment, kind) in left_out_runs(config).items():
            experiments[name] = merged(experiments[experiment], {"leave_out_kind": kind})
        for name, (switch, seed) in ablation_runs(config).items():
            changed = config["ablations"]["switches"][switch]["settings"] if switch else {}
            first = experiments[config["ablations"]["base"]]
            experiments[name] = merged(merged(first, changed), {"seed": seed})
    if mistakes:
        raise ConfigError("mistakes in the config:\n" + "\n".join(f"  {line}" for line in mistakes))
    return config


def _empty_experiments(config: Settings, base: Settings) -> list[str]:
    """A line for each experiment with nothing after its name, unless this removes an experiment of `base`."""
    own, known = config.get("experiments"), base.get("experiments", {})
    return [
        f"experiments.{name}: nothing is written after it; write {name}: {{}} for an experiment that "
        "does not differ from defaults (null removes an experiment of config.yaml)"
        for name, settings in (own.items() if isinstance(own, dict) else ())
        if settings is None and base and known.get(name) is None
    ]


def _shape_of_bundle(folder: str) -> Settings:
    """The data.shape that a bundle was trained on; {} if it is no bundle, which `ObserveInputs` tells."""
    try:
        return seen_shape(read_description(Path(folder)))
    except (BadBundle, KeyError, TypeError):
        return {}


def _undeclared_folder(config: Settings, base: Settings) -> bool:
    """Whether `config` names another raw folder than `base` without setting needles_added_after_cutting.

    What `base` says holds only for its own folder.
    """
    own, known = config.get("data"), base.get("data", {}).get("root")
    if not isinstance(own, dict) or own.get("root", known) == known:
        return False
    return "needles_added_after_cutting" not in own


def _contradictions(config: Settings, schema: Settings) -> Iterator[str]:
    """Mistakes that no single key shows."""
    names = list(config["experiments"])
    if config["run"]["name"] in FOLDERS:
        yield f"run.name: {config['run']['name']} is a folder of results/ already; choose another name"
    for member in config["ensemble"]["members"]:
        if member not in names:
            yield f"ensemble.members: no experiment {member!r}; allowed: {', '.join(names)}"
        if member in RESERVED:
            yield (
                f"ensemble.members: an experiment of the ensemble may not be called {member}; "
                f"these names are taken: {', '.join(RESERVED)}"
            )
    for block in ("simulate", "inject"):
        yield from _distribution_mistakes(block, config[block])
    for key, own in trainings(config):
        made = f"{key}.injected_on_the_fly"
        yield from _distribution_mistakes(made, own.get("injected_on_the_fly"))
    yield from _completeness_mistakes(config)
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
            yield f"experiments.{name}: the name is taken by an ablation"
    pseudo_labels = config["pseudo_labels"]
    if pseudo_labels["labels"] == "hard" and pseudo_labels["select"] == "all":
        yield (
            "pseudo_labels.labels: hard needs select: {top, bottom}; the top rows become 1 and the "
            "bottom rows 0"
        )
    for block, key in (("simulate", "snr"), ("preprocess", "clip")):
        low, high = config[block][key]
        if low >= high:
            yield f"{block}.{key}: [low, high] with low < high, not {[low, high]}"
    bins = config["data"]["shape"]["frequency_bins"]
    if config["simulate"]["stretch_width"] < 2 * bins:
        yield (
            f"simulate.stretch_width: {config['simulate']['stretch_width']}, must be at least twice "
            f"data.shape.frequency_bins, {2 * bins}"
        )
    if config["observe"]["stride"] > bins:
        yield (
            f"observe.stride: {config['observe']['stride']} would leave channels out; allowed: at most "
            f"data.shape.frequency_bins, {bins}"
        )
    yield from _search_mistakes(config)
    pattern = config["observe"]["pattern"]
    if not stretches(pattern):
        yield (
            f"observe.pattern: in {pattern} the target {pattern[0]} is not in the first, third and fifth "
            f"alone of any six pointings in a row, as in {POINTINGS}, the only order that models know"
        )
    for name in names:
        if name not in searches(config):
            yield from run_contradictions(config, schema, name)
    if ablations["base"] in names and ablations["base"] not in searches(config):
        for switch, options in ablations["switches"].items():
            own = merged(config["experiments"][ablations["base"]], options["settings"])
            changed = config | {"experiments": {f"ablations {switch}": own}}
            yield from run_contradictions(changed, schema, f"ablations {switch}")


def _search_mistakes(config: Settings) -> Iterator[str]:
    search, untrained = config["search"], searches(config)
    if search["store"] not in STORES:
        yield f"search.store: {search['store']!r} is not allowed; allowed: {', '.join(STORES)}"
    if search["store"] == "residual" and not config["data"]["needles_added_after_cutting"]:
        yield f"search.store: residual: {SUBTRACTED}"
    if search["step"] > search["largest"]:
        yield f"search.step: {search['step']} is above search.largest, {search['largest']}"
    for name, own in config["experiments"].items():
        if name not in untrained:
            if own.get("statistic"):
                yield f"experiments.{name}.statistic: this is for kind: search alone"
        elif trained := [key for key in own if key not in OF_A_SEARCH]:
            yield (
                f"experiments.{name}: {', '.join(trained)}: kind: search trains nothing, so that settings of "
                f"training change nothing; its own are those of search. Allowed: {', '.join(OF_A_SEARCH)}"
            )
    named = [("leave_one_kind_out", name) for name in config["leave_one_kind_out"]]
    for key, name in [*named, ("ablations.base", config["ablations"]["base"])]:
        if name in untrained:
            yield f"{key}: {name} is of kind: search, which trains nothing; name one of kind: model"


def _completeness_mistakes(config: Settings) -> Iterator[str]:
    count, share = config["completeness"]["count"], config["completeness"]["blank"]
    if count and config["folds"]["method"] != "grouped":
        yield (
            "completeness.count: it needs folds.method: grouped, which tells which models never learnt a "
            "background; 0 switches it off"
        )
    if count and round(count * share) in (0, count):
        yield (
            f"completeness.blank: of {count} cadences, {share} leaves none with a needle, or none without, "
            "and those without set the threshold"
        )


def _distribution_mistakes(key: str, value: Any) -> Iterator[str]:
    """A line for each distribution at or below `key` whose range is impossible."""
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
        case ["mixture", _, *parts]:
            for part in parts:
                yield from _distribution_mistakes(key, part)

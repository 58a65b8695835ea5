"""The checked config in, the runs that it describes and the complete settings of each out.

A run is one stage of one experiment: `pretrain`, or a round of folds `round0`, `round1`, ...
"""

from collections.abc import Iterable
from copy import deepcopy

from abacad.cadences.known_stores import MADE_FROM
from abacad.config.schema import Settings, with_defaults
from abacad.needles.kinds import KNOWN_KINDS

# Training settings that are not passed to a training, because they change nothing in it.
BESIDE_TRAINING = ("pretrain", "note", "public_score", "kind", "statistic")

# Settings that needles injected on the fly share with those of the rule inject_needles.
ON_THE_FLY = ("blank", "off_panels", "snr", "drift_rate", "partial", "needles")


def bundle_folder(config: Settings) -> str:
    """Where the bundle is that observations are searched by."""
    return config["bundle"] or f"{results_folder(config)}/bundle"


def results_folder(config: Settings) -> str:
    """The folder of this run's results."""
    name = config["run"]["name"]
    return f"results/{name}" if name else "results"


def searches(config: Settings) -> list[str]:
    """The experiments that use the de-Doppler search, which is not trained."""
    return [name for name, own in config["experiments"].items() if own.get("kind") == "search"]


def trainings(config: Settings) -> list[tuple[str, Settings]]:
    """Every mapping of training settings in the config, with its key. The config must be complete."""
    found = [("defaults", config["defaults"])]
    found += [(f"experiments.{name}", own) for name, own in config["experiments"].items()]
    found.append(("pseudo_labels.settings", config["pseudo_labels"]["settings"]))
    for name, switch in config["ablations"]["switches"].items():
        found.append((f"ablations.switches.{name}.settings", switch["settings"]))
    inner = [(f"{key}.pretrain", own["pretrain"]) for key, own in found if own.get("pretrain")]
    return found + inner


def left_out_runs(config: Settings) -> dict[str, tuple[str, str]]:
    """The experiments that are repeated without a kind of needle: (experiment, kind) by name."""
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
    return with_defaults(schema["$defs"]["training"], settings)


def run_settings(config: Settings, schema: Settings, experiment: str, stage: str) -> Settings:
    """The complete settings of one run: everything that a training or a search needs to know."""
    if experiment in searches(config):
        statistic = config["experiments"][experiment].get("statistic")
        own = {"kind": "search", "search": deepcopy(config["search"]), "statistic": statistic}
        return own | {"experiment": experiment, "stage": stage}
    settings = experiment_settings(config, schema, experiment)
    if stage == "pretrain":
        none_of_train = {"old_positives": [], "injected_kinds": [], "injected_on_the_fly": None}
        none_of_train["dann"] = None
        own = {"validate_every": None} | settings["pretrain"] | none_of_train
        settings = merged(settings, own)
    elif stage != "round0":
        settings = merged(settings, config["pseudo_labels"]["settings"])
    settings = with_defaults(schema["$defs"]["training"], settings)
    settings = {key: value for key, value in settings.items() if key not in BESIDE_TRAINING}
    inject = None
    if made := settings["injected_on_the_fly"]:
        inject = {key: config["inject"][key] for key in ON_THE_FLY}
        inject["snr"] = made.pop("snr") or inject["snr"]
        inject["highest"] = config["preprocess"]["clip"][1]
    named = {"experiment": experiment, "stage": stage}
    return settings | named | {"inject": inject, "shape": config["data"]["shape"]}


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
    """The stores that a run's channels are made of, or that it searches."""
    return sorted(sides_of(settings))


def sides_of(settings: Settings) -> dict[str, set[str]]:
    """The panels that a run reads of each store: on, off, all, or several of these. Of a mask, none."""
    if "search" in settings:
        return {settings["search"]["store"]: {"all"}}
    sides: dict[str, set[str]] = {}
    for store, side in (channel.split(".") for channel in settings["channels"]):
        sides.setdefault(store, set()).update({side} - {"mask"})
    return sides


def panels_to_store(runs: Iterable[Settings], searched: str) -> dict[str, str]:
    """Which panels each store has to hold for these runs, and for the search of one store: on, off or all.

    A store that is made from another one needs the same panels of that. A store that nobody reads is missing.
    """
    sides = {searched: {"all"}}
    for run in runs:
        for store, own in sides_of(run).items():
            sides.setdefault(store, set()).update(own)
    for store, source in MADE_FROM.items():
        if store in sides:
            sides.setdefault(source, set()).update(sides[store])
    return {store: own.pop() if len(own) == 1 else "all" for store, own in sides.items()}

"""A path as people write it in, the path that rules and jobs can use out, or why they cannot."""

import os
import re
from pathlib import Path

from abacad.config.runs import trainings
from abacad.config.schema import Settings

# The data.root that means the simulated sky, which a run makes for itself.
SIMULATED = "results/simulated/raw"

# In every path of a rule, Snakemake would read these as a wildcard or as one of its own variables.
NOT_IN_A_PATH = re.compile(r"[{}<>\x00-\x1f]")


def normalized_path(text: str) -> str:
    """The path without a trailing slash, doubled slashes or ./, with ~ and $VARIABLES expanded.

    ValueError: a variable that is not set, or a character that no path of a rule can have.
    """
    path = os.path.expanduser(os.path.expandvars(text.strip()))
    if unset := re.search(r"\$\{?(\w+)\}?", path):
        raise ValueError(f"the variable {unset[1]} in it is not set")
    if not path:
        raise ValueError("it is empty")
    check_characters(path)
    return str(Path(path))


def check_characters(path: str | Path) -> None:
    """ValueError: the path has a character that no path of a rule can have."""
    if odd := NOT_IN_A_PATH.search(str(path)):
        raise ValueError(
            f"{odd[0]!r} cannot stand in a path, as in {path}: Snakemake has a meaning of its own for "
            "it; name a link to the folder or file instead (ln -s)"
        )


def is_simulated(root: str, results: str) -> bool:
    """Whether the raw folder `root` is the place of the simulated sky, however it is written.

    `results`: the run's folder of results, which has a place of its own.
    """
    places = {os.path.realpath(place) for place in (SIMULATED, f"{results}/simulated/raw")}
    return os.path.realpath(root) in places


def normalize_paths(config: Settings) -> list[str]:
    """Normalise every path of the config in place. Returns a line for each that cannot be used."""
    mistakes = []
    paths = [("data.root", config["data"], "root")]
    paths += [
        (key, holder, name)
        for key, holder, name in (
            ("observations", config, "observations"),
            ("bundle", config, "bundle"),
            ("observe.excluded", config["observe"], "excluded"),
        )
        if holder[name] is not None
    ]
    paths += [
        (f"{key}.pretrained", own, "pretrained")
        for key, own in trainings(config)
        if isinstance(own.get("pretrained"), str)
    ]
    for key, holder, name in paths:
        try:
            holder[name] = normalized_path(holder[name])
        except ValueError as error:
            mistakes.append(f"{key}: {holder[name]!r}: {error}")
    return mistakes

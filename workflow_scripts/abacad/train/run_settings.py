"""The flat JSON of a run's settings in, its `Run` out, and back."""

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

import msgspec

from abacad.settings import Run
from abacad.tables.files import read_json
from abacad.tables.nested import dotted

BLOCKS = {block.name: block.type for block in fields(Run) if is_dataclass(block.type)}


def read_run(path: str | Path) -> Run:
    """The run whose settings resolve_run.py wrote. ValueError: see `run_of`; it names the file too."""
    try:
        return run_of(read_json(path))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def run_of(settings: Mapping[str, Any]) -> Run:
    """The run with these settings. ValueError: a key is unknown, missing or of a wrong type; the
    message names it."""
    grouped = dict(settings)
    for name, block in BLOCKS.items():
        keys = [key.name for key in fields(block)]
        grouped[name] = {key: grouped.pop(key) for key in keys if key in grouped}
    try:
        run = msgspec.convert(grouped, Run)
    except msgspec.ValidationError as error:
        raise ValueError(f"settings of a run: {error}") from error
    if unknown := sorted(dotted(settings).keys() - dotted(flat_settings(run)).keys()):
        raise ValueError(f"settings of a run: unknown key {', '.join(unknown)}")
    return run


def flat_settings(run: Run) -> dict[str, Any]:
    """The settings of a run by the keys of the JSON that `run_of` takes."""
    settings = asdict(run)
    for name in BLOCKS:
        settings |= settings.pop(name)
    return settings

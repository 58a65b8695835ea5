"""The path of a bundle in, what it is out: the parts of a trained ensemble in one folder.

Nothing in the folder can be executed: weights are safetensors, tables Parquet, everything else is JSON or
text.

    bundle.json          what it is: members, settings, preprocessing, versions; see `Bundle`
    members/<name>/fold<k>.safetensors
    calibration.parquet  target, fold and each member's probability of every training row, out of fold
    curves.parquet       of an ensemble that is stacked: how much each rank of its members says
    MODEL_CARD.md        the same for people: data, recipe, scores, limits, licence
    SHA256SUMS           of all other files, for `sha256sum --check SHA256SUMS`
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abacad.bundle.folder import DESCRIPTION, BadBundle, check_folder, packed_files

CALIBRATION, CURVES, CARD = "calibration.parquet", "curves.parquet", "MODEL_CARD.md"


@dataclass(frozen=True)
class Member:
    """An experiment of the ensemble.

    settings  complete, as of resolve_run.py; those of a search have the key search
    weights   of each fold's model, below the bundle's folder; a search has none
    choices   what a search was chosen by in each fold; a model has none
    """

    name: str
    settings: Mapping[str, Any]
    weights: Sequence[str] = ()
    choices: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Bundle:
    """What scores new sky.

    cadences    pointings, time_bins, frequency_bins, time_bin (s), frequency_bin (Hz) of what it has seen
    preprocess  the settings that its stores were made with
    search      the settings of its de-Doppler search
    ensemble    method, power, weights by member
    data        what it has learnt from: name and root of the run, simulated (bool), rows, needles
    versions    of the packages that it was trained with
    """

    name: str
    members: Sequence[Member]
    cadences: Mapping[str, Any]
    preprocess: Mapping[str, Any]
    search: Mapping[str, Any]
    ensemble: Mapping[str, Any]
    data: Mapping[str, Any]
    versions: Mapping[str, str]

    @property
    def stores(self) -> list[str]:
        """Every store that a member sees or searches."""
        channels = (one for member in self.members for one in member.settings.get("channels", ()))
        return sorted({self.search["store"], *(channel.split(".")[0] for channel in channels)})


def weights_path(member: str, fold: int) -> str:
    """Where the weights of a model are in the folder."""
    return f"members/{member}/fold{fold}.safetensors"


def read_bundle(folder: str | Path) -> Bundle:
    """Check every file, and read what the bundle is. BadBundle: a file is missing, damaged or not its own."""
    folder = Path(folder)
    described = check_folder(folder)
    try:
        described["members"] = tuple(Member(**member) for member in described["members"])
        bundle = Bundle(**described)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadBundle(f"{folder}: not as a bundle is written: {error}") from error
    packed = packed_files(folder)
    for path in (path for member in bundle.members for path in member.weights):
        if path not in packed:
            raise BadBundle(f"{folder / DESCRIPTION}: weights {path!r} are not in the bundle")
    return bundle

"""The parts of a trained ensemble in, a folder with all of them out; see `abacad.bundle.contents`."""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from abacad.bundle.calibration import Calibration, write_calibration
from abacad.bundle.contents import CARD, Bundle, weights_path
from abacad.bundle.folder import DESCRIPTION, FORMAT, write_checksums
from abacad.tables.files import whole_file, write_json


def write_bundle(
    folder: str | Path,
    bundle: Bundle,
    weights: Mapping[str, Sequence[str | Path]],
    calibration: Calibration,
    card: str,
) -> None:
    """Write the folder, whole or not at all. What was there before is replaced.

    weights  the files of each member, in the order of the folds, to be copied
    """
    folder = Path(folder)
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    try:
        for name, paths in weights.items():
            for fold, path in enumerate(paths):
                copy = temporary / weights_path(name, fold)
                copy.parent.mkdir(parents=True, exist_ok=True)
                with whole_file(copy) as file:
                    shutil.copyfile(path, file)
        write_json(temporary / DESCRIPTION, {"format": FORMAT} | asdict(bundle))
        write_calibration(temporary, calibration)
        (temporary / CARD).write_text(card)
        write_checksums(temporary)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)

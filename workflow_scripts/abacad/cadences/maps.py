"""A table of Grad-CAM maps in, the map of each cadence out."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from abacad.cadences.layout import MAP_SHAPE
from abacad.tables.files import read_table
from abacad.tables.ids import some


def read_maps(path: str | Path, ids: Sequence[str]) -> dict[str, np.ndarray]:
    """Grad-CAM by id, (panel=6, time=39, frequency=64) from 0 to 1 each, float32.

    The table has the columns collection, id and map, float16 values in that order. ValueError: it lacks one
    of `ids`, or a map is of another size, or beyond 0..1.
    """
    table = read_table(path, ["id", "map"])
    maps = {}
    for cadence_id, values in zip(table["id"].to_pylist(), table["map"], strict=True):
        values = np.array(values.values, np.float32)
        if values.size != np.prod(MAP_SHAPE) or not ((values >= 0) & (values <= 1)).all():
            sizes = " x ".join(map(str, MAP_SHAPE))
            raise ValueError(
                f"{path}: the map of {cadence_id} must have {sizes} values from 0 to 1"
            )
        maps[cadence_id] = values.reshape(MAP_SHAPE)
    if missing := [one for one in ids if one not in maps]:
        raise ValueError(f"{path}: no map of {some(missing)}")
    return maps

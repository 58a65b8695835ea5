"""Maps of Grad-CAM are read whole, or refused."""

import numpy as np
import pyarrow as pa
import pytest

from abacad.cadences.layout import MAP_SHAPE
from abacad.cadences.maps import read_maps
from abacad.tables.files import write_table


def write_maps(path, ids: list[str], maps: list[np.ndarray]) -> None:
    flat = [one.astype(np.float16).ravel() for one in maps]
    size = len(flat[0])
    values = pa.FixedSizeListArray.from_arrays(pa.array(np.concatenate(flat), pa.float16()), size)
    collection = pa.array(["test"] * len(ids), pa.string())
    write_table(path, pa.table({"collection": collection, "id": ids, "map": values}))


def test_maps_are_read_as_panel_time_frequency(tmp_path):
    one = np.arange(np.prod(MAP_SHAPE)).reshape(MAP_SHAPE) / np.prod(MAP_SHAPE)
    write_maps(tmp_path / "cam.parquet", ["a", "b"], [one, one[::-1]])
    maps = read_maps(tmp_path / "cam.parquet", ["a", "b"])
    assert maps["b"] == pytest.approx(one[::-1], abs=1e-3)


@pytest.mark.parametrize(
    ("ids", "shape", "value", "said"),
    [
        (["a"], MAP_SHAPE, 0.5, r"no map of 1 rows \(b\)"),
        (["a", "b"], (6, 39, 32), 0.5, "the map of a must have 6 x 39 x 64 values from 0 to 1"),
        (["a", "b"], MAP_SHAPE, 2, "the map of a must have"),
        (["a", "b"], MAP_SHAPE, np.nan, "the map of a must have"),
    ],
)
def test_maps_that_cannot_be_shown_are_refused(tmp_path, ids, shape, value, said):
    write_maps(tmp_path / "cam.parquet", ids, [np.full(shape, value)] * len(ids))
    with pytest.raises(ValueError, match=f"cam.parquet: {said}"):
        read_maps(tmp_path / "cam.parquet", ["a", "b"])

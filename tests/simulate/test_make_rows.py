"""Rows for the comparison with another project's split: what is added to a background, and where."""

import numpy as np
import pytest
from make_rows import make
from plan_rows import Row

from abacad.cadences.cadence import read_cadence
from abacad.cadences.layout import COMPETITION, OFF_PANELS, ON_PANELS, PANELS

SETTINGS = {
    "snr": 400,
    "drift_rate": 0,
    "partial": {"fewer_panels": 0, "shorter": 0},
    "needles": {
        "straight": {"width": 1},
        "squiggle": {"width": 1, "jitter": 0.2},
        "dashed": {"width": 1, "period": 30, "duty": 0.5},
        "dot": {"width": 2, "centre": 0.5, "duration": 30},
        "s_shape": {"width": 1, "period": 2, "amplitude": 8},
    },
}


@pytest.fixture
def paths(tmp_path):
    background = np.random.default_rng(0).standard_normal(COMPETITION.of_cadence).astype(np.float16)
    np.save(tmp_path / "b.npy", background)
    return {"b": str(tmp_path / "b.npy")}


@pytest.mark.parametrize(
    ("needle", "interference", "bright"),
    [
        (False, False, ()),
        (False, True, range(PANELS)),
        (True, False, ON_PANELS),
        (True, True, range(PANELS)),
    ],
)
def test_needles_are_in_on_panels_and_interference_in_all(
    paths, tmp_path, needle, interference, bright
):
    row = make(SETTINGS, paths, tmp_path, 1, Row("0", "b", needle, interference))
    made = read_cadence(row["path"]).astype(float)
    correlation = [
        np.corrcoef(panel.ravel(), other.ravel())[0, 1]
        for panel, other in zip(made, read_cadence(paths["b"]).astype(float), strict=True)
    ]
    assert [panel for panel in range(PANELS) if correlation[panel] < 0.999] == [*bright]
    assert made.mean((1, 2)) == pytest.approx(0, abs=1e-3)
    assert row == {
        "id": "0",
        "ok": True,
        "target": needle,
        "background_id": "b",
        "path": row["path"],
    }
    if needle and interference:  # ON panels hold both
        assert max(correlation[p] for p in ON_PANELS) < min(correlation[p] for p in OFF_PANELS)


def test_rows_of_one_background_differ_by_their_id(paths, tmp_path):
    one, other = (make(SETTINGS, paths, tmp_path, 1, Row(i, "b", True, False)) for i in "01")
    assert (read_cadence(one["path"]) != read_cadence(other["path"])).any()
    again = make(SETTINGS, paths, tmp_path, 1, Row("0", "b", True, False))
    assert (read_cadence(one["path"]) == read_cadence(again["path"])).all()

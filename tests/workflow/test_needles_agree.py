"""The promise that training injects the needles of the simulator: setigen's, to the precision of float32."""

import json
import shutil
from pathlib import Path

import pytest

from abacad.needles.kinds import KINDS
from workflow_copy import Workflow

SETTINGS = {
    "seeds": [0, 1, 2, 3],
    "snr": ["uniform", 30, 90],
    "drift_rate": ["uniform", -157, 157],
    "partial": {"fewer_panels": 0.3, "shorter": 0.5, "time_bins": ["uniform", 90, 150]},
    "needles": {
        "straight": {"width": ["uniform", 1, 2]},
        "squiggle": {"width": ["uniform", 1, 2], "jitter": ["uniform", 0.2, 1]},
        "dashed": {"width": 1, "period": ["log_uniform", 10, 150], "duty": ["uniform", 0.2, 0.6]},
        "dot": {"width": ["uniform", 1, 4], "centre": ["uniform", 0, 1], "duration": 8},
        "s_shape": {"width": 1, "period": ["uniform", 1, 6], "amplitude": ["uniform", 4, 32]},
    },
}


@pytest.fixture(scope="module")
def differences(tmp_path_factory) -> dict[str, dict[str, float]]:
    """By kind, how far training's needles are from setigen's, through both environments."""
    workflow = Workflow(tmp_path_factory.mktemp("needles"))
    for name in ("needles.smk", "setigen_needles.py", "compare_needles.py"):
        shutil.copy(Path(__file__).with_name(name), workflow.folder)
    (workflow.folder / "settings.json").write_text(json.dumps(SETTINGS))
    workflow.run_well("--snakefile", "needles.smk")
    return json.loads((workflow.folder / "differences.json").read_text())


@pytest.mark.parametrize("kind", KINDS)
def test_of_the_same_path_brightness_and_width_the_same_is_seen(differences, kind):
    assert differences[kind]["rendered"] < 1e-4  # of the peak


@pytest.mark.parametrize("kind", KINDS)
def test_of_the_same_seed_a_needle_drifts_wanders_and_shines_alike(differences, kind):
    assert differences[kind]["drawn"] < 1e-3  # bins
    assert differences[kind]["other_seed"] > 1


@pytest.mark.parametrize("kind", ["straight", "squiggle", "s_shape"])
def test_of_the_same_seed_a_needle_is_in_the_same_place(differences, kind):
    """But for pulses, for which setigen draws what it has no use for."""
    assert differences[kind]["placed"] < 1e-3  # bins

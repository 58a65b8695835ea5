"""Cadences that somebody has cut already are snippets as they are, each by its name."""

from pathlib import Path

import numpy as np
import pytest

from abacad.cadences.layout import COMPETITION
from abacad.cadences.shard import Shard
from abacad.observe.listing import BadObservation
from abacad.observe.observations import ready_cadences
from abacad.observe.snippets import cut_again, cut_share

NAMES = ("c", "a", "b")


@pytest.fixture
def cadences(tmp_path: Path) -> dict[str, np.ndarray]:
    """Raw files, by their path. One holds a value that is none."""
    made = {}
    for number, name in enumerate(NAMES):
        panels = np.random.default_rng(number).normal(100 * number, 1 + number, (6, 273, 256))
        if name == "b":
            panels[2, 5, 7] = np.nan
        path = tmp_path / f"{name}.npy"
        made[str(path)] = panels.astype("<f2")
        np.save(path, made[str(path)])
    return made


def ready(cadences):
    return ready_cadences("night", dict.fromkeys(cadences), COMPETITION)


def test_each_share_has_its_own_and_all_together_have_all(cadences):
    shares = [
        [one.id for one in cut_share(ready(cadences), 128, Shard("raw", "observed", index, 2))]
        for index in range(2)
    ]
    assert sorted(shares[0] + shares[1]) == ["a", "b", "c"] and all(shares)


def test_panels_are_brought_to_one_scale_and_what_is_bad_says_why(cadences):
    found = {one.id: one for one in cut_share(ready(cadences), 1, Shard("raw", "observed", 0, 1))}
    for path, panels in cadences.items():
        snippet = found[Path(path).stem]
        if snippet.id == "b":
            assert snippet.panels is None and "NaN or infinity in 1" in snippet.why
            continue
        panels = panels.astype(np.float32)
        expected = (panels - panels.mean((1, 2), keepdims=True)) / panels.std((1, 2), keepdims=True)
        np.testing.assert_allclose(snippet.panels, expected, atol=5e-3)
        assert snippet.lowest == pytest.approx(0.00286102294921875 / 2) and snippet.why == ""


def test_they_are_read_again_by_name(cadences):
    assert [one.id for one in cut_again(ready(cadences), 128, {"c", "a"})] == ["a", "c"]


def test_a_file_that_has_gone_is_named(cadences):
    observation = ready(cadences)
    path = next(iter(cadences))
    Path(path).unlink()
    with pytest.raises(BadObservation, match="c.npy: missing file"):
        [*cut_share(observation, 128, Shard("raw", "observed", 0, 1))]

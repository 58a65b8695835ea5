"""Values are from the distribution that the config names."""

import numpy as np
import pytest

from abacad.needles.distributions import draw


def test_values_are_drawn_from_the_distribution_that_is_named():
    rng = np.random.default_rng(0)
    many = {
        name: np.array([draw([name, *pair], rng) for _ in range(2000)])
        for name, pair in {"uniform": [2, 8], "log_uniform": [2, 8], "normal": [5, 2]}.items()
    }
    for name in ("uniform", "log_uniform"):
        assert many[name].min() >= 2 and many[name].max() <= 8
    assert np.median(many["uniform"]) == pytest.approx(5, abs=0.3)
    assert np.median(many["log_uniform"]) == pytest.approx(4, abs=0.3)
    assert many["normal"].std() == pytest.approx(2, abs=0.2)
    assert draw(3, rng) == 3
    mixed = np.array([draw(["mixture", 0.8, 3, ["uniform", 8, 9]], rng) for _ in range(2000)])
    assert np.mean(mixed == 3) == pytest.approx(0.8, abs=0.05)
    assert mixed[mixed != 3].min() >= 8


def test_an_unknown_distribution_is_named():
    with pytest.raises(ValueError, match=r"'gamma'.* must be a number, \[uniform"):
        draw(["gamma", 1, 2], np.random.default_rng(0))

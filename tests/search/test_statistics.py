"""Statistics see what ON panels show alone, on skies where much else is bright."""

import numpy as np
import pytest
import torch

from abacad.cadences.layout import COMPETITION, PANELS
from abacad.search.names import STATISTICS
from abacad.search.planes import planes
from abacad.search.settings import Search
from abacad.search.statistics import best_through, in_order, statistics
from conftest import line, of_snr

_, TIME_BINS, FREQUENCY_BINS = COMPETITION.of_cadence

QUIET = range(6)  # seeds of noise


@pytest.fixture(scope="module")
def highest(noise, searched) -> dict[str, float]:
    """The most of each statistic in noise alone."""
    found = [searched(noise(seed))[0] for seed in QUIET]
    return {name: max(one[name] for one in found) for name in STATISTICS}


def standing_carrier(random: np.random.Generator) -> np.ndarray:
    """In each panel of another strength, as 0.3 to 1.7, and brightest where it would be a needle."""
    return 4 * line(0, random.uniform(40, 216), (1.7, 0.4, 1.5, 0.6, 1.2, 0.5))


def drifting_carrier(random: np.random.Generator) -> np.ndarray:
    return 6 * line(random.uniform(5, 30), random.uniform(80, 176), (1.0, 0.5, 1.4, 0.8, 1.2, 1.1))


def jittering_carrier(random: np.random.Generator) -> np.ndarray:
    wander = 3 * random.uniform(-0.5, 0.5, PANELS * TIME_BINS)
    return 8 * line(0, 128, (1.0, 0.5, 1.4, 0.8, 1.2, 1.1), wander=wander)


def burst(random: np.random.Generator) -> np.ndarray:
    """Over a part of the band, in a few time bins of one ON panel."""
    panels = np.zeros(COMPETITION.of_cadence)
    panels[2, 100:108, 60:110] = 15 * np.hanning(50)
    return panels


def ripple(random: np.random.Generator) -> np.ndarray:
    """Of the band, the same in all panels, and some in each of its own."""
    bins = np.arange(FREQUENCY_BINS)
    shared = 5 * np.sin(2 * np.pi * bins / 40) + 2 * np.sin(2 * np.pi * bins / 14)
    own = np.stack([0.5 * np.sin(2 * np.pi * (bins / 25 + panel / 6)) for panel in range(PANELS)])
    return np.broadcast_to(shared + own[:, None], COMPETITION.of_cadence)


def gain(random: np.random.Generator) -> np.ndarray:
    """It wanders, and takes the level of all bins with it."""
    wander = np.cumsum(random.standard_normal((PANELS, TIME_BINS)), axis=1)
    return np.broadcast_to(wander[..., None], COMPETITION.of_cadence)


HARD = (standing_carrier, drifting_carrier, jittering_carrier, burst, ripple, gain)


@pytest.mark.parametrize("sky", HARD)
def test_what_is_no_needle_is_not_taken_for_one(noise, searched, highest, sky):
    random = np.random.default_rng(1)
    for seed in range(2):
        found, _ = searched(noise(seed) + sky(random))
        for name in ("least", "second", "winding", "winding_in_two", "dots", "evidence"):
            assert found[name] < highest[name] + 1, name


@pytest.mark.parametrize("sky", HARD)
@pytest.mark.parametrize("drift_rate", [0, 60])
def test_a_needle_is_seen_on_skies_that_hurt(noise, searched, highest, sky, drift_rate):
    random = np.random.default_rng(2)
    needle = of_snr(line(drift_rate, 225 if drift_rate == 0 else 200), 60)
    found, _ = searched(noise(3) + sky(random) + needle)
    for name in ("least", "second", "winding_in_two", "evidence"):
        assert found[name] > highest[name] + 3, name


def test_time_bins_that_are_blank_are_no_signal_and_hide_none(noise, searched, highest):
    panels = noise(4) + ripple(np.random.default_rng(3))
    for panel in range(PANELS):
        panels[panel, 20 * panel : 20 * panel + 5] = -3.0
    found, _ = searched(panels)
    assert all(found[name] < highest[name] + 1 for name in STATISTICS)
    panels += of_snr(line(4, 77), 60)
    found, hits = searched(panels)
    assert found["least"] > highest["least"] + 10
    assert hits[0].drift_rate == pytest.approx(4, abs=3.3)


def test_without_off_panels_what_is_bright_in_them_would_be_a_needle(noise, searched):
    """The same line is one in ON panels alone, and none where OFF panels show a quarter of it."""
    seen, _ = searched(noise(5) + of_snr(line(10, 100), 60))
    hidden, _ = searched(noise(5) + of_snr(line(10, 100, (1, 0.25, 1, 0.25, 1, 0.25)), 60))
    for name in ("least", "second", "winding", "winding_in_two", "evidence"):
        assert hidden[name] < seen[name] / 2, name


def test_a_needle_in_two_panels_is_seen_by_the_second_least(noise, searched, highest):
    found, _ = searched(noise(6) + of_snr(line(-20, 120, (1, 0, 0, 0, 1, 0)), 60))
    assert found["second"] > highest["second"] + 10
    assert found["winding_in_two"] > highest["winding_in_two"] + 10
    assert found["least"] < highest["least"] + 1


def test_a_pulse_in_each_panel_is_seen_by_its_own_statistic(noise, searched, highest):
    pulses = np.zeros(COMPETITION.of_cadence)
    pulses[:, 130:145] = line(30, 128)[:, 130:145]
    found, _ = searched(noise(7) + of_snr(pulses, 45))
    margins = {name: found[name] - highest[name] for name in ("pulses", "least", "winding")}
    assert margins["pulses"] > 5 and max(margins, key=margins.get) == "pulses"


def dots(panels: tuple[float, ...], drift_rate: float = 30) -> np.ndarray:
    """Of six time bins at one height of each panel, times the factor of each."""
    short = np.zeros(COMPETITION.of_cadence)
    short[:, 92:98] = line(drift_rate, 128, panels, width=2)[:, 92:98]
    return short


@pytest.mark.parametrize("drift_rate", [-60, 0, 30])
def test_a_dot_in_each_panel_is_seen_by_its_own_statistic(noise, searched, highest, drift_rate):
    found, _ = searched(noise(7) + of_snr(dots((1, 0, 1, 0, 1, 0), drift_rate), 25))
    margins = {name: found[name] - highest[name] for name in STATISTICS if name != "evidence"}
    assert margins["dots"] > 2 and max(margins, key=margins.get) == "dots"


@pytest.mark.parametrize(
    "panels", [(1, 0, 1, 0, 0, 0), (1, 1, 1, 0, 1, 0), (1, 0.6, 1, 0.6, 1, 0.6)]
)
def test_a_dot_that_an_on_panel_lacks_or_an_off_panel_has_is_none(noise, searched, highest, panels):
    found, _ = searched(noise(7) + 6 * dots(panels))
    assert found["dots"] < highest["dots"] + 0.5


def test_a_needle_in_another_part_of_each_panel_is_seen_by_its_brightest_parts(
    noise, searched, highest
):
    short = np.zeros(COMPETITION.of_cadence)
    for panel, start in ((0, 10), (2, 180), (4, 100)):
        short[panel, start : start + 40] = line(30, 128)[panel, start : start + 40]
    found, _ = searched(noise(8) + of_snr(short, 45))
    assert found["short"] - highest["short"] > 3
    assert found["short"] - highest["short"] > found["pulses"] - highest["pulses"]


def test_a_line_that_winds_is_seen_by_the_paths_that_may(noise, searched, highest):
    random = np.random.default_rng(4)
    walk = np.cumsum(random.normal(0, 0.5, PANELS * TIME_BINS))
    found, _ = searched(noise(9) + of_snr(line(0, 128 - walk.mean(), wander=walk), 100))
    margins = {name: found[name] - highest[name] for name in ("winding", "least")}
    assert margins["winding"] > 10 > 2 * margins["least"]


def test_mirrored_frequencies_have_the_same_statistics(noise, searched):
    """But for the level of each spectrum, which is that of every fourth bin."""
    panels = noise(10) + of_snr(line(25, 90), 40)
    found, _ = searched(panels)
    mirrored, _ = searched(panels[..., ::-1].copy())
    for name in ("least", "second", "winding", "winding_in_two"):
        assert mirrored[name] == pytest.approx(found[name], rel=0.1), name


def test_statistics_do_not_change_with_the_scale_of_panels(noise, searched):
    panels = noise(11) + of_snr(line(25, 90), 40)
    found, _ = searched(panels)
    factors = np.array([1, 4, 0.5, 2, 1, 8])[:, None, None]  # which float16 rounds alike
    scaled, _ = searched(panels * factors)
    for name in STATISTICS:
        assert scaled[name] == pytest.approx(found[name], rel=1e-3), name


def test_a_panel_without_any_noise_is_dark(noise):
    panels = torch.from_numpy(noise(12)[np.newaxis])
    panels[0, 2] = 0
    search = Search()
    found = statistics(planes(panels, search), search.drifts)
    assert all(torch.isfinite(values).all() for values in found.values())
    assert found["least"].item() <= 0


def test_the_best_path_is_the_best_of_all():
    random = np.random.default_rng(5)
    pieces = torch.from_numpy(random.standard_normal((1, 1, 4, 12)))
    every = {}
    for first in range(12):
        paths = [(first,)]
        for _ in range(3):
            paths = [(*p, to) for p in paths for to in range(12) if abs(to - p[-1]) <= 2]
        for path in paths:
            total = sum(float(pieces[0, 0, step, place]) for step, place in enumerate(path))
            for place in path:
                every[place] = max(every.get(place, -np.inf), total)
    found = best_through(pieces, step=2)[0, 0] * pieces.shape[2] ** 0.5
    assert found.tolist() == pytest.approx([every[place] for place in range(12)])


def test_three_are_put_in_order():
    three = torch.from_numpy(np.random.default_rng(6).standard_normal((3, 50)))
    assert torch.equal(torch.stack(in_order(three)), three.sort(0).values)

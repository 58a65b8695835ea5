"""Hits are where the needles are, as strong as a matched filter finds them, and each but once."""

import numpy as np
import pytest

from abacad.cadences.layout import COMPETITION, OFF_PANELS, ON_PANELS, PanelShape
from abacad.search.hits import Hit, merged, path_of
from abacad.search.settings import Search
from conftest import EVERYWHERE, line, of_snr

STEP = float(np.diff(Search().drifts.rates)[0])


@pytest.mark.parametrize(
    ("drift_rate", "frequency"), [(0, 100.5), (0, 30.2), (3.1, 200), (-40, 128.7), (150, 120.4)]
)
def test_a_needle_is_the_first_hit_at_its_place_with_the_snr_of_a_matched_filter(
    noise, searched, drift_rate, frequency
):
    needle = of_snr(line(drift_rate, frequency), 70)
    _, (hit, *others) = searched(noise() + needle)
    assert hit.drift_rate == pytest.approx(drift_rate, abs=STEP)
    assert hit.frequency / COMPETITION.frequency_bin == pytest.approx(frequency, abs=1)
    assert 0.7 * 70 < hit.snr < 1.12 * 70  # the spread of 256 sums is known to 6 %
    on, off = hit.panel_snr[list(ON_PANELS)], hit.panel_snr[list(OFF_PANELS)]
    assert hit.snr == pytest.approx(on.sum() / np.sqrt(3), rel=1e-5)
    assert on.min() > 0.6 * hit.snr / np.sqrt(3) and np.abs(off).max() < 4
    assert not others


SHAPES = (
    PanelShape(16, 256, 18.253611008, 2.7939677),  # the high-resolution product
    PanelShape(39, 64, 7.5, 900),
    PanelShape(100, 192, 2.5, 1000),
    PanelShape(300, 512),
)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("bins_a_panel", [0, -2.5, 4])
def test_in_panels_of_another_shape_too(noise, searched, shape, bins_a_panel):
    search = Search(
        largest=8 * shape.unit_drift, step=shape.unit_drift / 3, widths=[1, 2], shape=shape
    )
    middle, drift_rate = shape.frequency_bins / 2 + 0.5, bins_a_panel * shape.unit_drift
    needle = of_snr(line(drift_rate, middle, shape=shape), 70)
    statistics, (hit, *_) = searched(noise(5, shape) + needle, search)
    assert hit.drift_rate == pytest.approx(drift_rate, abs=search.step)
    assert hit.frequency / shape.frequency_bin == pytest.approx(middle, abs=1)
    assert 0.6 * 70 < hit.snr < 1.15 * 70
    alone, hits = searched(noise(5, shape), search)
    assert not hits
    assert all(statistics[name] > 1.5 * alone[name] for name in ("least", "second", "evidence"))


def test_the_snr_of_a_hit_grows_with_that_of_the_needle(noise, searched):
    needle = line(20, 90.3)
    snrs = [searched(noise(1) + of_snr(needle, snr))[1][0].snr for snr in (30, 60, 90)]
    assert snrs[1] / snrs[0] == pytest.approx(2, rel=0.1)
    assert snrs[2] / snrs[0] == pytest.approx(3, rel=0.1)


def test_a_wide_needle_is_found_by_a_wide_boxcar_and_is_fainter_in_one_bin(noise, searched):
    panels = noise(2) + of_snr(line(80, 128.5, width=2.5), 60)
    _, (hit, *_) = searched(panels)
    _, (narrow, *_) = searched(panels, Search(widths=[1]))
    assert hit.width == 2 and narrow.width == 1
    assert hit.snr > 1.15 * narrow.snr
    assert hit.frequency / COMPETITION.frequency_bin == pytest.approx(128.5, abs=1)


def test_noise_has_no_hits(noise, searched):
    assert [searched(noise(seed))[1] for seed in range(3)] == [[]] * 3


def test_two_needles_are_two_hits_though_their_paths_cross(noise, searched):
    panels = noise(3) + of_snr(line(50, 128), 80) + of_snr(line(-50, 128), 60)
    _, hits = searched(panels)
    assert [round(hit.drift_rate / 50) for hit in hits] == [1, -1]


def test_a_bright_carrier_is_few_hits_and_hides_no_needle_beside_it(noise, searched):
    panels = noise(4) + 8 * line(5, 60, EVERYWHERE) + of_snr(line(-30, 160), 60)
    _, hits = searched(panels)
    assert len(hits) <= 3
    assert any(abs(hit.drift_rate + 30) <= STEP for hit in hits)


def test_only_the_strongest_hits_above_the_threshold_are_kept(noise, searched):
    panels = noise(5)
    for number, snr in enumerate((20, 30, 40, 50)):
        panels = panels + of_snr(line(0, 40.5 + 50 * number), snr)
    _, hits = searched(panels)
    assert [round(hit.frequency / COMPETITION.frequency_bin) for hit in hits] == [190, 140, 90, 40]
    assert [hit.snr for hit in hits] == sorted((hit.snr for hit in hits), reverse=True)
    _, few = searched(panels, Search(hits=2))
    assert [hit.frequency for hit in few] == [hit.frequency for hit in hits[:2]]
    _, strong = searched(panels, Search(threshold=hits[1].snr - 0.1))
    assert len(strong) == 2


def hit(frequency: float, drift_rate: float, *panel_snr: float) -> Hit:
    snr = sum(panel_snr[panel] for panel in ON_PANELS) / 3**0.5
    return Hit(frequency * COMPETITION.frequency_bin, drift_rate, snr, np.array(panel_snr), 1)


def test_what_a_stronger_path_has_where_the_two_meet_is_not_the_weaker_ones_own():
    strong = hit(100, 0, 90, 0, 90, 0, 90, 0)
    beside = hit(101, 0, 40, 0, 40, 0, 40, 0)
    across = hit(100, 30, 0, 0, 50, 0, 0, 0)  # meets it in panel 2 alone
    own = hit(100, -30, 30, 0, 50, 0, 30, 0)  # meets it there too, but has more elsewhere
    apart = hit(150, 0, 20, 0, 20, 0, 20, 0)
    assert merged([apart, own, across, beside, strong], COMPETITION) == [strong, own, apart]


def test_a_path_is_where_the_hit_is_amid_the_cadence():
    path = path_of(hit(100, 9.7594, *[0] * 6), COMPETITION)  # a bin a panel
    assert path.shape == (6, 273)
    assert path[2, -1] == pytest.approx(100, abs=0.01) and path[3, 0] == pytest.approx(
        100, abs=0.01
    )
    assert path[5, 0] - path[0, 0] == pytest.approx(5, abs=0.01)

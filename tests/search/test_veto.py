"""A line is like a needle by what the ON panels show and the OFF panels do not."""

from abacad.search.veto import contrast

CARRIER = [30.0, 29.0, 31.0, 30.0, 30.0, 29.0]


def test_contrast_is_the_snr_of_an_on_panel_where_off_panels_are_dark():
    assert contrast([9, 0.5, 8, -0.5, 7, 1]) == 8
    assert contrast([5, -9, 6, -9, 7, -9]) == 6


def test_what_off_panels_show_counts_against_a_line():
    carrier_of_changing_strength = [40, 10, 100, 0, 30, 0]
    assert contrast(CARRIER) < contrast(carrier_of_changing_strength) < 30

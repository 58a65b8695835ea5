"""The truth of the benchmark of turboSETI tells where a needle is."""

import numpy as np
from make_cadences import whereabouts


def test_the_middle_of_the_light_of_each_panel_is_told_and_dark_panels_have_none():
    signal = np.zeros((6, 273, 256))
    time = np.arange(100, 201)
    signal[2, time, 40 + (time - 100) // 10] = 3
    told = whereabouts(signal)
    assert np.isclose(told["needle_time"][2], 150)
    assert np.isclose(told["needle_frequency"][2], (40 + (time - 100) // 10).mean())
    for name in told:
        assert [middle is None for middle in told[name]] == [True, True, False, True, True, True]

"""Sums over bins, and what is around them, are the direct ones."""

import numpy as np
import pytest
import torch

from abacad.search.smoothing import above_surroundings, boxcar, highest_within


def test_boxcars_sum_the_bins_from_one_on_and_keep_the_deviation_of_noise(noise):
    values = torch.from_numpy(noise(5)[0])
    assert torch.equal(boxcar(values, 1), values)
    summed = boxcar(values, 4)
    torch.testing.assert_close(summed[:, 7], values[:, 7:11].sum(-1) / 2)
    torch.testing.assert_close(summed[:, 252], values[:, 252:].sum(-1) / 2)
    assert not summed[:, 253:].any()


@pytest.mark.parametrize("axis", [-1, -2])
@pytest.mark.parametrize("reach", [0, 1, 2, 5])
def test_the_highest_nearby_is_the_direct_one(noise, axis, reach):
    values = noise(7)[0, :30]
    wider = np.pad(np.moveaxis(values, axis, -1), ((0, 0), (reach,) * 2), constant_values=-np.inf)
    direct = np.lib.stride_tricks.sliding_window_view(wider, 2 * reach + 1, axis=-1).max(-1)
    found = highest_within(torch.from_numpy(values), reach, axis).numpy()
    np.testing.assert_array_equal(np.moveaxis(found, axis, -1), direct)


def test_surroundings_are_the_median_of_eight_and_hold_neither_a_line_nor_one_beside_it(noise):
    values = noise(8)[0, :4]
    found = above_surroundings(torch.from_numpy(values), 1)[:, 50].numpy()
    around = [50 + side * offset for offset in (3, 4, 6, 8) for side in (-1, 1)]
    np.testing.assert_allclose(found, values[:, 50] - np.median(values[:, around], axis=1))
    lines = torch.full((1, 256), 2.0)
    lines[:, 100], lines[:, 106] = 12, 9
    assert above_surroundings(lines, 1)[0, [100, 106]].tolist() == [10, 7]

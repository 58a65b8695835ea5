"""Means and medians of the bins about each are the direct ones."""

import numpy as np
import pytest
import torch

from abacad.images.running import running_mean, running_median


@pytest.mark.parametrize(("smooth", "of"), [(running_mean, np.mean), (running_median, np.median)])
def test_what_runs_is_the_direct_one_with_edges_repeated(smooth, of):
    values = np.random.default_rng(6).standard_normal((3, 2, 40))
    wider = np.pad(values, ((0, 0), (0, 0), (3, 3)), mode="edge")
    direct = of(np.lib.stride_tricks.sliding_window_view(wider, 7, axis=-1), axis=-1)
    np.testing.assert_allclose(smooth(torch.from_numpy(values), 7).numpy(), direct, atol=1e-10)

"""Rows without labels get that of the class they resemble, and become more certain of it."""

import math

import numpy as np
import pytest
import torch

from abacad.model.shot import centroid_labels, information_maximization


def test_sure_predictions_of_the_right_share_cost_nothing_and_others_what_the_formula_says():
    sure = torch.tensor([50.0, -50.0, -50.0, -50.0])
    assert information_maximization(sure, 0.25).item() == pytest.approx(0, abs=1e-5)
    divergence = 0.25 * math.log(0.25 / 0.1) + 0.75 * math.log(0.75 / 0.9)
    assert information_maximization(sure, 0.1).item() == pytest.approx(divergence, rel=1e-4)
    unsure = torch.zeros(4)
    assert information_maximization(unsure, 0.5).item() == pytest.approx(math.log(2))


def test_labels_are_those_of_the_nearer_centroid_even_where_the_model_is_wrong():
    random = np.random.default_rng(0)
    truth = np.arange(200) < 40
    features = random.normal(0, 0.2, (200, 16)) + 3 * truth[:, None] * np.eye(16)[0] + np.eye(16)[1]
    probabilities = np.where(truth, 0.6, 0.2) + random.normal(0, 0.1, 200)
    probabilities[:8], probabilities[40:60] = 0.1, 0.7  # wrong
    labels = centroid_labels(features, probabilities.clip(0, 1))
    assert set(labels) == {0, 1} and labels.dtype == np.float32
    assert ((labels == 1) == truth).mean() > 0.93
    assert ((labels == 1) == truth)[:8].mean() > 0.7


def test_the_length_of_a_feature_does_not_matter():
    random = np.random.default_rng(1)
    features, probabilities = random.normal(size=(50, 8)), random.random(50)
    lengths = random.uniform(0.1, 10, (50, 1))
    expected = centroid_labels(features, probabilities)
    np.testing.assert_array_equal(centroid_labels(lengths * features, probabilities), expected)

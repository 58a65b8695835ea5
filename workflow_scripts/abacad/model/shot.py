"""Adaptation to cadences without labels: a detector's predictions in, labels and a loss out.

It is source-free: no training cadence is needed. The head stays fixed, so the features of test learn to
look like those for which the head was trained.

Source: Liang et al. 2020, Do We Really Need to Access the Source Data? Source Hypothesis Transfer
(SHOT), arXiv:2002.08546; used by the competition's fifth place. Its diversity term assumes classes of
equal size; here the prior says how many needles there are.
"""

import numpy as np
import torch
from torch.nn import functional

REFINEMENTS = 1  # of the centroids, by the labels that they have given


def information_maximization(logits: torch.Tensor, prior: float) -> torch.Tensor:
    """The mean entropy of the predictions, which is low if each is certain, plus the distance of their
    mean from the prior.

    `logits`: (batch,); `prior`: share of needles, above 0 and below 1. The distance is the
    Kullback-Leibler divergence. With a prior of 0.5, the loss is that of the source, except for a
    constant.
    """
    probabilities = logits.float().sigmoid()
    entropy = functional.binary_cross_entropy_with_logits(logits.float(), probabilities)
    mean = probabilities.mean().clamp(1e-6, 1 - 1e-6)
    divergence = mean * (mean / prior).log() + (1 - mean) * ((1 - mean) / (1 - prior)).log()
    return entropy + divergence


def centroid_labels(features: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """A label, 0 or 1, for each row from the nearer class centroid, (row,), float32.

    features       (row, feature)
    probabilities  (row,), of a needle. The first centroids are the means of the features, weighted by
                   these; the second are the means of the rows that the first ones attracted. Distances
                   are between directions.
    """
    features = features / np.linalg.norm(features, axis=1, keepdims=True).clip(1e-12)
    weights = np.stack([1 - probabilities, probabilities])  # (class, row)
    for _ in range(1 + REFINEMENTS):
        centroids = weights @ features
        centroids /= np.linalg.norm(centroids, axis=1, keepdims=True).clip(1e-12)
        labels = (features @ centroids.T).argmax(axis=1)
        weights = np.stack([labels == 0, labels == 1]).astype(np.float32)
    return labels.astype(np.float32)

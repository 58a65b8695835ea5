"""Adaptation to cadences without labels: what a detector says of them in, labels and a loss out.

Source-free: no training cadence is needed. The head stays as it is, so that the features of test learn
to look like those that it was made for.

Source: Liang et al. 2020, Do We Really Need to Access the Source Data? Source Hypothesis Transfer
(SHOT), arXiv:2002.08546; used by the competition's fifth place. Its diversity term wants classes of
equal size; here the prior says how many needles there are.
"""

import numpy as np
import torch
from torch.nn import functional

REFINEMENTS = 1  # of the centroids, by the labels that they gave


def information_maximization(logits: torch.Tensor, prior: float) -> torch.Tensor:
    """Mean entropy of the predictions, low where each is sure, plus how far their mean is from the prior.

    `logits`: (batch,); `prior`: share of needles, above 0 and below 1. The second part is the
    Kullback-Leibler divergence; with a prior of 0.5 the loss is the source's, but for a constant.
    """
    probabilities = logits.float().sigmoid()
    entropy = functional.binary_cross_entropy_with_logits(logits.float(), probabilities)
    mean = probabilities.mean().clamp(1e-6, 1 - 1e-6)
    divergence = mean * (mean / prior).log() + (1 - mean) * ((1 - mean) / (1 - prior)).log()
    return entropy + divergence


def centroid_labels(features: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """A label, 0 or 1, for each row by the nearer class centroid, (row,), float32.

    features       (row, feature)
    probabilities  (row,), of a needle: the centroids are the means of the features that these weigh,
                   then once more those of the rows that they took. Distances are of directions.
    """
    features = features / np.linalg.norm(features, axis=1, keepdims=True).clip(1e-12)
    weights = np.stack([1 - probabilities, probabilities])  # (class, row)
    for _ in range(1 + REFINEMENTS):
        centroids = weights @ features
        centroids /= np.linalg.norm(centroids, axis=1, keepdims=True).clip(1e-12)
        labels = (features @ centroids.T).argmax(axis=1)
        weights = np.stack([labels == 0, labels == 1]).astype(np.float32)
    return labels.astype(np.float32)

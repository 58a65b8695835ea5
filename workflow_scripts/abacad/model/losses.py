"""Logits and labels in, the loss to minimise out.

Logits and labels are (batch,), labels 0..1, soft ones too; each loss is a scalar, float32.
"""

import torch
from torch.nn import functional

from abacad.settings import Loss


def loss_of(logits: torch.Tensor, labels: torch.Tensor, loss: Loss) -> torch.Tensor:
    """The loss that `loss` names, with labels smoothed as it says.

    `label_smoothing` s: 0 becomes s / 2 and 1 becomes 1 - s / 2. Source: Szegedy et al. 2016,
    arXiv:1512.00567.
    """
    labels = labels * (1 - loss.label_smoothing) + loss.label_smoothing / 2
    return LOSSES[loss.name](logits.float(), labels, **vars(getattr(loss, loss.name)))


def bce(logits: torch.Tensor, labels: torch.Tensor, positive_weight: float) -> torch.Tensor:
    """Binary cross-entropy. A row with a needle counts `positive_weight` times as much as one without."""
    weight = torch.full((), positive_weight, device=logits.device)
    return functional.binary_cross_entropy_with_logits(logits, labels, pos_weight=weight)


def focal(logits: torch.Tensor, labels: torch.Tensor, alpha: float, gamma: float) -> torch.Tensor:
    """Cross-entropy times |label - probability| ** gamma, so that rows that are already clear count less.

    A row with a needle counts `alpha` times as much as one without. The distance from the label
    replaces the usual 1 - probability of the class; for hard labels they are equal.

    Source: Lin et al. 2017, arXiv:1708.02002, whose weights a and 1 - a are in the ratio `alpha`; for
    soft labels Li et al. 2020, arXiv:2006.04388.
    """
    weight = torch.full((), alpha, device=logits.device)
    entropy = functional.binary_cross_entropy_with_logits(
        logits, labels, pos_weight=weight, reduction="none"
    )
    return ((labels - logits.sigmoid()).abs() ** gamma * entropy).mean()


def auc_margin(logits: torch.Tensor, labels: torch.Tensor, margin: float) -> torch.Tensor:
    """The mean over pairs of a needle and none of max(0, margin - (difference of logits)) ** 2.

    The AUC counts the pairs in the wrong order; this is a bound of it that can be minimised. A row with
    a soft label p counts as a needle with weight p and as none with weight 1 - p. Without any pair the
    loss is 0.

    Source: Gao and Zhou 2015, On the Consistency of AUC Pairwise Optimization, with the squared hinge;
    the margin is that of Yuan et al. 2021, arXiv:2012.03173.
    """
    gap = margin - (logits[:, None] - logits[None, :])  # (needle, none)
    weight = (labels[:, None] * (1 - labels[None, :])).fill_diagonal_(0)  # no row with itself
    return (weight * gap.clamp(min=0) ** 2).sum() / weight.sum().clamp(min=1e-6)


def arcface(
    logits: torch.Tensor, labels: torch.Tensor, scale: float, margin: float
) -> torch.Tensor:
    """Cross-entropy of the logits of `abacad.model.layers.ArcFaceHead`, which uses both options."""
    return functional.binary_cross_entropy_with_logits(logits, labels)


LOSSES = {"bce": bce, "focal": focal, "auc_margin": auc_margin, "arcface": arcface}

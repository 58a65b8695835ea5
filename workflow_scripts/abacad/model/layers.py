"""Layers that timm lacks: feature maps or images in, vectors or maps out."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional


class AsinhStretch(nn.Module):
    """Compress bright values, of any shape: linear below `softening`, which is in units of the input, and
    logarithmic above.

    In the drift view, a steady carrier can be 40 times as bright as a faint needle. Uncompressed, it sets the
    scale of the first batch normalisation. Masks, which are at most 1, stay nearly as they are.

    Source: Lupton, Gunn and Szalay 1999, AJ 118, 1406; also astropy's AsinhStretch.
    """

    def __init__(self, softening: float):
        super().__init__()
        self.softening = softening

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.softening * torch.asinh(images / self.softening)


class GeM(nn.Module):
    """Generalised mean: (batch, feature, height, width) -> (batch, feature).

    `exponent`: 1 is the mean, infinity the maximum. `learnt`: whether the exponent is a parameter of
    the model or stays fixed. Negative activations count as 0.

    Source: Radenovic et al. 2018, Fine-tuning CNN Image Retrieval with No Human Annotation,
    arXiv:1711.02512.
    """

    def __init__(self, exponent: float = 3.0, learnt: bool = True):
        super().__init__()
        self.exponent = nn.Parameter(torch.tensor(float(exponent)), requires_grad=learnt)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        powers = features.clamp(min=1e-6).pow(self.exponent)
        return powers.mean((2, 3)).pow(1 / self.exponent)


class MultiSampleDropout(nn.Module):
    """The mean of a layer's outputs over `samples` draws of dropout; in evaluation, its output without
    dropout.

    Source: Inoue 2019, Multi-Sample Dropout for Accelerated Training and Better Generalization,
    arXiv:1905.09788; here logits are averaged, not losses.
    """

    def __init__(self, rate: float, samples: int):
        super().__init__()
        self.dropout, self.samples = nn.Dropout(rate), samples

    def forward(self, vectors: torch.Tensor, layer: Callable[..., torch.Tensor]) -> torch.Tensor:
        draws = self.samples if self.training else 1
        return torch.stack([layer(self.dropout(vectors)) for _ in range(draws)]).mean(0)


class LinearHead(nn.Module):
    """A linear layer: features (batch, feature) to one logit each, (batch,)."""

    def __init__(self, features: int):
        super().__init__()
        self.linear = nn.Linear(features, 1)

    def forward(self, features: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        return self.linear(features).squeeze(1)


class ArcFaceHead(nn.Module):
    """Features (batch, feature) to one logit each, (batch,), by their angles to two class vectors.

    The logit is `scale` times the difference of the cosines to "needle" and to "none". Its binary
    cross-entropy is ArcFace's softmax over two classes. If labels (0 or 1) are given, the angle to a
    row's own class is increased by `margin` radians, so that the classes learn to lie apart.

    Source: Deng et al. 2019, ArcFace, arXiv:1801.07698.
    """

    def __init__(self, features: int, scale: float, margin: float):
        super().__init__()
        self.classes = nn.Parameter(torch.empty(2, features))  # none, needle
        nn.init.xavier_uniform_(self.classes)
        self.scale, self.margin = scale, margin

    def forward(self, features: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        directions = functional.normalize(features.float())
        cosines = directions @ functional.normalize(self.classes).T  # (batch, class)
        if labels is not None:
            own = functional.one_hot(labels.long(), 2).bool()
            angles = cosines.clamp(-1 + 1e-6, 1 - 1e-6).acos()
            cosines = torch.where(own, (angles + self.margin).clamp(max=torch.pi).cos(), cosines)
        return self.scale * (cosines[:, 1] - cosines[:, 0])


class TripletAttention(nn.Module):
    """A map with weights from each pair of its three axes, averaged; it keeps its shape.

    (batch, feature, height, width), any number of features. Along one axis the map is reduced to its
    maximum and mean; a 7 x 7 convolution over the other two gives the weights.

    Source: Misra et al. 2021, Rotate to Attend: Convolutional Triplet Attention Module,
    arXiv:2010.03045; used by the competition's third place.
    """

    def __init__(self):
        super().__init__()
        self.gates = nn.ModuleList(
            nn.Sequential(nn.Conv2d(2, 1, 7, padding=3, bias=False), nn.BatchNorm2d(1))
            for _ in range(3)
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        weighted = []
        for axis, gate in enumerate(self.gates, start=1):  # feature, height, width
            turned = features.transpose(1, axis)
            pooled = torch.stack([turned.amax(1), turned.mean(1)], dim=1)
            weighted.append((turned * gate(pooled).sigmoid()).transpose(1, axis))
        return torch.stack(weighted).mean(0)


class HighResolutionFront(nn.Sequential):
    """Whole panels in, fewer rows with more channels out: (batch, channel, time, frequency) -> (batch,
    32, time / 12, frequency).

    A convolution of 27 x 1 bins with stride 12 x 1 sums a needle's energy along time and keeps every
    frequency bin. Three of 3 x 3 follow. It needs a backbone with 32 input channels and stem stride 1.

    Source: 安部政俊, 「宇宙人コンペ振り返り」.
    """

    CHANNELS = (12, 18, 24, 32)

    def __init__(self, channels: int):
        sizes = zip((channels, *self.CHANNELS), self.CHANNELS, strict=False)
        layers = []
        for number, (before, after) in enumerate(sizes):
            shape = {"kernel_size": 3, "padding": 1}
            if number == 0:
                shape = {"kernel_size": (27, 1), "stride": (12, 1), "padding": (13, 0)}
            layers += [nn.Conv2d(before, after, bias=False, **shape), nn.BatchNorm2d(after)]
            layers.append(nn.ReLU(inplace=True))
        super().__init__(*layers)

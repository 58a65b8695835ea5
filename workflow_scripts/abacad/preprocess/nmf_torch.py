"""Started cadences in, what their backgrounds leave of them out: many at a time, on a GPU or a CPU.

From the same start, the factors are those of nimfa, but for rounding. In float32, the products with the
spectra are computed in bfloat16 where the device has instructions for that. They take most of the time.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch

from abacad.preprocess.in_parts import InParts
from abacad.preprocess.nmf_parts import (
    SMALLEST,
    Residual,
    Started,
    fitted,
    flattened,
    started,
)

AT_ONCE = {"cpu": 8, "cuda": 32}  # cadences; on a CPU, more of them leave its cache


def denoise_in_parts(
    basis: str,
    rank: int,
    iterations: int,
    seeding: str,
    clip: tuple[float, float],
    device: torch.device,
) -> InParts:
    """What `nmf.denoise` does with one cadence, in parts. Only the one between computes on `device`."""
    return InParts(
        partial(started, basis=basis, rank=rank, seeding=seeding),
        partial(residuals, basis=basis, iterations=iterations, device=device),
        AT_ONCE[device.type],
        partial(flattened, clip=clip),
    )


def residuals(
    cadences: Sequence[Started], basis: str, iterations: int, device: torch.device
) -> list[Residual]:
    """Each cadence without the background that its basis spectra explain, see `nmf.denoise`."""
    panels, weights, basis_spectra = (
        torch.from_numpy(np.stack(arrays)).to(device) for arrays in zip(*cadences, strict=True)
    )
    blank = panels[..., :1].isnan()
    filled = panels.masked_fill(blank, 0)
    groups = (fitted(filled, basis), weights, basis_spectra)  # each (cadence, group, ...)
    weights, basis_spectra = factorize(*(part.flatten(0, 1) for part in groups), iterations)
    if basis == "off":  # the one group of OFF panels explains all six
        weights = project(filled.flatten(1, 2), basis_spectra, iterations)
    left = panels - (weights @ basis_spectra).reshape(panels.shape)
    live = ~blank[..., 0]
    return [*map(Residual, left.cpu().numpy(), live.cpu().numpy())]


def factorize(
    spectra: torch.Tensor, weights: torch.Tensor, basis: torch.Tensor, iterations: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """The factors after updates of the basis and of the weights, in turn, as `nmf_numpy.factorize` has them.

    spectra  (matrix, time, frequency), non-negative; 0 in blank time bins, which have no influence
    weights  (matrix, time, rank), the start; 0 in blank time bins
    basis    (matrix, rank, frequency), the start

    A product in bfloat16 errs by a share of what it adds up. So the spectra are split into their mean over
    time, how much higher the level of each one is, and the rest. Only the rest, which is small, is multiplied
    in bfloat16. It holds no ripple that stays, and no burst over the whole band.
    """
    rest, left, right = _split(spectra)
    weights = weights.mT.clamp(min=SMALLEST).contiguous()  # (matrix, rank, time)
    basis = basis.clone()
    for _ in range(iterations):
        attraction = (weights.to(rest.dtype) @ rest).to(weights.dtype)
        _update(basis, attraction.baddbmm_(weights @ left, right), weights)
        attraction = (basis.to(rest.dtype) @ rest.mT).to(basis.dtype)
        _update(weights, attraction.baddbmm_(basis @ right.mT, left.mT), basis)
    return weights.mT, basis


def _split(spectra: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The rest, a left and a right matrix; the spectra are the rest plus left times right.

    They are (matrix, time, frequency), in the precision of the products with it, (matrix, time, 2), and
    (matrix, 2, frequency). The first two are 0 where a spectrum is 0.
    """
    levels = spectra.mean(2, keepdim=True)
    live = (levels > 0).to(spectra.dtype)
    mean = spectra.sum(1, keepdim=True) / live.sum(1, keepdim=True)
    left = torch.cat((levels - mean.mean(2, keepdim=True), torch.ones_like(live)), 2) * live
    right = torch.cat((torch.ones_like(mean), mean), 1)
    rest = torch.baddbmm(spectra, left, right, alpha=-1)
    return rest.to(_precision(spectra)), left, right


def _precision(spectra: torch.Tensor) -> torch.dtype:
    """The precision of products with the spectra: bfloat16, if they are float32 and their device has it."""
    if spectra.is_cuda:
        has_bfloat16 = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        has_bfloat16 = torch.cpu.get_capabilities().get("avx512_bf16", False)
    return torch.bfloat16 if has_bfloat16 and spectra.dtype == torch.float32 else spectra.dtype


def _update(factor: torch.Tensor, attraction: torch.Tensor, other: torch.Tensor) -> None:
    """Lee and Seung's update of one factor, in place, which uses up `attraction`: (matrix, rank, bin) all."""
    overlap = other @ other.mT
    factor.mul_(attraction.div_(overlap @ factor)).clamp_(min=SMALLEST)


def project(spectra: torch.Tensor, basis: torch.Tensor, iterations: int) -> torch.Tensor:
    """Weights (matrix, time, rank), as `nmf_numpy.project` has them, of spectra (matrix, time, frequency)."""
    attraction = spectra @ basis.mT
    overlap = basis @ basis.mT
    weights = torch.ones_like(attraction)
    for _ in range(iterations):
        weights *= attraction / (weights @ overlap).clamp_(min=torch.finfo(weights.dtype).tiny)
    return weights

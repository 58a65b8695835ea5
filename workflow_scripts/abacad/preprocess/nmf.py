"""Raw panels in, panels without their low-rank background out: the same shape, float32.

Non-negative matrix factorisation (NMF) writes the spectra of a cadence, one for each time bin, as sums
of `rank` non-negative basis spectra: X (time, frequency) = W (time, rank) H (rank, frequency).
Bandpass, steady carriers and bursts fit into a few spectra; a drifting needle does not. If the basis is
fitted to the OFF panels, which hold no needle, it cannot learn one at any rank.

Source: Lee and Seung 2000, Algorithms for non-negative matrix factorization.
"""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
from threadpoolctl import ThreadpoolController

from abacad.preprocess.nmf_numpy import project
from abacad.preprocess.nmf_parts import Residual, fitted, flattened, live_spectra, scaled

# Spectra (time, frequency) and further settings in; weights (time, rank) and basis (rank, frequency) out.
Factorize = Callable[..., tuple[np.ndarray, np.ndarray]]


def denoise(
    panels: np.ndarray,
    basis: str,
    rank: int,
    iterations: int,
    seeding: str,
    clip: tuple[float, float],
    factorize: Factorize,
) -> np.ndarray:
    """Subtract the low-rank background of a cadence and clip to `clip` (lowest, highest).

    panels      (panel=6, time, frequency), float16 as read
    basis       fit the spectra to: off, the three OFF panels, stacked; panel, each panel by itself;
                cadence, all six, stacked
    rank        number of basis spectra
    iterations  multiplicative updates
    seeding     start of the factorisation: nndsvd, from singular vectors; random, from one fixed
                draw. Both give equal bytes for equal panels
    factorize   of `nmf_nimfa` or of `nmf_numpy`; `nmf_torch` takes many cadences at a time

    Returns panels that are flattened like the store "flattened", in standard deviations of the
    background, (panel=6, time, frequency), float32. ValueError: the factorisation failed.
    """
    panels = scaled(panels)
    # Workers have one BLAS thread. Without workers this process may have more, and sums would differ.
    with _blas().limit(limits=1):
        factors = partial(factorize, rank=rank, iterations=iterations, seeding=seeding)
        residual = panels - _background(panels, basis, factors, iterations)
    return flattened(Residual(residual, live_spectra(panels)), clip)


def _background(panels: np.ndarray, basis: str, factors: Factorize, iterations: int) -> np.ndarray:
    """The part of scaled `panels` (panel, time, frequency) that a few spectra explain; 0 in blank bins."""
    groups = fitted(panels, basis)
    background = np.zeros_like(groups)
    for own, spectra, live in zip(background, groups, live_spectra(groups), strict=True):
        weights, basis_spectra = factors(spectra[live])
        own[live] = weights @ basis_spectra
    if basis == "off":  # the one group of OFF panels explains all six
        live = live_spectra(panels)
        background = np.zeros_like(panels)
        background[live] = project(panels[live], basis_spectra, iterations) @ basis_spectra
    return background.reshape(panels.shape)


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()

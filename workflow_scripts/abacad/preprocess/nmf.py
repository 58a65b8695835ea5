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

from abacad.cadences.layout import OFF_PANELS
from abacad.preprocess.flatten import flat
from abacad.preprocess.normalize import WHOLE_PANEL, filled, live_zscore, robust_scale

BASES = ("off", "panel", "cadence")
SEEDINGS = ("nndsvd", "random")

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
    factorize   of `nmf_nimfa` or of `nmf_numpy`

    Returns panels that are flattened like the store "flattened", in standard deviations of the
    background, (panel=6, time, frequency), float32. ValueError: the factorisation failed.
    """
    if seeding not in SEEDINGS:
        raise ValueError(f"seeding {seeding!r}, must be one of {', '.join(SEEDINGS)}")
    panels = robust_scale(live_zscore(panels), WHOLE_PANEL)
    panels -= np.nanmin(panels)  # NMF takes no negative values, so the lowest becomes 0
    # Workers have one BLAS thread. Without workers this process may have more, and sums would differ.
    with _blas().limit(limits=1):
        factors = partial(factorize, rank=rank, iterations=iterations, seeding=seeding)
        residual = panels - _background(panels, basis, factors, iterations)
    if not np.isfinite(residual[_live(panels)]).all():
        raise ValueError("the factorisation did not stay finite")
    return filled(flat(residual), clip)


def _background(panels: np.ndarray, basis: str, factors: Factorize, iterations: int) -> np.ndarray:
    """The part of non-negative `panels` (panel, time, frequency) that a few spectra explain.

    Blank time bins, which are NaN, are ignored.
    """
    live, off = _live(panels), [*OFF_PANELS]
    background = np.zeros_like(panels)
    if basis == "off":
        _, basis_spectra = factors(panels[off][live[off]])
        background[live] = project(panels[live], basis_spectra, iterations) @ basis_spectra
    elif basis == "panel":
        for panel in range(len(panels)):
            spectra = panels[panel, live[panel]]
            background[panel, live[panel]] = np.matmul(*factors(spectra))
    elif basis == "cadence":
        background[live] = np.matmul(*factors(panels[live]))
    else:
        raise ValueError(f"basis {basis!r}, must be one of {', '.join(BASES)}")
    return background


def _live(panels: np.ndarray) -> np.ndarray:
    """Which spectra of (panel, time, frequency) are not blank, (panel, time)."""
    return ~np.isnan(panels[..., 0])


def project(spectra: np.ndarray, basis_spectra: np.ndarray, iterations: int) -> np.ndarray:
    """Non-negative weights W that bring W H near `spectra`, while the basis H stays fixed.

    `spectra`: (time, frequency), `basis_spectra`: (rank, frequency), both non-negative; returns (time,
    rank). This is the update of W by Lee and Seung 2000.
    """
    attraction = spectra @ basis_spectra.T
    overlap = basis_spectra @ basis_spectra.T
    weights = np.ones_like(attraction)
    for _ in range(iterations):
        weights *= attraction / np.maximum(weights @ overlap, np.finfo(weights.dtype).tiny)
    return weights


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()

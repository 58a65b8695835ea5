"""Raw panels in, panels without their low-rank background out: the same shape, float32.

Non-negative matrix factorisation (NMF) writes the spectra of a cadence, one for each time bin, as sums
of `rank` non-negative basis spectra: X (time, frequency) = W (time, rank) H (rank, frequency).
Bandpass, steady carriers and bursts fit into a few spectra; a drifting needle does not. If the basis is
fitted to the OFF panels, which hold no needle, it cannot learn one at any rank.

Source: Lee & Seung (2000), Algorithms for non-negative matrix factorization; nimfa (Zitnik &
Zupan 2012, JMLR 13, 849).
"""

import warnings
from functools import cache

import numpy as np
from threadpoolctl import ThreadpoolController

from abacad.cadences.layout import OFF_PANELS
from abacad.preprocess.flatten import flat
from abacad.preprocess.normalize import WHOLE_PANEL, filled, live_zscore, robust_scale

with (
    warnings.catch_warnings()
):  # nimfa's examples want Matplotlib, and its code is for an older Python
    warnings.simplefilter("ignore")
    import nimfa
    from nimfa.utils.utils import MFError

BASES = ("off", "panel", "cadence")
SEEDINGS = ("nndsvd", "random")


def denoise(
    panels: np.ndarray,
    basis: str,
    rank: int,
    iterations: int,
    seeding: str,
    clip: tuple[float, float],
) -> np.ndarray:
    """Subtract the low-rank background of a cadence and clip to `clip` (lowest, highest).

    panels      (panel=6, time, frequency), float16 as read
    basis       fit the spectra to: off, the three OFF panels, stacked; panel, each panel by itself;
                cadence, all six, stacked
    rank        number of basis spectra
    iterations  multiplicative updates
    seeding     start of the factorisation: nndsvd, from singular vectors; random, from one fixed
                draw. Both give equal bytes for equal panels

    Returns panels that are flattened like the store "flattened", in standard deviations of the
    background, (panel=6, time, frequency), float32. ValueError: the factorisation failed.
    """
    panels = robust_scale(live_zscore(panels), WHOLE_PANEL).astype(np.float64)
    panels -= np.nanmin(panels)  # NMF takes no negative values, so the lowest becomes 0
    # Workers have one BLAS thread. Without workers this process may have more, and sums would differ.
    with _blas().limit(limits=1):
        residual = panels - _background(panels, basis, rank, iterations, seeding)
    if not np.isfinite(residual[_live(panels)]).all():
        raise ValueError("the factorisation did not stay finite")
    return filled(flat(residual.astype(np.float32)), clip)


def _background(
    panels: np.ndarray, basis: str, rank: int, iterations: int, seeding: str
) -> np.ndarray:
    """The part of non-negative `panels` (panel, time, frequency) that `rank` spectra explain.

    Blank time bins, which are NaN, are ignored.
    """
    live, off = _live(panels), [*OFF_PANELS]
    background = np.zeros_like(panels)
    if basis == "off":
        _, basis_spectra = _factorize(panels[off][live[off]], rank, iterations, seeding)
        background[live] = project(panels[live], basis_spectra, iterations) @ basis_spectra
    elif basis == "panel":
        for panel in range(len(panels)):
            spectra = panels[panel, live[panel]]
            background[panel, live[panel]] = np.matmul(
                *_factorize(spectra, rank, iterations, seeding)
            )
    elif basis == "cadence":
        background[live] = np.matmul(*_factorize(panels[live], rank, iterations, seeding))
    else:
        raise ValueError(f"basis {basis!r}, must be one of {', '.join(BASES)}")
    return background


def _live(panels: np.ndarray) -> np.ndarray:
    """Which spectra of (panel, time, frequency) are not blank, (panel, time)."""
    return ~np.isnan(panels[..., 0])


def project(spectra: np.ndarray, basis_spectra: np.ndarray, iterations: int) -> np.ndarray:
    """Non-negative weights W that bring W H near `spectra`, while the basis H stays fixed.

    `spectra`: (time, frequency), `basis_spectra`: (rank, frequency), both non-negative; returns (time,
    rank). This is the update of W by Lee & Seung (2000); nimfa would update H too.
    """
    attraction = spectra @ basis_spectra.T
    overlap = basis_spectra @ basis_spectra.T
    weights = np.ones_like(attraction)
    for _ in range(iterations):
        weights *= attraction / np.maximum(weights @ overlap, np.finfo(float).tiny)
    return weights


def _factorize(
    spectra: np.ndarray, rank: int, iterations: int, seeding: str
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (time, rank) and basis spectra (rank, frequency) of non-negative (time, frequency)."""
    if seeding == "nndsvd":
        start = {"seed": "nndsvd"}
    elif seeding == "random":  # nimfa's own draw cannot be repeated
        random = np.random.default_rng(0)
        scale = 2 * np.sqrt(spectra.mean() / rank)  # so that W H starts at the mean of the spectra
        start = {
            "W": scale * random.random((len(spectra), rank)),
            "H": scale * random.random((rank, spectra.shape[1])),
        }
    else:
        raise ValueError(f"seeding {seeding!r}, must be one of {', '.join(SEEDINGS)}")
    try:
        # test_conv: otherwise nimfa measures the error at each iteration, which takes a fifth of its time
        fit = nimfa.Nmf(spectra, rank=rank, max_iter=iterations, test_conv=iterations, **start)()
    except (
        MFError,
        IndexError,
    ) as error:  # IndexError: nndsvd at a rank beyond the singular vectors
        raise ValueError(f"the factorisation failed: {error}") from error
    return np.asarray(fit.basis()), np.asarray(fit.coef())


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()

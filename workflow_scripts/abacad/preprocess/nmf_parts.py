"""What all backends of NMF share: scaled panels and the start of their factors, and in the end flat panels.

This needs neither PyTorch nor nimfa, so it runs in the worker processes of each backend.
"""

from typing import NamedTuple, TypeVar

import numpy as np
from scipy.linalg import eigh

from abacad.cadences.layout import OFF_PANELS
from abacad.preprocess.flatten import flat
from abacad.preprocess.normalize import WHOLE_PANEL, filled, live_zscore, robust_scale

BASES = ("off", "panel", "cadence")
SEEDINGS = ("nndsvd", "random")
SMALLEST = np.finfo(np.float64).eps  # of factors, as in nimfa: what is 0 could never change again

Array = TypeVar("Array")  # of NumPy or of PyTorch


class Started(NamedTuple):
    """A cadence whose factors have a start but no updates yet.

    panels   as of `scaled`
    weights  (group, spectrum, rank), for the groups of `fitted`; 0 where a spectrum is blank
    basis    (group, rank, frequency)
    """

    panels: np.ndarray
    weights: np.ndarray
    basis: np.ndarray


class Residual(NamedTuple):
    """What is left of scaled panels without their background, and which of the spectra are not blank.

    panels  (panel=6, time, frequency), NaN where blank
    live    (panel=6, time)
    """

    panels: np.ndarray
    live: np.ndarray


def scaled(panels: np.ndarray) -> np.ndarray:
    """Panels in spreads of their pixels, and the lowest value of all is 0: NMF takes no negative ones.

    `panels`: (panel, time, frequency), float16 as read; returned as float32, with NaN in the blank time
    bins. BadCadence: a panel is constant, blank or not finite.
    """
    panels = robust_scale(live_zscore(panels), WHOLE_PANEL)
    return panels - np.nanmin(panels)


def fitted(panels: Array, basis: str) -> Array:
    """The spectra to which basis spectra are fitted, in groups that have a basis each.

    panels  (..., panel=6, time, frequency)
    basis   off, the three OFF panels, stacked; panel, each panel by itself; cadence, all six, stacked

    Returns (..., group, spectrum, frequency). ValueError: there is no such basis.
    """
    if basis not in BASES:
        raise ValueError(f"basis {basis!r}, must be one of {', '.join(BASES)}")
    if basis == "panel":
        return panels
    if basis == "off":
        panels = panels[..., [*OFF_PANELS], :, :]
    return panels.reshape(*panels.shape[:-3], 1, -1, panels.shape[-1])


def live_spectra(panels: np.ndarray) -> np.ndarray:
    """Which spectra of (..., time, frequency) are not blank, (..., time)."""
    return ~np.isnan(panels[..., 0])


def flattened(residual: Residual, clip: tuple[float, float]) -> np.ndarray:
    """Flat panels like those of the store "flattened", and clipped to `clip` (lowest, highest).

    Returns (panel=6, time, frequency), float32, in standard deviations of the background. ValueError: the
    factorisation did not stay finite.
    """
    panels, live = residual
    if not np.isfinite(panels[live]).all():
        raise ValueError("the factorisation did not stay finite")
    return filled(flat(panels), clip)


def started(panels: np.ndarray, basis: str, rank: int, seeding: str) -> Started:
    """Scale a cadence as read, (panel=6, time, frequency), and start the factors of each group.

    ValueError: see `scaled` and `start`.
    """
    panels = scaled(panels)
    groups = fitted(panels, basis)
    weights = np.zeros((*groups.shape[:-1], rank), panels.dtype)
    bases = np.zeros((len(groups), rank, panels.shape[-1]), panels.dtype)
    for number, (spectra, live) in enumerate(zip(groups, live_spectra(groups), strict=True)):
        weights[number, live], bases[number] = start(spectra[live], rank, seeding)
    return Started(panels, weights, bases)


def start(spectra: np.ndarray, rank: int, seeding: str) -> tuple[np.ndarray, np.ndarray]:
    """Positive weights (time, rank) and basis spectra (rank, frequency), before any update.

    spectra  (time, frequency), non-negative
    rank     number of basis spectra
    seeding  nndsvd, from singular vectors; random, from one fixed draw

    Returns them in the precision of the spectra. ValueError: there is no such seeding, or the rank is larger
    than the matrix allows.
    """
    check_seeding(seeding)
    if rank > min(spectra.shape):
        raise ValueError(
            f"the factorisation failed: rank {rank}, but the spectra are {spectra.shape}"
        )
    factors = nndsvd_start(spectra, rank) if seeding == "nndsvd" else random_start(spectra, rank)
    weights, basis = (np.maximum(factor, SMALLEST).astype(spectra.dtype) for factor in factors)
    return weights, basis


def check_seeding(seeding: str) -> None:
    """ValueError: there is no such seeding."""
    if seeding not in SEEDINGS:
        raise ValueError(f"seeding {seeding!r}, must be one of {', '.join(SEEDINGS)}")


def random_start(spectra: np.ndarray, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """Factors of one fixed draw, float64. Their product has about the mean of the spectra."""
    random = np.random.default_rng(0)
    scale = 2 * np.sqrt(spectra.mean() / rank)
    return tuple(
        scale * random.random(shape) for shape in ((len(spectra), rank), (rank, spectra.shape[1]))
    )


def nndsvd_start(spectra: np.ndarray, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """Factors from the first singular vectors, of each its positive or its negative part.

    The vectors are those of the smaller of the products of the matrix with itself: with all of them, the
    singular value decomposition would take three times as long.

    Source: Boutsidis and Gallopoulos 2008, SVD based initialization: NNDSVD.
    """
    bins = spectra.shape[1]
    squares, right = eigh(_product_with_itself(spectra), subset_by_index=(bins - rank, bins - 1))
    right = right.T[::-1].astype(spectra.dtype)  # (rank, frequency), the largest value first
    sizes = np.sqrt(squares[::-1].clip(min=0))
    left = (spectra @ right.T).T / np.maximum(sizes, SMALLEST)[:, None]  # (rank, time)
    # Of the first pair, all of one side is 0.
    columns, rows = (np.stack((vectors, -vectors)).clip(min=0) for vectors in (left, right))
    column_norms, row_norms = (np.linalg.norm(parts, axis=2) for parts in (columns, rows))
    best = (column_norms * row_norms).argmax(axis=0), np.arange(rank)
    scale = np.sqrt(sizes * column_norms[best] * row_norms[best])
    weights = (scale / np.maximum(column_norms[best], SMALLEST))[:, None] * columns[best]
    basis = (scale / np.maximum(row_norms[best], SMALLEST))[:, None] * rows[best]
    return weights.T, basis


def _product_with_itself(spectra: np.ndarray) -> np.ndarray:
    """The transposed spectra times the spectra, (frequency, frequency), in float64.

    The mean spectrum makes the first singular value so large that in float32 its rounding hides the later
    ones. So what differs from the mean is multiplied apart from it, and the sums are in float64.
    """
    mean = spectra.mean(axis=0)
    rest = spectra - mean
    product = (rest.T @ rest).astype(np.float64)
    mean = mean.astype(np.float64)
    mixed = np.outer(mean, rest.sum(axis=0, dtype=np.float64) + len(spectra) / 2 * mean)
    return product + mixed + mixed.T

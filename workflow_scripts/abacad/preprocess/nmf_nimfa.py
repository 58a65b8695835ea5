"""Non-negative spectra in, their factors out, computed by nimfa in float64: the reference."""

import warnings

import numpy as np

from abacad.preprocess.nmf_parts import check_seeding, random_start

with (
    warnings.catch_warnings()
):  # nimfa's examples want Matplotlib, and its code is for an older Python
    warnings.simplefilter("ignore")
    import nimfa
    from nimfa.utils.utils import MFError


def factorize(
    spectra: np.ndarray, rank: int, iterations: int, seeding: str
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (time, rank) and basis spectra (rank, frequency), float64, as `nmf_numpy.factorize`.

    Source: nimfa (Zitnik and Zupan 2012, JMLR 13, 849). ValueError: the factorisation failed.
    """
    check_seeding(seeding)
    spectra = spectra.astype(np.float64)
    start = {"seed": "nndsvd"}
    if seeding == "random":  # nimfa's own draw cannot be repeated
        start = dict(zip("WH", random_start(spectra, rank), strict=True))
    try:
        # test_conv: otherwise nimfa measures the error at each iteration, which takes a fifth of its time
        fit = nimfa.Nmf(spectra, rank=rank, max_iter=iterations, test_conv=iterations, **start)()
    except (
        MFError,
        IndexError,
    ) as error:  # IndexError: nndsvd at a rank beyond the singular vectors
        raise ValueError(f"the factorisation failed: {error}") from error
    return np.asarray(fit.basis()), np.asarray(fit.coef())

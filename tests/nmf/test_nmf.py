"""Promises about the NMF: what it subtracts, what it leaves, and that it gives the same result each time."""

from functools import partial

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from abacad.preprocess import nmf_nimfa, nmf_numpy
from abacad.preprocess.nmf import denoise
from abacad.preprocess.nmf_numpy import project
from abacad.preprocess.normalize import normalize

SHAPE = (6, 90, 64)  # (panel, time, frequency)
ON_NEEDLE = np.zeros(SHAPE, bool)  # drifts through the ON panels, a bin every two time bins
for panel in (0, 2, 4):
    ON_NEEDLE[panel, np.arange(90), 8 + np.arange(90) // 2] = True

denoise_at_defaults = partial(
    denoise,
    basis="off",
    rank=10,
    iterations=30,
    seeding="nndsvd",
    clip=(-5, 20),
    factorize=nmf_nimfa.factorize,
)


def cadence(seed: int = 0, brightness: float = 3) -> np.ndarray:
    """Noise, two patterns of flickering carriers in all panels, a needle in the ON panels."""
    rng = np.random.default_rng(seed)
    panels = rng.normal(size=SHAPE)
    for _ in range(2):
        pattern = rng.uniform(size=SHAPE[2]) < 0.1
        panels += rng.exponential(4, size=(*SHAPE[:2], 1)) * pattern
    return (panels + brightness * ON_NEEDLE).astype(np.float16)


def contrast(panels: np.ndarray) -> float:
    """Needle over background, in the background's standard deviations, of the ON panels."""
    on = np.isin(np.arange(6), (0, 2, 4))[:, None, None]
    background = panels[on & ~ON_NEEDLE].astype(float)
    return (panels[ON_NEEDLE].mean() - background.mean()) / background.std()


def test_a_basis_of_the_off_panels_takes_carriers_that_whitening_alone_leaves_and_not_the_needle():
    cadences = [cadence(seed) for seed in range(5)]
    whitened = [normalize(panels, (-5, 20)) for panels in cadences]
    denoised = [denoise_at_defaults(panels) for panels in cadences]

    def bright_background(results: list[np.ndarray]) -> float:
        return np.mean([(panels[~ON_NEEDLE] > 4).mean() for panels in results])

    assert bright_background(denoised) < 0.5 * bright_background(whitened)
    assert np.mean([*map(contrast, denoised)]) > np.mean([*map(contrast, whitened)])


def test_a_brighter_needle_stays_brighter():
    bright, faint = denoise_at_defaults(cadence(brightness=8)), denoise_at_defaults(cadence())
    assert contrast(bright) > contrast(faint) > 1


def test_a_large_basis_of_each_panel_itself_eats_the_needle_and_one_of_the_off_panels_does_not():
    def kept(basis: str) -> float:
        small, large = (denoise_at_defaults(cadence(), basis=basis, rank=rank) for rank in (2, 40))
        return contrast(large) / contrast(small)

    assert kept("panel") < 0.75
    assert kept("off") > 0.9


def test_carriers_of_the_on_panels_alone_are_left_by_a_basis_of_the_off_panels_alone():
    rng = np.random.default_rng(0)
    flicker = rng.exponential(4, size=(6, 90, 1)) * np.array([1, 0, 1, 0, 1, 0])[:, None, None]
    carriers = flicker * (np.arange(64) % 16 == 3)
    panels = (rng.normal(size=SHAPE) + carriers).astype(np.float16)

    def left(basis: str) -> float:
        denoised = denoise_at_defaults(panels, basis=basis, rank=2)
        return np.corrcoef(denoised[::2, :, 3].ravel(), flicker[::2].ravel())[0, 1]

    assert left("off") > 0.9
    assert left("cadence") < 0.8


@pytest.mark.parametrize("basis", ["off", "panel", "cadence"])
@pytest.mark.parametrize("seeding", ["nndsvd", "random"])
@pytest.mark.parametrize("backend", [nmf_nimfa, nmf_numpy])
def test_equal_panels_give_equal_bytes_with_any_number_of_threads(basis, seeding, backend):
    panels = np.random.default_rng(0).normal(size=(6, 273, 256)).astype(np.float16)
    results = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            settings = {"basis": basis, "seeding": seeding, "iterations": 5}
            results.append(denoise_at_defaults(panels, factorize=backend.factorize, **settings))
    assert results[0].tobytes() == results[1].tobytes()


def test_negative_values_are_shifted_and_do_not_stop_the_factorisation():
    panels = cadence()
    assert panels.min() < 0
    assert np.isfinite(denoise_at_defaults(panels)).all()


def test_how_a_panel_was_scaled_and_shifted_does_not_matter():
    panels = cadence().astype(np.float64)
    scaled = panels * np.array([1, 2, 3, 4, 5, 6])[:, None, None] + 7
    np.testing.assert_allclose(denoise_at_defaults(panels), denoise_at_defaults(scaled), atol=0.01)


def test_values_are_clipped_to_the_range_given():
    denoised = denoise_at_defaults(cadence(brightness=50), clip=(-1, 3))
    assert (denoised.min(), denoised.max()) == (-1, 3)


SKIES = {
    "carriers": cadence(),
    "dropped packets": cadence() * (np.arange(90)[:, None] % 30 > 4),
    "bright bursts": cadence() + 100 * (np.arange(90)[:, None] % 40 == 7),
    "two levels": cadence() + 30 * (np.arange(64) > 30),
    "large numbers": 300 + cadence(),
}


@pytest.mark.parametrize("seeding", ["nndsvd", "random"])
@pytest.mark.parametrize("sky", SKIES)
@pytest.mark.parametrize(("dtype", "error"), [(np.float64, 1e-4), (np.float32, 1e-3)])
def test_numpy_finds_the_factors_of_nimfa(sky, seeding, dtype, error):
    spectra = SKIES[sky][[1, 3, 5]].reshape(-1, SHAPE[2]).astype(dtype)
    spectra -= spectra.min()
    settings = {"rank": 10, "iterations": 30, "seeding": seeding}
    reference = np.matmul(*nmf_nimfa.factorize(spectra, **settings))
    product = np.matmul(*nmf_numpy.factorize(spectra, **settings))
    assert product.dtype == dtype
    assert np.linalg.norm(product - reference) < error * np.linalg.norm(reference)


def test_ripple_that_outshines_the_noise_does_not_change_the_start_in_float32():
    ripple = 300 + 100 * np.sin(np.arange(256) / 9)
    spectra = ripple + np.random.default_rng(0).normal(size=(819, 256))
    spectra = (spectra - spectra.min()).astype(np.float32)
    settings = {"rank": 10, "iterations": 30, "seeding": "nndsvd"}
    reference = np.matmul(*nmf_nimfa.factorize(spectra, **settings))
    product = np.matmul(*nmf_numpy.factorize(spectra, **settings))
    noise = np.linalg.norm(spectra - reference)
    assert np.linalg.norm(product - reference) < 0.01 * noise


@pytest.mark.parametrize("basis", ["off", "panel", "cadence"])
def test_both_backends_make_the_same_store(basis):
    stores = [
        denoise_at_defaults(cadence(), basis=basis, factorize=backend.factorize)
        for backend in (nmf_nimfa, nmf_numpy)
    ]
    np.testing.assert_allclose(*stores, atol=0.05)  # of the noise


def test_projection_finds_the_weights_of_a_sum_of_basis_spectra():
    rng = np.random.default_rng(2)
    basis_spectra, weights = rng.random((3, 40)), rng.random((20, 3))
    found = project(weights @ basis_spectra, basis_spectra, iterations=5000)
    np.testing.assert_allclose(found, weights, atol=1e-3)


def test_projection_is_never_negative():
    rng = np.random.default_rng(3)
    assert (project(rng.random((20, 40)), rng.random((5, 40)), iterations=30) >= 0).all()


@pytest.mark.parametrize("backend", [nmf_nimfa, nmf_numpy])
def test_a_failed_factorisation_says_so(backend):
    with pytest.raises(ValueError, match="the factorisation failed"):
        # more than the 64 singular vectors
        denoise_at_defaults(cadence(), rank=65, factorize=backend.factorize)


@pytest.mark.parametrize("setting", [{"basis": "on"}, {"seeding": "luck"}])
def test_an_unknown_setting_is_refused_with_those_there_are(setting):
    with pytest.raises(ValueError, match="must be one of"):
        denoise_at_defaults(cadence(), **setting)

"""Promises of NMF by PyTorch: many cadences at a time, and of each the factors that nimfa finds.

No environment has both. So it is compared with `nmf_numpy`, which tests/nmf holds against nimfa.
"""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from abacad.cadences.layout import COLLECTIONS, COMPETITION
from abacad.cadences.manifest import index_collection
from abacad.cadences.shard import Shard
from abacad.cadences.store import Store
from abacad.preprocess.in_parts import InParts
from abacad.preprocess.nmf_numpy import factorize, project
from abacad.preprocess.nmf_parts import (
    Residual,
    Started,
    fitted,
    flattened,
    live_spectra,
    start,
    started,
)
from abacad.preprocess.nmf_torch import denoise_in_parts, residuals
from abacad.preprocess.nmf_torch import factorize as factorize_together
from abacad.preprocess.shards import FailedCadences, preprocess_raw
from abacad.tables.files import write_table

SCRIPTS = Path(__file__).parents[2] / "workflow_scripts"
CPU = torch.device("cpu")
SHAPE = (6, 90, 64)  # (panel, time, frequency)
TIME = np.arange(90)[:, None]
CLIP = (-5, 20)
RANK = 10
ITERATIONS = 30


def cadence(seed: int = 0, shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    """Noise, and two patterns of flickering carriers in all panels."""
    rng = np.random.default_rng(seed)
    panels = rng.normal(size=shape)
    for _ in range(2):
        pattern = rng.uniform(size=shape[2]) < 0.1
        panels += rng.exponential(4, size=(*shape[:2], 1)) * pattern
    return panels.astype(np.float16)


def with_blanks(panels: np.ndarray, seed: int) -> np.ndarray:
    """Some time bins of each panel are blank, more in the later panels, and others with other seeds."""
    panels = panels.copy()
    for number, panel in enumerate(panels):
        panel[(np.arange(len(panel)) + seed) % 20 < number] = 0.5
    return panels


SKIES = {
    "carriers": cadence(),
    "dropped packets": cadence() * (TIME % 30 > 4),
    "bright bursts": cadence() + 100 * (TIME % 40 == 7),
    "two levels": cadence() + 30 * (np.arange(64) > 30),
    "large numbers": 300 + cadence(),
    "of the competition's shape": cadence(1, COMPETITION.of_cadence),
}


def error(product: np.ndarray, reference: np.ndarray) -> float:
    """Relative to the reference."""
    return np.linalg.norm(product - reference) / np.linalg.norm(reference)


@pytest.mark.parametrize("seeding", ["nndsvd", "random"])
@pytest.mark.parametrize("sky", SKIES)
@pytest.mark.parametrize(("dtype", "most"), [(np.float64, 1e-10), (np.float32, 1e-3)])
def test_the_factors_are_those_of_numpy_in_float64_from_the_same_start(sky, seeding, dtype, most):
    spectra = SKIES[sky][[1, 3, 5]].reshape(-1, SKIES[sky].shape[-1]).astype(np.float64)
    spectra -= spectra.min()
    reference = np.matmul(*factorize(spectra, RANK, ITERATIONS, seeding))
    inputs = (spectra, *start(spectra, RANK, seeding))
    own = (torch.from_numpy(array.astype(dtype))[None] for array in inputs)
    product = torch.bmm(*factorize_together(*own, ITERATIONS))[0].numpy()
    assert product.dtype == dtype
    assert error(product, reference) < most


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_rows_of_zeros_change_nothing_and_get_no_background(dtype):
    rng = np.random.default_rng(0)
    spectra = torch.from_numpy(SKIES["bright bursts"][1].astype(np.float64))
    spectra = (spectra - spectra.min()).to(dtype)
    weights, basis = torch.from_numpy(rng.random((90, 4))), torch.from_numpy(rng.random((4, 64)))
    alone = factorize_together(spectra[None], weights.to(dtype)[None], basis.to(dtype)[None], 30)
    padded = torch.zeros(120, 64, dtype=dtype)
    padded[10:100] = spectra
    more = torch.zeros(120, 4, dtype=dtype)
    more[10:100] = weights
    both = factorize_together(padded[None], more[None], basis.to(dtype)[None], 30)
    rounding = 100 * torch.finfo(torch.bfloat16 if dtype == torch.float32 else dtype).eps
    found, expected = torch.bmm(*both)[0], torch.bmm(*alone)[0]
    assert error(found[10:100].numpy(), expected.numpy()) < min(rounding, 1e-3)
    blank = torch.cat((found[:10], found[100:]))
    assert blank.max() < 1e-12 * expected.mean()


def residual_of_numpy(scaled: np.ndarray, basis: str, seeding: str) -> np.ndarray:
    """Scaled panels without their background, in float32 as the start is."""
    groups = fitted(scaled, basis)
    background = np.zeros_like(groups)
    for own, spectra, live in zip(background, groups, live_spectra(groups), strict=True):
        weights, basis_spectra = factorize(spectra[live], RANK, ITERATIONS, seeding)
        own[live] = weights @ basis_spectra
    if basis == "off":
        background = (
            project(scaled.reshape(-1, SHAPE[2]), basis_spectra, ITERATIONS) @ basis_spectra
        )
    return scaled - background.reshape(scaled.shape)


@pytest.mark.parametrize("basis", ["off", "panel", "cadence"])
@pytest.mark.parametrize("seeding", ["nndsvd", "random"])
def test_a_batch_with_different_blank_bins_leaves_what_numpy_leaves_of_single_cadences(
    basis, seeding
):
    cadences = [with_blanks(cadence(seed), seed) for seed in range(4)]
    settings = {"basis": basis, "rank": RANK, "iterations": ITERATIONS, "seeding": seeding}
    parts = denoise_in_parts(**settings, clip=CLIP, device=CPU)
    batch = [*map(parts.before, cadences)]
    assert all(np.isnan(begun.panels).any() for begun in batch)
    for begun, left in zip(batch, parts.between(batch), strict=True):
        expected = residual_of_numpy(begun.panels, basis, seeding)
        np.testing.assert_array_equal(left.live, live_spectra(expected))
        size = np.linalg.norm(begun.panels[left.live])
        assert np.linalg.norm((left.panels - expected)[left.live]) < 1e-3 * size
        store = flattened(Residual(expected, left.live), CLIP)
        # Of the noise. Flattening makes more of a rounding where a line is barely one.
        assert np.quantile(np.abs(parts.after(left) - store), 0.9) < 0.05


@pytest.mark.parametrize("basis", ["off", "panel", "cadence"])
def test_the_other_cadences_of_a_batch_do_not_matter(basis):
    cadences = [with_blanks(cadence(seed), seed) for seed in range(4)]
    batch = [started(panels, basis, RANK, "random") for panels in cadences]
    together = residuals(batch, basis, ITERATIONS, CPU)
    alone = [residuals([begun], basis, ITERATIONS, CPU)[0] for begun in batch]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.panels, other.panels, atol=1e-3)  # of the noise


@pytest.mark.parametrize("setting", [{"basis": "on"}, {"seeding": "luck"}])
def test_an_unknown_setting_is_refused_with_those_there_are(setting):
    with pytest.raises(ValueError, match="must be one of"):
        started(cadence(), **{"basis": "off", "rank": RANK, "seeding": "random"} | setting)


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """The manifest of five cadences of the competition's shape, that of each id made by its number."""
    collection = COLLECTIONS["train"]
    ids = [f"{number:015x}" for number in range(5)]
    for number, cadence_id in enumerate(ids):
        path = tmp_path / collection.cadence_path(cadence_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, cadence(number, COMPETITION.of_cadence))
    rows = "".join(f"{cadence_id},0\n" for cadence_id in ids)
    (tmp_path / collection.table).write_text(f"id,target\n{rows}")
    indexed, _ = index_collection(tmp_path, collection, COMPETITION, workers=1)
    write_table(tmp_path / "train.parquet", indexed)
    return tmp_path / "train.parquet"


SHARD = Shard("nmf", "train", 0, 1)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_shard_holds_its_cadences_in_order_whatever_the_batches(manifest, tmp_path, workers):
    settings = {"basis": "off", "rank": RANK, "iterations": 3, "seeding": "random", "clip": CLIP}
    parts = denoise_in_parts(**settings, device=CPU)
    path = tmp_path / "0-of-1.arrow"
    preprocess_raw(manifest, SHARD, replace(parts, at_once=2), path, workers)
    store = Store([path])
    assert store.ids == [f"{number:015x}" for number in range(5)]
    for row in range(5):
        (left,) = parts.between([parts.before(cadence(row, COMPETITION.of_cadence))])
        np.testing.assert_allclose(store[row], parts.after(left), atol=0.02)  # float16 up to 20


def test_a_rank_that_is_too_large_is_told_of_each_cadence_and_no_store_is_left(manifest, tmp_path):
    settings = {"basis": "panel", "iterations": 3, "seeding": "random", "clip": CLIP}
    parts = denoise_in_parts(**settings, rank=257, device=CPU)
    with pytest.raises(FailedCadences, match="5 of 5 cadences failed") as failure:
        preprocess_raw(manifest, SHARD, parts, tmp_path / "stores" / "x.arrow", workers=1)
    assert f"{4:015x}: the factorisation failed: rank 257" in str(failure.value)
    assert [*tmp_path.glob("stores/*")] == []


def test_failures_of_each_part_are_told_together_by_the_ids_of_their_cadences(manifest, tmp_path):
    def between(begun: Sequence[Started]) -> list[Residual]:
        """The first factorisation of a batch diverges."""
        first, *others = residuals(begun, "off", 3, CPU)
        return [first._replace(panels=np.full_like(first.panels, np.inf)), *others]

    path = tmp_path / COLLECTIONS["train"].cadence_path(f"{1:015x}")
    path.unlink()
    before = partial(started, basis="off", rank=RANK, seeding="random")
    parts = InParts(before, between, 3, partial(flattened, clip=CLIP))
    with pytest.raises(FailedCadences, match="3 of 5 cadences failed") as failure:
        preprocess_raw(manifest, SHARD, parts, tmp_path / "stores" / "x.arrow", workers=1)
    told = [line.split(": ") for line in str(failure.value).splitlines()[1:]]
    assert [name.strip() for name, *_ in told] == [f"{number:015x}" for number in (0, 1, 3)]
    assert told[0][1] == told[2][1] == "the factorisation did not stay finite"


def test_workers_do_not_load_pytorch():
    """They import the script, the functions that they call, and what hands these over."""
    imported = "denoise_nmf, abacad.preprocess.nmf_parts, abacad.preprocess.shards"
    code = f"import sys; import {imported}; sys.exit('torch' in sys.modules)"
    folder = SCRIPTS / "preprocess"  # abacad is there too
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder)

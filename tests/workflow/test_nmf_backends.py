"""The store "nmf" is made by each backend, in an environment that has what it needs."""

import numpy as np
import pytest

from abacad.cadences.layout import CADENCE_DTYPE, COLLECTIONS, COMPETITION
from abacad.cadences.store import read_shard_file

IDS = [f"{number:015x}" for number in range(3)]
PLAIN = {"channels": ["nmf.on"], "pretrain": None, "pretrained": False}


@pytest.fixture
def raw_folder(workflow):
    """Three training cadences of noise and one carrier; no test cadence."""
    root, random = workflow.folder / "raw", np.random.default_rng(0)
    for cadence_id in IDS:
        path = root / COLLECTIONS["train"].cadence_path(cadence_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        panels = random.standard_normal(COMPETITION.of_cadence)
        panels[..., 99] += random.exponential(9, panels.shape[:2])
        np.save(path, panels.astype(CADENCE_DTYPE))
    for side, ids in (("train", IDS), ("test", [])):
        rows = "".join(f"{cadence_id},0\n" for cadence_id in ids)
        (root / COLLECTIONS[side].table).write_text(f"id,target\n{rows}")
    return root


def made(workflow, raw_folder, backend: str, **nmf) -> tuple[str, list[str]]:
    """The store that a backend makes, and the arguments for Snakemake to make it."""
    settings = {
        "run": {"name": backend},
        "data": {"root": str(raw_folder), "shards": 1},
        "preprocess": {"stored_as": "float16", "nmf": {"backend": backend} | nmf},
        "experiments": {
            **dict.fromkeys(("b3_pretrained", "b3_sharpened", "b5_old_positives")),
            "plain": PLAIN,
        },
        "ensemble": {"members": ["plain"]},
        "pseudo_labels": {"rounds": 0},
    }
    store = f"results/{backend}/stores/nmf/train/0-of-1.arrow"
    return store, [store, "--configfile", workflow.overlay(f"{backend}.yaml", settings)]


def test_all_backends_make_the_same_store_but_for_rounding(workflow, raw_folder):
    stores = {}
    for backend in ("nimfa", "numpy", "torch"):
        store, arguments = made(workflow, raw_folder, backend, seeding="random")
        workflow.run_well(*arguments)
        _, ids, cadences = read_shard_file(workflow.folder / store)
        assert ids == IDS
        stores[backend] = np.stack([*cadences]).astype(np.float32)
    for backend in ("numpy", "torch"):
        difference = np.abs(stores[backend] - stores["nimfa"])
        assert np.quantile(difference, 0.99) < 0.05, backend  # of the noise


def test_pytorch_names_the_cadences_whose_factorisation_fails(workflow, raw_folder):
    path = raw_folder / COLLECTIONS["train"].cadence_path(IDS[1])
    panels = np.load(path)
    panels[:, 30:] = 1
    np.save(path, panels)
    store, arguments = made(workflow, raw_folder, "torch", basis="panel", rank=60)
    done = workflow.run(*arguments)
    log = (workflow.folder / "results/torch/logs/denoise_nmf/train/0-of-1.log").read_text()
    assert done.returncode != 0 and not (workflow.folder / store).exists()
    assert "1 of 3 cadences failed" in log
    assert f"{IDS[1]}: the factorisation failed: rank 60, but the spectra are (30, 256)" in log

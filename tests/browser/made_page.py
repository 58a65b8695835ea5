"""A page of made-up candidates, of any number: as the rules write it, but for what is in the tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from abacad.cadences.layout import (
    CADENCE_SHAPE,
    FREQUENCY_BIN,
    FREQUENCY_BINS,
    MAP_SHAPE,
    PANELS,
    TIME_BIN,
    TIME_BINS,
)
from abacad.candidates.album import GRAD_CAM
from abacad.candidates.choice import REASONS
from abacad.candidates.page import Run, write_page
from abacad.candidates.pictures import bins_a_row, overlay, waterfall

LAYERS = {"flattened": "flattened", "nmf": "denoised (NMF)", "raw": "raw"}
MEMBERS = ("b3_pretrained", "b5_old_positives")


def cadence_id(number: int) -> str:
    return f"{number * 0x9E3779B97F4A7C15 % 2**60:015x}"


def candidate(number: int) -> dict[str, Any]:
    """The candidate of a rank, from 1; every third one has no hit, and every second one a partner."""
    rng = np.random.default_rng(number)
    hits = []
    for snr in sorted(rng.uniform(8, 40, 0 if number % 3 == 0 else 2), reverse=True):
        panel_snr = [snr / 2, 0.5, snr / 2, -0.5, snr / 2, 1.0]
        hit = {"drift_rate": rng.uniform(-60, 60), "frequency": rng.uniform(2e5, 5e5)}
        hits.append(hit | {"snr": snr, "width": 2, "panel_snr": panel_snr})
    partner = {"collection": "test", "id": cadence_id(number - 1), "shared_columns": 100}
    return {
        "collection": "test",
        "id": cadence_id(number),
        "rank": number,
        "reason": REASONS[number % 3],
        "score": 1 - number / 2000,
        "spread": (number * 7 % 10) / 10,
        "false_positive_rate": number / 5000 if number > 1 else 0.0,
        "members": [
            {"name": name, "score": 0.5, "rank": number, "false_positive_rate": 0.02}
            for name in MEMBERS
        ],
        "hits": hits,
        "partners": [] if number % 2 else [partner],
        "path": f"data/test/{cadence_id(number)[0]}/{cadence_id(number)}.npy",
        "seen": [0, 2, 4],
    }


def make_page(folder: Path, count: int, pictures: int, name: str = "demo") -> Sequence[dict]:
    """Write index.html and pictures/ of `count` candidates, and return these.

    pictures  how many different ones there are; the others are copies. The raw one of the first candidate
              has the line of its first hit, and no noise
    """
    candidates = [candidate(number) for number in range(1, count + 1)]
    run = Run(
        name=name,
        key=f"abacad/{name}/0123456789ab",
        method="rank mean",
        test=10 * count,
        negatives=500,
        passing=0.01,
        layers=LAYERS,
        pictures="pictures",
        grad_cam=True,
        bins_a_row=bins_a_row(count * len(LAYERS)),
    )
    write_page(folder / "index.html", run, candidates)
    (folder / run.pictures).mkdir()
    drawn = [_draw(number, run.bins_a_row) for number in range(pictures)]
    for place, one in enumerate(candidates):
        for layer, content in drawn[place % pictures].items():
            (folder / run.pictures / f"{one['id']}.{layer}.webp").write_bytes(content)
    first = folder / run.pictures / f"{candidates[0]['id']}.raw.webp"
    first.write_bytes(waterfall(_line(candidates[0]["hits"][0]), run.bins_a_row))
    return candidates


def _line(hit: dict[str, float]) -> np.ndarray:
    """Panels with the line of a hit, and no noise."""
    panels = np.zeros(CADENCE_SHAPE, np.float32)
    rows = np.arange(PANELS * TIME_BINS) + 0.5 - PANELS * TIME_BINS / 2
    path = (hit["frequency"] + hit["drift_rate"] * TIME_BIN * rows) / FREQUENCY_BIN
    for row, place in enumerate(np.floor(path).astype(int)):
        if 0 <= place < FREQUENCY_BINS:
            panels[row // TIME_BINS, row % TIME_BINS, place] = 1
    return panels


def _draw(seed: int, bins: int) -> dict[str, bytes]:
    rng = np.random.default_rng(seed)
    drawn = {
        name: waterfall(rng.standard_normal(CADENCE_SHAPE, np.float32), bins) for name in LAYERS
    }
    weights = np.zeros(MAP_SHAPE)
    weights[[0, 2, 4], 10:30, 20:40] = 0.8
    return drawn | {GRAD_CAM: overlay(weights)}

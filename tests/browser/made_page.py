"""A page of made-up candidates, of any number: as the rules write it, but for what is in the tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from abacad.cadences.layout import COMPETITION, MAP_SHAPE, ON_PANELS, PANELS
from abacad.candidates.album import GRAD_CAM
from abacad.candidates.choice import REASONS
from abacad.candidates.page import EVENT, Run, write_page
from abacad.candidates.pictures import bins_a_row, overlay, waterfall

LAYERS = {"flattened": "flattened", "nmf": "denoised (NMF)", "raw": "raw"}
OBSERVED_LAYERS = {"levelled": "levelled", "raw": "raw"}
SIDES = ("ON", "OFF") * 3
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


def event_id(number: int) -> str:
    return f"{number * 128:09d}"


def event(number: int) -> dict[str, Any]:
    """The event of a rank, from 1, as of a band at 8.4 GHz; every third one has no hit."""
    lowest = 8419 + number / 10  # MHz
    hits = [hit | {"mhz": lowest + hit["frequency"] / 1e6} for hit in candidate(number)["hits"]]
    low, high = (hits[0]["mhz"] + by for by in (-0.003, 0.003)) if hits else (lowest, lowest + 0.73)
    facts = [
        ("frequency", f"{low:.4f} to {high:.4f}", "MHz"),
        ("drift rate", f"{hits[0]['drift_rate']:.2f}" if hits else "none", "Hz/s" if hits else ""),
        ("began", f"{57650.78 + number:.5f}", "MJD, UTC"),
        ("source", f"VOYAGER-{number}", ""),
        ("telescope", "Green Bank Telescope", ""),
        ("RA", "17h 12m 40.25s", "J2000"),
        ("Dec", "+12° 24′ 13.6″", ""),
        ("snippets", 1 + number % 3, "show the same signal"),
    ]
    files = "/data/voyager/guppi_57650_67573_VOYAGER_0002.gpuspec"
    facts += [(f"file {panel + 1}", f"{files}.{panel}.h5", SIDES[panel]) for panel in range(PANELS)]
    return {
        "collection": "observed",
        "id": event_id(number),
        "rank": number,
        "reason": EVENT,
        "score": 1 - number / 2000,
        "spread": 0.1,
        "false_positive_rate": number / 50000 if number > 1 else 0.0,
        "members": [{"name": name, "score": 0.5} for name in MEMBERS],
        "hits": hits,
        "facts": facts,
    }


def run_of(collection: str, count: int, name: str = "demo") -> Run:
    """What the page of `count` candidates of test, or of `observed`, says of the run."""
    test = collection == "test"
    layers = LAYERS if test else OBSERVED_LAYERS
    return Run(
        name=name,
        key=f"abacad/{name}/0123456789ab",
        collection=collection,
        called="test cadences" if test else "snippets",
        ranked=10 * count,
        partners=test,
        method="rank mean",
        spread="ranks" if test else "scores",
        rated_by="training cadences without a needle" if test else "snippets with OFF panels as ON",
        negatives=500 if test else 50_000,
        passing=0.01,
        layers=layers,
        stored=dict.fromkeys(layers, [*range(PANELS)]) | ({"nmf": [*ON_PANELS]} if test else {}),
        pictures="pictures",
        grad_cam=test,
        bins_a_row=bins_a_row(count * len(layers)),
        shape=COMPETITION,
    )


def make_page(folder: Path, run: Run, candidates: Sequence[dict], pictures: int) -> None:
    """Write index.html and pictures/ of candidates.

    pictures  how many different ones there are; the others are copies. The raw one of the first candidate
              has the line of its first hit, and no noise
    """
    write_page(folder / "index.html", run, candidates)
    (folder / run.pictures).mkdir()
    drawn = [_draw(number, run) for number in range(pictures)]
    for place, one in enumerate(candidates):
        for layer, content in drawn[place % pictures].items():
            (folder / run.pictures / f"{one['id']}.{layer}.webp").write_bytes(content)
    first = folder / run.pictures / f"{candidates[0]['id']}.raw.webp"
    first.write_bytes(waterfall(_line(candidates[0]["hits"][0]), run.bins_a_row))


def _line(hit: dict[str, float]) -> np.ndarray:
    """Panels with the line of a hit, and no noise."""
    panels = np.zeros(COMPETITION.of_cadence, np.float32)
    rows = np.arange(PANELS * COMPETITION.time_bins) + 0.5 - PANELS * COMPETITION.time_bins / 2
    path = (
        hit["frequency"] + hit["drift_rate"] * COMPETITION.time_bin * rows
    ) / COMPETITION.frequency_bin
    for row, place in enumerate(np.floor(path).astype(int)):
        if 0 <= place < COMPETITION.frequency_bins:
            panels[row // COMPETITION.time_bins, row % COMPETITION.time_bins, place] = 1
    return panels


def _draw(seed: int, run: Run) -> dict[str, bytes]:
    rng = np.random.default_rng(seed)
    noise = {name: rng.standard_normal(COMPETITION.of_cadence, np.float32) for name in run.layers}
    drawn = {name: waterfall(panels, run.bins_a_row) for name, panels in noise.items()}
    if not run.grad_cam:
        return drawn
    weights = np.zeros(MAP_SHAPE)
    weights[[0, 2, 4], 10:30, 20:40] = 0.8
    return drawn | {GRAD_CAM: overlay(weights)}

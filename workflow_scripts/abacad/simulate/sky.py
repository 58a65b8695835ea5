"""Settings in, a raw folder of simulated cadences in the competition's layout, and the truth, out.

A stretch of background, wider than a cadence, is made once and cut into overlapping snippets, which go
to all collections alike, as in the competition's data. A positive snippet gets a needle: a narrow
drifting signal in the ON panels only. Then each panel is z-scored, and the cadence is saved as float16.
The test side differs: it is more often from noisy stretches, and has a kind of needle that the others
never show. The old collections have the competition's leak: their needles are added after the z-score.

Source: setigen (Brzycki et al. 2022, AJ 163, 222, doi:10.3847/1538-3881/ac5e3d).
"""

import shutil
from dataclasses import asdict
from functools import partial
from itertools import chain
from numbers import Integral
from pathlib import Path

import numpy as np
import pyarrow as pa

from abacad.cadences.layout import (
    CADENCE_DTYPE,
    COLLECTIONS,
    OLD_COLLECTIONS,
    PanelShape,
)
from abacad.devices.parallel import ordered_map
from abacad.devices.progress import progress
from abacad.needles.checks import require
from abacad.needles.distributions import Distribution, draw
from abacad.needles.presence import extent, presence
from abacad.simulate.background import background, quiet_noise
from abacad.simulate.needles import needle
from abacad.simulate.settings import Simulation
from abacad.simulate.stretches import Stretch, plan_stretches
from abacad.tables.files import write_json, write_table
from abacad.tables.ids import write_id_table

# How the needles of a kind differ. The units are those of the kinds in needles.py.
NEEDLES = {
    "straight": {"width": 1},
    "squiggle": {"width": 1, "jitter": ["uniform", 0.4, 0.8]},
    "dashed": {"width": 1, "period": ["uniform", 20, 80], "duty": ["uniform", 0.3, 0.5]},
    "dot": {"width": 2.5, "centre": ["uniform", 0.1, 0.9], "duration": ["uniform", 4, 12]},
    "s_shape": {"width": 1, "period": ["uniform", 1.5, 4], "amplitude": ["uniform", 8, 24]},
}
PULSES = {"dashed": "period", "dot": "duration"}  # what of them is in s
SHORTEST = 4  # s; of a pulse

SIMULATED_MARK = "simulated.json"  # only a raw folder that holds this file is ever emptied

TRUTH_SCHEMA = pa.schema(
    [
        ("collection", pa.string()),
        ("id", pa.string()),
        ("target", pa.int8()),
        ("kind", pa.string()),
        ("snr", pa.float32()),
        ("drift_rate", pa.float32()),
        ("panels", pa.list_(pa.int8())),
        ("time_bins", pa.int16()),
        ("stretch", pa.int32()),
        ("offset", pa.int32()),
        ("noise_level", pa.float32()),
    ]
)


def needles_in(shape: PanelShape) -> dict[str, dict[str, Distribution]]:
    """`NEEDLES` in panels of this shape. Pulses last two time bins or more: shorter ones may be in none."""
    factor = max(1, 2 * shape.time_bin / SHORTEST)
    slower = {}
    for kind, name in PULSES.items():
        form, *limits = NEEDLES[kind][name]
        slower[kind] = NEEDLES[kind] | {name: [form, *(factor * limit for limit in limits)]}
    return NEEDLES | slower


def scaled_cadence(panels: np.ndarray, signal: np.ndarray | None, leak: bool) -> np.ndarray:
    """The float16 cadence (panel=6, time, frequency) made of background `panels` and a needle's `signal`, of
    the same shape.

    In the end each panel has mean 0 and standard deviation 1, except with the `leak` of the old
    collections: there the needle is added after the z-score, so a positive has a mean above 0 and a
    standard deviation above 1.
    """
    if signal is not None and not leak:
        panels = panels + signal
    mean = panels.mean(axis=(1, 2), keepdims=True)
    std = panels.std(axis=(1, 2), keepdims=True)
    scaled = (panels - mean) / std
    if signal is not None and leak:
        scaled += signal / std
    return scaled.astype(CADENCE_DTYPE)


def simulate_stretch(simulation: Simulation, raw: Path, stretch: Stretch) -> list[dict]:
    """Write the cadences of one stretch below `raw`. Returns their rows of the truth table."""
    rng = np.random.default_rng(stretch.seed)
    shape = simulation.shape
    bins, noise = shape.frequency_bins, quiet_noise(shape)
    ground = background(simulation.stretch_width, stretch.noisy, simulation.sky, shape, rng)
    rows = []
    for snippet in stretch.snippets:
        offset = int(rng.integers(simulation.stretch_width - bins, endpoint=True))
        panels = ground.intensities[..., offset : offset + bins]
        snr = drift_rate = held = time_bins = signal = None
        if snippet.kind is not None:
            snr = float(np.exp(rng.uniform(*np.log(simulation.snr))))
            drift_rate = draw(simulation.drift_rate, rng)
            shines = presence(snippet.kind, simulation.partial, shape.time_bins, rng)
            held, time_bins = extent(shines)
            drawn = (snippet.kind, snr, noise, drift_rate, needles_in(shape)[snippet.kind])
            signal = needle(*drawn, shines, shape, rng)
            signal *= ground.gain[..., np.newaxis]
        path = raw / COLLECTIONS[snippet.collection].cadence_path(snippet.id)
        path.parent.mkdir(parents=True, exist_ok=True)
        cadence = scaled_cadence(panels, signal, snippet.collection in OLD_COLLECTIONS)
        np.save(path, cadence)
        rows.append(
            {
                "collection": snippet.collection,
                "id": snippet.id,
                "target": int(snippet.kind is not None),
                "kind": snippet.kind,
                "snr": snr,
                "drift_rate": drift_rate,
                "panels": held,
                "time_bins": time_bins,
                "stretch": stretch.index,
                "offset": offset,
                "noise_level": ground.noise_level,
            }
        )
    return rows


def simulate_cadences(
    simulation: Simulation, raw: str | Path, truth: str | Path, workers: int = 1
) -> None:
    """Write the cadences and label tables of all collections below `raw`, and the `truth` table.

    `truth` is a Parquet table with one row for each cadence, sorted by collection and id: collection,
    id, target (0, 1), kind, snr (see `needle`; relative to the noise of its own stretch it is snr /
    noise_level), drift_rate (Hz/s), panels (those that hold it) and time_bins (of each of these) of the
    needle (null for negatives), stretch (number), offset (first frequency bin of the snippet in its
    stretch), noise_level (1: quiet).

    The label tables are written last: a raw folder without them was interrupted. `raw` is emptied
    first. FileExistsError: it holds files that were not simulated. ValueError: `truth` lies in `raw`,
    where a training could find it.
    """
    require("workers", workers, Integral, 1, 1024)
    raw, truth = Path(raw), Path(truth)
    if truth.resolve().is_relative_to(raw.resolve()):
        raise ValueError(f"{truth}: the truth must lie outside of the raw folder {raw}")
    start_afresh(raw)
    truth.unlink(missing_ok=True)
    write_json(raw / SIMULATED_MARK, asdict(simulation))

    stretches = plan_stretches(simulation)
    simulate = partial(simulate_stretch, simulation, raw)
    simulated = chain.from_iterable(ordered_map(simulate, stretches, workers))
    count = sum(simulation.counts.values())
    rows = [*progress(simulated, "Simulating a raw folder", count, "cadences")]

    rows.sort(key=lambda row: (row["collection"], row["id"]))
    write_table(truth, pa.Table.from_pylist(rows, TRUTH_SCHEMA))
    for name, collection in COLLECTIONS.items():
        targets = [
            (row["id"], row["target"] if collection.labelled else None)
            for row in rows
            if row["collection"] == name
        ]
        write_id_table(raw / collection.table, targets)


def start_afresh(raw: Path) -> None:
    """Remove an earlier simulation from `raw`. FileExistsError: other files would be lost."""
    if not (raw / SIMULATED_MARK).exists() and any(path.is_file() for path in raw.rglob("*")):
        raise FileExistsError(
            f"{raw}: holds files but no {SIMULATED_MARK}, so they may be real data; "
            "choose another folder for the simulation, or move them away"
        )
    for collection in COLLECTIONS.values():
        (raw / collection.table).unlink(missing_ok=True)
    for collection in COLLECTIONS.values():
        if (raw / collection.folder).exists():
            shutil.rmtree(raw / collection.folder)

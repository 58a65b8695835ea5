"""Simulated cadences on which a search is compared with turboSETI, and the truth about them.

Each cadence has a background of its own, so that none overlaps with another: a search sees what its six
panels show, and no more. Half of them hold nothing. Most of the others hold a straight line in all of the
three ON panels, the rest a needle of another kind, or a line in a part of the ON panels alone. The drift
rates are the simulator's own. The skies go from the receiver's noise alone to all that the simulator has.

    make benchmark-turbo-seti
    PYTHONPATH=workflow_scripts python benchmarks/turbo_seti/make_cadences.py \\
        --folder cadences --truth truth.parquet --blank 20 --straight 12 --others 2
"""

import argparse
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from abacad.cadences.layout import COMPETITION
from abacad.devices.parallel import ordered_map
from abacad.needles.distributions import draw
from abacad.needles.kinds import KINDS
from abacad.needles.presence import Partial, extent, presence
from abacad.seeds import seed_of
from abacad.simulate.background import background, quiet_noise
from abacad.simulate.needles import needle
from abacad.simulate.settings import Simulation, Sky
from abacad.simulate.sky import NEEDLES, scaled_cadence
from abacad.tables.files import write_table

_, TIME_BINS, FREQUENCY_BINS = COMPETITION.of_cadence

NOTHING = dict.fromkeys((setting.name for setting in fields(Sky)), 0)
ITS_BAND = ("ripple", "panel_ripple", "flicker", "gain_drift")
SKIES = {
    "noise": Sky(**NOTHING),  # of the receiver, and nothing else
    "band": Sky(**NOTHING | {name: getattr(Sky(), name) for name in ITS_BAND}),
    "default": Sky(),  # carriers, bursts, dropped packets and DC spikes too
}
SNR = (20, 60)  # log-uniform; see `needle`
DRIFT_RATE = Simulation.drift_rate  # Hz/s; the default of every simulation
STRETCH = 2 * FREQUENCY_BINS  # bins of background, of which a cadence is the middle

STRAIGHT, IN_PART = "straight", "straight, in part"
FULL = Partial(fewer_panels=0, shorter=0)
PARTLY = Partial(fewer_panels=0.5, shorter=1)  # all lines are short, half of them in fewer panels

TRUTH = pa.schema(
    [
        ("id", pa.string()),
        ("sky", pa.string()),
        ("target", pa.int8()),
        ("kind", pa.string()),
        ("snr", pa.float32()),
        ("drift_rate", pa.float32()),
        ("panels", pa.list_(pa.int8())),
        ("time_bins", pa.int16()),
        ("needle_time", pa.list_(pa.float32())),
        ("needle_frequency", pa.list_(pa.float32())),
    ]
)


@dataclass(frozen=True)
class Plan:
    """One cadence to make; `kind` of its needle, or None for a blank one."""

    id: str
    sky: str
    kind: str | None


def plans(blank: int, straight: int, others: int) -> Iterator[Plan]:
    """What to make of each sky: so many blank ones, straight lines, and needles of each other kind."""
    counts = {None: blank, STRAIGHT: straight}
    counts |= dict.fromkeys((*[kind for kind in KINDS if kind != STRAIGHT], IN_PART), others)
    for number, sky in enumerate(SKIES):
        kinds = [kind for kind, count in counts.items() for _ in range(count)]
        for place, kind in enumerate(kinds):
            yield Plan(f"{number:x}{place:014x}", sky, kind)


def make(folder: Path, seed: int, plan: Plan) -> dict[str, Any]:
    """Write a cadence, (panel=6, time, frequency) float16 in a .npy; return its row of `TRUTH`."""
    rng = np.random.default_rng(seed_of(seed, plan.id))
    ground = background(STRETCH, False, SKIES[plan.sky], COMPETITION, rng)
    first = (STRETCH - FREQUENCY_BINS) // 2
    panels = ground.intensities[..., first : first + FREQUENCY_BINS]
    row: dict[str, Any] = {"id": plan.id, "sky": plan.sky, "target": int(plan.kind is not None)}
    signal = None
    if plan.kind is not None:
        kind = STRAIGHT if plan.kind == IN_PART else plan.kind
        snr, drift_rate = float(np.exp(rng.uniform(*np.log(SNR)))), draw(DRIFT_RATE, rng)
        shines = presence(kind, PARTLY if plan.kind == IN_PART else FULL, TIME_BINS, rng)
        held, time_bins = extent(shines)
        signal = needle(
            kind, snr, quiet_noise(COMPETITION), drift_rate, NEEDLES[kind], shines, COMPETITION, rng
        )
        row |= {"kind": plan.kind, "snr": snr, "drift_rate": drift_rate, "panels": held}
        row |= {"time_bins": time_bins, **whereabouts(signal)}
        signal *= ground.gain[..., np.newaxis]
    np.save(folder / f"{plan.id}.npy", scaled_cadence(panels, signal, leak=False))
    return row


def whereabouts(signal: np.ndarray) -> dict[str, list[float | None]]:
    """Where the middle of a needle's light is in each panel of (panel=6, time, frequency), in bins.

    needle_time from the panel's first spectrum on, needle_frequency; None where a panel is dark.
    """
    middles: dict[str, list[float | None]] = {"needle_time": [], "needle_frequency": []}
    for panel in signal:
        light = panel.sum()
        for name, axis in zip(middles, (1, 0), strict=True):
            along = panel.sum(axis=axis)
            middle = float(np.arange(len(along)) @ along / light) if light > 0 else None
            middles[name].append(middle)
    return middles


def main() -> None:
    """Read the command line and make the cadences."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--folder", type=Path, required=True, help="of .npy files; what is in it is removed")
    add("--truth", required=True, help="table to write, Parquet; it comes last")
    for name, count, what in (
        ("--blank", 100, "cadences without a needle"),
        ("--straight", 60, "with a straight line"),
        ("--others", 8, "with a needle of each other kind"),
    ):
        add(name, type=int, default=count, help=f"{what}, of each sky (default: %(default)s)")
    add("--seed", type=int, default=1, help="(default: %(default)s)")
    add("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    arguments = parser.parse_args()

    shutil.rmtree(arguments.folder, ignore_errors=True)
    arguments.folder.mkdir(parents=True)
    asked = [*plans(arguments.blank, arguments.straight, arguments.others)]
    made = ordered_map(partial(make, arguments.folder, arguments.seed), asked, arguments.workers)
    write_table(arguments.truth, pa.Table.from_pylist([*made], TRUTH))


if __name__ == "__main__":
    main()

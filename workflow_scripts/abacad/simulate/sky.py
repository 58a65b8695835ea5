"""From settings to a raw folder of simulated cadences in the competition's layout, and the truth.

A stretch of background, wider than a cadence, is made once with setigen and cut into overlapping
snippets, which go to all collections alike, as in the competition's data. A positive snippet gets
a needle: a narrow drifting signal, in the ON panels only. Each panel is then z-scored and the
cadence saved as float16. The test side differs: it is drawn more often from noisy stretches, and
holds a kind of needle that the others never show. The old collections carry the competition's
leak: their needles are added after the z-score.

Source: setigen (Brzycki et al. 2022, AJ 163, 222, doi:10.3847/1538-3881/ac5e3d).
"""

import csv
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain, cycle, islice
from numbers import Integral, Real
from pathlib import Path

import numpy as np
import pyarrow as pa

from abacad.cadences.kinds import KINDS, KNOWN_KINDS
from abacad.cadences.layout import (
    CADENCE_DTYPE,
    CADENCE_SHAPE,
    COLLECTIONS,
    FREQUENCY_BINS,
    OLD_COLLECTIONS,
)
from abacad.devices.parallel import ordered_map
from abacad.devices.progress import progress
from abacad.simulate.needles import (
    FREQUENCY_BIN,
    UNIT_DRIFT,
    Trace,
    add_trace,
    blank_frame,
    needle,
    setigen,
)
from abacad.tables.files import whole_file, write_json, write_table

MAX_NEEDLE_DRIFT = 16 * UNIT_DRIFT  # Hz/s; more would cross the whole band within a cadence
QUIET, NOISY = 1.0, (1.5, 3.0)  # noise levels: a quiet stretch, the range of noisy ones

# What the needles of a kind differ in; units as of the kinds in needles.py.
NEEDLES = {
    "straight": {"width": 1},
    "squiggle": {"width": 1, "jitter": ["uniform", 0.4, 0.8]},
    "dashed": {"width": 1, "period": ["uniform", 20, 80], "duty": ["uniform", 0.3, 0.5]},
    "dot": {"width": 2.5, "centre": ["uniform", 0.1, 0.9], "duration": ["uniform", 4, 12]},
    "s_shape": {"width": 1, "period": ["uniform", 1.5, 4], "amplitude": ["uniform", 8, 24]},
}

SIMULATED_MARK = "simulated.json"  # only a raw folder that holds this file is ever emptied

TRUTH_SCHEMA = pa.schema(
    [
        ("collection", pa.string()),
        ("id", pa.string()),
        ("target", pa.int8()),
        ("kind", pa.string()),
        ("snr", pa.float32()),
        ("drift_rate", pa.float32()),
        ("stretch", pa.int32()),
        ("offset", pa.int32()),
        ("noise_level", pa.float32()),
    ]
)


@dataclass(frozen=True)
class Simulation:
    """What to simulate; ValueError names the setting that is out of its range.

    counts               cadences of each collection
    positive_rate        share of cadences with a needle, in every collection but test
    test_positive_rate   the same for test
    snr                  lowest and highest signal-to-noise ratio, see `needle`; drawn log-uniformly
    coverage             mean number of snippets that cover a column of background
    stretch_width        frequency bins of a stretch of background
    noisy_fraction       share of cadences from noisy stretches, in every collection but test
    test_noisy_fraction  the same for test
    seed                 equal seeds and settings give equal bytes, whatever the number of workers
    """

    counts: dict[str, int]
    positive_rate: float = 0.1
    test_positive_rate: float = 0.1
    snr: tuple[float, float] = (30.0, 120.0)
    coverage: float = 3.0
    stretch_width: int = 1024
    noisy_fraction: float = 0.2
    test_noisy_fraction: float = 0.6
    seed: int = 0

    def __post_init__(self) -> None:
        if set(self.counts) != set(COLLECTIONS):
            raise ValueError(
                f"counts: needs exactly {', '.join(COLLECTIONS)}, not {', '.join(self.counts)}"
            )
        for collection, count in self.counts.items():
            _require(f"counts: {collection}", count, Integral, 0, 1_000_000)
        if not any(self.counts.values()):
            raise ValueError("counts: nothing to simulate, all are 0")
        for share in (
            "positive_rate",
            "test_positive_rate",
            "noisy_fraction",
            "test_noisy_fraction",
        ):
            _require(share, getattr(self, share), Real, 0, 1)
        if len(self.snr) != 2:
            raise ValueError(f"snr: needs the lowest and the highest, not {self.snr}")
        low, high = self.snr
        _require("snr: lowest", low, Real, 1, 10_000)
        _require("snr: highest", high, Real, low, 10_000)
        _require("coverage", self.coverage, Real, 1, 100)
        _require("stretch_width", self.stretch_width, Integral, 2 * FREQUENCY_BINS, 16_384)
        _require("seed", self.seed, Integral, 0, 2**63 - 1)


def _require(name: str, value: object, kind: type, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
        noun = "a whole number" if kind is Integral else "a number"
        raise ValueError(f"{name}: must be {noun} from {low} to {high}, not {value!r}")


@dataclass(frozen=True)
class Snippet:
    """One cadence to cut from a stretch; `kind` of its needle, or None for a negative."""

    collection: str
    id: str
    kind: str | None


@dataclass(frozen=True)
class Stretch:
    """One stretch of background and the snippets to cut from it."""

    index: int
    noisy: bool
    snippets: tuple[Snippet, ...]
    seed: np.random.SeedSequence


# Background


@dataclass(frozen=True)
class Background:
    """A stretch of background, and what its noise is."""

    intensities: np.ndarray  # (panel * time, frequency=stretch width)
    quiet_noise: float  # standard deviation of one bin of receiver noise, without any extra
    noise_level: float  # standard deviation of all noise over `quiet_noise`


def background(width: int, noisy: bool, rng: np.random.Generator) -> Background:
    """A stretch of background, `width` bins wide.

    Chi-squared receiver noise at a level observed by Breakthrough Listen (setigen ships the
    statistics), under the ripple of a bandpass, with drifting RFI carriers that all six panels
    see, and broadband bursts. A noisy stretch has more of everything but the ripple: noise of
    1.5 to 3 times the standard deviation, about twice the carriers, four times the bursts.
    """
    frame = blank_frame(width, rng)
    frame.add_noise_from_obs()
    quiet_noise = frame.noise_std
    noise_level = rng.uniform(*NOISY) if noisy else QUIET
    frame.data *= bandpass(width, rng)
    if noisy:
        # Frame.add_noise would estimate the statistics of the whole stretch anew: 0.2 s
        extra = quiet_noise * np.sqrt(noise_level**2 - 1)
        frame.data += setigen.distributions.gaussian(0, extra, frame.shape, seed=rng)
    for _ in range(rng.poisson((2.5 if noisy else 1.2) * width / FREQUENCY_BINS)):
        add_carrier(frame, quiet_noise, rng)
    frame.data += quiet_noise * bursts(frame.ts, rng.poisson(4 if noisy else 1), rng)[:, np.newaxis]
    return Background(frame.data, quiet_noise, noise_level)


def bandpass(width: int, rng: np.random.Generator) -> np.ndarray:
    """Gain of each frequency bin, shape (width,), about 1: standing waves of a few periods.

    A few per cent are enough to show: the receiver noise is 1.3 % of its mean.
    """
    bins = np.arange(width)
    waves = [
        rng.uniform(0.002, 0.012) * np.sin(2 * np.pi * (bins / period + rng.uniform()))
        for period in np.exp(rng.uniform(np.log(12), np.log(800), size=6))
    ]
    return 1 + np.sum(waves, axis=0)


def add_carrier(frame: setigen.Frame, quiet_noise: float, rng: np.random.Generator) -> None:
    """Add one RFI carrier of the Earth to all six panels: steady, jittering or pulsed.

    Drift and width reach those of needles, so that only the OFF panels tell the two apart.
    """
    drift_rate = rng.choice([0.0, rng.normal(0, 1), rng.normal(0, 8)]) * UNIT_DRIFT
    start = rng.uniform(frame.fmin, frame.fmax)
    jitter = rng.choice([0.0, rng.uniform(1, 4)]) * FREQUENCY_BIN
    path = setigen.simple_rfi_path(start, drift_rate, jitter, seed=rng)(frame.ts)
    brightness = setigen.constant_t_profile()
    if rng.random() < 0.3:
        period = rng.uniform(10, 120)
        brightness = setigen.periodic_gaussian_t_profile(
            0.4 * period, period, pulse_direction="up", level=0, seed=rng
        )
    width = rng.choice([1.0, 1.0, rng.uniform(2, 5)]) * FREQUENCY_BIN
    intensity = quiet_noise * np.exp(rng.uniform(np.log(1), np.log(15)))
    add_trace(frame, Trace(path, intensity * brightness(frame.ts), width))


def bursts(seconds: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Brightness in time of `count` broadband bursts, (panel * time,), in quiet noise."""
    brightness = np.zeros_like(seconds)
    for _ in range(count):
        centre, width = rng.uniform(0, seconds[-1]), rng.uniform(1, 8)  # s
        brightness += rng.uniform(0.5, 4) * np.exp(-0.5 * ((seconds - centre) / width) ** 2)
    return brightness


# Cadences


def cadence(panels: np.ndarray, signal: np.ndarray | None, leak: bool) -> np.ndarray:
    """The float16 cadence (6, 273, 256) of background `panels` and a needle's `signal`, both alike.

    Each panel has mean 0 and standard deviation 1 in the end, except with the `leak` of the old
    collections: there the needle comes after the z-score, so that a positive has a mean above 0
    and a standard deviation above 1.
    """
    if signal is not None and not leak:
        panels = panels + signal
    mean = panels.mean(axis=(1, 2), keepdims=True)
    std = panels.std(axis=(1, 2), keepdims=True)
    normalized = (panels - mean) / std
    if signal is not None and leak:
        normalized += signal / std
    return normalized.astype(CADENCE_DTYPE)


def simulate_stretch(simulation: Simulation, raw: Path, stretch: Stretch) -> list[dict]:
    """Write the cadences of one stretch below `raw`; return their rows of the truth table."""
    rng = np.random.default_rng(stretch.seed)
    ground = background(simulation.stretch_width, stretch.noisy, rng)
    rows = []
    for snippet in stretch.snippets:
        offset = int(rng.integers(simulation.stretch_width - FREQUENCY_BINS, endpoint=True))
        panels = ground.intensities[:, offset : offset + FREQUENCY_BINS].reshape(CADENCE_SHAPE)
        snr = drift_rate = signal = None
        if snippet.kind is not None:
            snr = float(np.exp(rng.uniform(*np.log(simulation.snr))))
            drift_rate = float(rng.uniform(-MAX_NEEDLE_DRIFT, MAX_NEEDLE_DRIFT))
            signal = needle(
                snippet.kind, snr, ground.quiet_noise, drift_rate, NEEDLES[snippet.kind], rng
            )
        path = raw / COLLECTIONS[snippet.collection].cadence_path(snippet.id)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, cadence(panels, signal, leak=snippet.collection in OLD_COLLECTIONS))
        rows.append(
            {
                "collection": snippet.collection,
                "id": snippet.id,
                "target": int(snippet.kind is not None),
                "kind": snippet.kind,
                "snr": snr,
                "drift_rate": drift_rate,
                "stretch": stretch.index,
                "offset": offset,
                "noise_level": ground.noise_level,
            }
        )
    return rows


# The whole


def plan_stretches(simulation: Simulation) -> list[Stretch]:
    """Deal the cadences of all collections to quiet and noisy stretches, at random."""
    plan_seed, stretch_seed = np.random.SeedSequence(simulation.seed).spawn(2)
    rng = np.random.default_rng(plan_seed)
    quiet, noisy = [], []
    for collection in COLLECTIONS:
        count = simulation.counts[collection]
        in_test = collection == "test"
        positive_rate = simulation.test_positive_rate if in_test else simulation.positive_rate
        noisy_fraction = simulation.test_noisy_fraction if in_test else simulation.noisy_fraction
        positives, noisy_count = round(positive_rate * count), round(noisy_fraction * count)
        kinds = [*islice(cycle(KINDS if in_test else KNOWN_KINDS), positives)]  # equal shares
        kinds += [None] * (count - positives)
        ids = random_ids(count, 12 if collection in OLD_COLLECTIONS else 15, rng)
        snippets = [
            Snippet(collection, cadence_id, kinds[i])
            for cadence_id, i in zip(ids, rng.permutation(count), strict=True)
        ]
        noisy += snippets[:noisy_count]
        quiet += snippets[noisy_count:]

    snippets_per_stretch = simulation.coverage * simulation.stretch_width / FREQUENCY_BINS
    stretches: list[Stretch] = []
    for is_noisy, snippets in ((False, quiet), (True, noisy)):
        count = min(len(snippets), max(1, round(len(snippets) / snippets_per_stretch)))
        shuffled = rng.permutation(len(snippets))
        for i in range(count):  # every count-th one: groups of equal size, give or take one
            chosen = tuple(snippets[j] for j in shuffled[i::count])
            (seed,) = stretch_seed.spawn(1)
            stretches.append(Stretch(len(stretches), is_noisy, chosen, seed))
    return stretches


def random_ids(count: int, digits: int, rng: np.random.Generator) -> list[str]:
    """`count` different ids of `digits` hexadecimal digits (at most 15)."""
    numbers: dict[int, None] = {}  # a set that keeps its order
    while len(numbers) < count:
        numbers.update(dict.fromkeys(rng.integers(16**digits, size=count - len(numbers)).tolist()))
    return [f"{number:0{digits}x}" for number in numbers]


def simulate_cadences(
    simulation: Simulation, raw: str | Path, truth: str | Path, workers: int = 1
) -> None:
    """Write the cadences and label tables of all collections below `raw`, and the `truth` table.

    `truth` is a Parquet table with a row a cadence, sorted by collection and id:
    collection, id, target (0, 1), kind, snr (see `needle`; against the noise of its own stretch:
    snr / noise_level) and drift_rate (Hz/s) of the needle (null in negatives), stretch (number),
    offset (first frequency bin of the snippet in its stretch), noise_level (1: quiet).

    The label tables come last: a raw folder without them was interrupted. `raw` is emptied first;
    FileExistsError if it holds files that were not simulated. ValueError if `truth` lies in `raw`,
    where a training run could find it.
    """
    _require("workers", workers, Integral, 1, 1024)
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
    for name in COLLECTIONS:
        write_labels(raw, name, [row for row in rows if row["collection"] == name])


def start_afresh(raw: Path) -> None:
    """Remove an earlier simulation from `raw`; FileExistsError where other files would be lost."""
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


def write_labels(raw: Path, name: str, rows: Sequence[dict]) -> None:
    """Write the table of one collection, id and target; without labels the target reads 0.5."""
    collection = COLLECTIONS[name]
    with whole_file(raw / collection.table) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "target"])
        writer.writerows([row["id"], row["target"] if collection.labelled else 0.5] for row in rows)

"""The search for overlaps on skies where the columns of an observation look alike.

A radiometer's noise (1.3 % of the mean) with a bandpass and carriers of RFI, where packets are dropped in all
columns at once, and the gain drifts. Six cadences are cut from each of thirty stretches of background, all of
one observation. Only those of one stretch overlap. Uses one core.

    make benchmark-overlaps
    PYTHONPATH=workflow_scripts python benchmarks/hard_skies.py
"""

import tempfile
from itertools import combinations
from pathlib import Path
from time import perf_counter

import numpy as np

from abacad.cadences.layout import CADENCE_DTYPE, COMPETITION, PANELS
from abacad.overlaps.search import find_pairs

_, TIME_BINS, FREQUENCY_BINS = COMPETITION.of_cadence

STRETCHES, SNIPPETS, WIDTH = 30, 6, 1024
LEAST = 24  # fewest shared columns of the true pairs that are counted
MEAN, NOISE = 77.0, 0.013  # of a bin; of the mean
SKIES = ((0, 0.0), (1, 0.0), (2, 0.0), (3, 0.0), (5, 0.0), (0, 0.2), (0, 1.0), (5, 1.0))


def stretch(random: np.random.Generator) -> np.ndarray:
    """A stretch of background, (panel * time, frequency)."""
    time, bins = np.arange(PANELS * TIME_BINS)[:, np.newaxis], np.arange(WIDTH)
    ripple = 0.01 * np.sin(2 * np.pi * (bins / random.uniform(12, 300) + random.uniform()))
    data = 1 + ripple + NOISE * random.standard_normal((len(time), WIDTH))
    for _ in range(6):
        centre = random.uniform(0, WIDTH) + random.normal(0, 0.01) * time
        data += NOISE * random.uniform(1, 30) * np.exp(-((bins - centre) ** 2))
    return MEAN * data


def write_sky(
    folder: Path, dropped: int, drift: float
) -> tuple[list[Path], dict[tuple[int, int], int]]:
    """Files of cadences, and the shift of each true pair of them, however few columns it shares.

    dropped  time bins of each panel
    drift    of the gain, in deviations of the noise over the cadence
    """
    random = np.random.default_rng(0)
    times = PANELS * TIME_BINS
    gain = 1 + drift * NOISE * np.cumsum(random.standard_normal(times)) / np.sqrt(times)
    lost = [
        panel * TIME_BINS + random.choice(TIME_BINS, dropped, replace=False)
        for panel in range(PANELS)
    ]
    gain[np.concatenate(lost)] = 0
    paths, places = [], []
    for number in range(STRETCHES):
        data = stretch(random) * gain[:, np.newaxis]
        for _ in range(SNIPPETS):
            offset = int(random.integers(WIDTH - FREQUENCY_BINS, endpoint=True))
            panels = data[:, offset : offset + FREQUENCY_BINS].reshape(COMPETITION.of_cadence)
            panels = panels - panels.mean((1, 2), keepdims=True)
            panels /= panels.std((1, 2), keepdims=True)
            paths.append(folder / f"{len(paths)}.npy")
            places.append((number, offset))
            np.save(paths[-1], panels.astype(CADENCE_DTYPE))
    shifts = {
        (one, other): places[one][1] - places[other][1]
        for one, other in combinations(range(len(paths)), 2)
        if places[one][0] == places[other][0]
    }
    return paths, shifts


def main() -> None:
    """Measure each sky, print."""
    print("| dropped bins a panel | gain drift | true pairs | found | false | ms a cadence |")
    print("| -------------------: | ---------: | ---------: | ----: | ----: | -----------: |")
    for dropped, drift in SKIES:
        with tempfile.TemporaryDirectory() as folder:
            paths, shifts = write_sky(Path(folder), dropped, drift)
            started = perf_counter()
            pairs = find_pairs(paths, folder, workers=1)
            milliseconds = 1e3 * (perf_counter() - started) / len(paths)
        found = dict(zip(zip(pairs.first, pairs.second, strict=True), pairs.shift, strict=True))
        true = {pair: by for pair, by in shifts.items() if FREQUENCY_BINS - abs(by) >= LEAST}
        hits = sum(found.get(pair) == by for pair, by in true.items())
        false = sum(shifts.get(pair) != by for pair, by in found.items())
        cells = f"{dropped} | {drift:.1f} | {len(true)} | {hits} | {false} | {milliseconds:.1f}"
        print(f"| {cells} |", flush=True)


if __name__ == "__main__":
    main()

"""How long each store takes on one core, and NMF by each backend; prints a Markdown table.

The times are the shortest of some repeats, of the processor alone, on a cadence with ripple, carriers and
a few blank time bins.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import numpy as np

from abacad.cadences.layout import COMPETITION, OFF_PANELS
from abacad.preprocess import nmf_numpy
from abacad.preprocess.flatten import flatten
from abacad.preprocess.level import level
from abacad.preprocess.nmf import denoise
from abacad.preprocess.normalize import normalize, off_normalize, zscore

CLIP = (-5.0, 20.0)
REPEATS = 7
WAYS = {"demo": (10, 15, "random"), "default": (10, 30, "nndsvd")}  # rank, iterations, seeding


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    panels = cadence()
    print(f"NumPy {np.__version__}, one core\n")
    print("| what | ms a cadence |")
    print("| --- | ---: |")
    show("np.median of each column", partial(np.median, panels.astype(np.float32), axis=1))
    for name, function in (
        ("zscored", zscore),
        ("normalized", normalize),
        ("off_normalized", off_normalize),
        ("levelled", level),
        ("flattened", flatten),
    ):
        show(name, partial(function, panels, CLIP))
    spectra = panels[[*OFF_PANELS]].reshape(-1, COMPETITION.frequency_bins).astype(np.float32)
    spectra = spectra - spectra.min()
    backends = {"numpy": nmf_numpy.factorize}
    if find_spec("nimfa"):
        from abacad.preprocess import nmf_nimfa

        backends["nimfa"] = nmf_nimfa.factorize
    for settings, (rank, iterations, seeding) in WAYS.items():
        for backend, factorize in backends.items():
            named = f"NMF of the {settings} by {backend}"
            show(f"{named}: factors", partial(factorize, spectra, rank, iterations, seeding))
            how = ("off", rank, iterations, seeding, CLIP, factorize)
            show(f"{named}: the store", partial(denoise, panels, *how))


def cadence() -> np.ndarray:
    random = np.random.default_rng(0)
    ripple = 0.05 * np.sin(np.arange(COMPETITION.frequency_bins) / 9)
    carriers = 0.2 * (random.random(COMPETITION.frequency_bins) < 0.02)
    panels = 1 + ripple + carriers + 0.013 * random.normal(size=COMPETITION.of_cadence)
    panels[1, 40:43] = 1
    return panels.astype(np.float16)


def show(name: str, function: Callable[[], object]) -> None:
    seconds = []
    for _ in range(REPEATS):
        started = time.process_time()
        function()
        seconds.append(time.process_time() - started)
    print(f"| {name} | {1000 * min(seconds):.1f} |", flush=True)


if __name__ == "__main__":
    main()

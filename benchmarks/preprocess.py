"""How long each store takes on one core, and the factors of an NMF by each backend; prints Markdown tables.

The times are the shortest of some repeats, on a cadence with ripple, carriers and a few blank time bins. On a
core they are of the processor alone; on a GPU they are what a clock shows, with the copies to and from it.
Factors include their start, which is NumPy's for PyTorch too. Their error is that of the product, relative to
NumPy's in float64. Backends whose packages are missing are left out, and so is the GPU if there is none.

It needs NumPy and SciPy. No environment has both nimfa and PyTorch, so the times by nimfa may come from
another run of this script:

    export PYTHONPATH=workflow_scripts OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
    python benchmarks/preprocess.py --save nimfa.json # where nimfa is
    python benchmarks/preprocess.py --nimfa nimfa.json # where PyTorch is, and perhaps a GPU
"""

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from abacad.cadences.compact import decode, encode
from abacad.cadences.layout import COMPETITION
from abacad.preprocess import nmf_numpy
from abacad.preprocess.flatten import flatten
from abacad.preprocess.level import level
from abacad.preprocess.nmf_parts import (
    Residual,
    fitted,
    flattened,
    live_spectra,
    scaled,
    start,
)
from abacad.preprocess.normalize import normalize, off_normalize, zscore

CLIP = (-5.0, 20.0)
REPEATS = 7
WAYS = {"demo": (10, 15, "random"), "default": (10, 30, "nndsvd")}  # rank, iterations, seeding

Factors = tuple[np.ndarray, np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--save", type=Path, help="JSON to write: the times of all factors")
    parser.add_argument("--nimfa", type=Path, help="such a file, from where nimfa is installed")
    arguments = parser.parse_args()

    panels = cadence()
    show_stores(panels)
    known = json.loads(arguments.nimfa.read_text()) if arguments.nimfa else {}
    times = show_factors(scaled(panels), known)
    if arguments.save:
        arguments.save.write_text(json.dumps(times))


def cadence() -> np.ndarray:
    random = np.random.default_rng(0)
    ripple = 0.05 * np.sin(np.arange(COMPETITION.frequency_bins) / 9)
    carriers = 0.2 * (random.random(COMPETITION.frequency_bins) < 0.02)
    panels = 1 + ripple + carriers + 0.013 * random.normal(size=COMPETITION.of_cadence)
    panels[1, 40:43] = 1
    return panels.astype(np.float16)


def show_stores(panels: np.ndarray) -> None:
    """The stores that are made of one cadence, (panel=6, time, frequency). Of nmf, what all backends do."""
    print(f"NumPy {np.__version__}, one core\n")
    print("| what | ms a cadence |")
    print("| --- | ---: |")
    ready = scaled(panels)
    left = Residual(ready, live_spectra(ready))
    flat = flatten(panels, CLIP)
    for name, function in {
        "np.median of each column": partial(np.median, panels.astype(np.float32), axis=1),
        "zscored": partial(zscore, panels, CLIP),
        "normalized": partial(normalize, panels, CLIP),
        "off_normalized": partial(off_normalize, panels, CLIP),
        "levelled": partial(level, panels, CLIP),
        "flattened": partial(flatten, panels, CLIP),
        "nmf, before the factors": partial(scaled, panels),
        "nmf, after the factors": partial(flattened, left, CLIP),
        "to float16": partial(flat.astype, np.float16),
        "to codes of int8": partial(encode, flat),
        "from codes of int8": partial(decode, encode(flat)),
    }.items():
        print(f"| {name} | {milliseconds(function):.1f} |", flush=True)


def show_factors(
    panels: np.ndarray, known: dict[str, dict[str, float]]
) -> dict[str, dict[str, float]]:
    """Of scaled panels, the factors of the OFF spectra by each backend; `known` has further times.

    Returns ms a cadence by settings and backend.
    """
    (spectra,) = fitted(panels, "off")
    spectra = spectra[live_spectra(spectra)]
    print("\n| factors | settings | ms a cadence | error | times as fast as numpy | as nimfa |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    times = {}
    for settings, way in WAYS.items():
        reference = np.matmul(*nmf_numpy.factorize(spectra.astype(np.float64), *way))
        measured = {backend: function(spectra, *way) for backend, function in backends().items()}
        times[settings] = known.get(settings, {}) | {name: ms for name, (ms, _) in measured.items()}
        for backend, ms in times[settings].items():
            if backend in measured:
                product = np.matmul(*measured[backend][1])
                error = f"{np.linalg.norm(product - reference) / np.linalg.norm(reference):.0e}"
            else:
                error = ""
            faster = [
                f"{times[settings][other] / ms:.1f}" if other in times[settings] else ""
                for other in ("numpy", "nimfa")
            ]
            print(f"| {' | '.join((backend, settings, f'{ms:.2f}', error, *faster))} |", flush=True)
    return times


def backends() -> dict[str, Callable[..., tuple[float, Factors]]]:
    """By name: functions of spectra, rank, iterations and seeding that tell ms a cadence and the factors."""
    found = {
        "start alone": partial(
            of_one, lambda spectra, rank, _, seeding: start(spectra, rank, seeding)
        ),
        "numpy": partial(of_one, nmf_numpy.factorize),
    }
    if find_spec("nimfa"):
        from abacad.preprocess import nmf_nimfa

        found["nimfa"] = partial(of_one, nmf_nimfa.factorize)
    if find_spec("torch"):
        import torch

        torch.set_num_threads(1)
        found["torch, CPU"] = partial(of_many, "cpu")
        if torch.cuda.is_available():
            found[f"torch, {torch.cuda.get_device_name()}"] = partial(of_many, "cuda")
    return found


def of_one(
    function: Callable[..., Factors], spectra: np.ndarray, *way: object
) -> tuple[float, Factors]:
    return milliseconds(partial(function, spectra, *way)), function(spectra, *way)


def of_many(
    kind: str, spectra: np.ndarray, rank: int, iterations: int, seeding: str
) -> tuple[float, Factors]:
    """As many cadences at a time as the rule takes."""
    import torch

    from abacad.preprocess.nmf_torch import AT_ONCE, factorize

    count = AT_ONCE[kind]
    inputs = [np.stack([array] * count) for array in (spectra, *start(spectra, rank, seeding))]

    def updates() -> Factors:
        own = (torch.from_numpy(array).to(kind) for array in inputs)
        weights, basis = factorize(*own, iterations)
        return weights[0].cpu().numpy(), basis[0].cpu().numpy()

    clock = time.process_time if kind == "cpu" else time.perf_counter
    started = milliseconds(partial(start, spectra, rank, seeding))
    return started + milliseconds(updates, clock) / count, updates()


def milliseconds(
    function: Callable[[], object], clock: Callable[[], float] = time.process_time
) -> float:
    seconds = []
    for _ in range(REPEATS):
        started = clock()
        function()
        seconds.append(clock() - started)
    return 1000 * min(seconds)


if __name__ == "__main__":
    main()

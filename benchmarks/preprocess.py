"""How long each store takes on one core, and the factors of an NMF by each backend; prints Markdown tables.

The times are the shortest of some repeats, on a cadence with ripple, carriers and a few blank time bins. On a
core they are of the processor alone; on a GPU they are what a clock shows, with the copies to and from it.
A store is compared with a copy of the same files, read and written whole, with their SHA-256. Both read from
the system's cache, and the wait for the disk is not counted.

Factors include their start, which is NumPy's for PyTorch too. Their error is that of the product, relative to
NumPy's in float64. Backends whose packages are missing are left out, and so is the GPU if there is none.

It needs NumPy, SciPy and pyarrow. No environment has both nimfa and PyTorch, so the times by nimfa may come
from another run of this script:

    export PYTHONPATH=workflow_scripts OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
    python benchmarks/preprocess.py --save nimfa.json # where nimfa is
    python benchmarks/preprocess.py --nimfa nimfa.json # where PyTorch is, and perhaps a GPU
"""

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from abacad.cadences.arrangement import AS_IT_IS
from abacad.cadences.band import BURST
from abacad.cadences.cadence import panel_statistics, read_cadence
from abacad.cadences.compact import decode, encode
from abacad.cadences.layout import COMPETITION
from abacad.cadences.shard import STORED_AS, Shard
from abacad.cadences.store import write_store
from abacad.overlaps.subtraction import Source, subtract_from_file
from abacad.preprocess import nmf_numpy
from abacad.preprocess.flatten import flatten
from abacad.preprocess.level import level, running_mean
from abacad.preprocess.nmf_parts import (
    Residual,
    fitted,
    flattened,
    live_spectra,
    scaled,
    start,
)
from abacad.preprocess.normalize import (
    COLUMNS,
    SPECTRA,
    WHOLE_PANEL,
    live_zscore,
    median_and_spread,
    normalize,
    off_normalize,
    zscore,
)

CLIP = (-5.0, 20.0)
REPEATS = 7
CADENCES = 32  # files of which a store is made
SHIFTS = (
    -20,
    20,
    -60,
    60,
)  # columns from a cadence to its partners, for residuals: all columns have two
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
    show_steps(panels)
    known = json.loads(arguments.nimfa.read_text()) if arguments.nimfa else {}
    times = show_factors(scaled(panels), known)
    if arguments.save:
        arguments.save.write_text(json.dumps(times))


def cadence(shift: int = 0) -> np.ndarray:
    """A cut of one band, so many columns higher."""
    random = np.random.default_rng(0)
    margin = max(SHIFTS)
    columns = COMPETITION.frequency_bins + 2 * margin
    ripple = 0.05 * np.sin(np.arange(columns) / 9)
    carriers = 0.2 * (random.random(columns) < 0.02)
    noise = 0.013 * random.normal(size=(*COMPETITION.of_cadence[:2], columns))
    panels = 1 + ripple + carriers + noise
    panels[1, 40:43] = 1
    first = margin + shift
    return panels[..., first : first + COMPETITION.frequency_bins].astype(np.float16)


def show_stores(panels: np.ndarray) -> None:
    """From files of a cadence, (panel=6, time, frequency), to a store of each type."""
    print(f"NumPy {np.__version__}, one core\n")
    print(f"| what | {' | '.join(f'{name}, ms a cadence | times a copy' for name in STORED_AS)} |")
    print("| --- |" + " ---: | ---: |" * len(STORED_AS))
    functions = {
        "stored as read": lambda panels: panels,
        "zscored": partial(zscore, clip=CLIP),
        "normalized": partial(normalize, clip=CLIP),
        "off_normalized": partial(off_normalize, clip=CLIP),
        "levelled": partial(level, clip=CLIP),
        "flattened": partial(flatten, clip=CLIP),
    }
    with TemporaryDirectory() as folder:
        paths = [Path(folder, f"{row}.npy") for row in range(CADENCES)]
        for path in paths:
            np.save(path, panels)
        partners = [(str(Path(folder, f"partner{shift}.npy")), shift) for shift in SHIFTS]
        for path, shift in partners:
            np.save(path, cadence(-shift))
        output = Path(folder, "output")
        shards = [Shard("", "", 0, 1, stored_as=name) for name in STORED_AS]
        ways = {
            "copied with SHA-256": [partial(copied, paths, output)],
            "indexed": [partial(indexed, paths)],
        }
        for name, function in functions.items():
            ways[name] = [partial(stored, paths, output, shard, function) for shard in shards]
        ways[f"residual, {len(partners)} partners"] = [
            partial(residuals, paths, partners, output, shard) for shard in shards
        ]
        copy = None
        for name, each in ways.items():
            times = [milliseconds(way) / CADENCES for way in each]
            copy = copy or times[0]
            cells = [f"{ms:.2f} | {ms / copy:.1f}" for ms in times]
            cells += ["| "] * (len(shards) - len(times))  # of what has no type
            print(f"| {name} | {' | '.join(cells)} |", flush=True)


def copied(paths: Sequence[Path], output: Path) -> None:
    """Copy files one after the other into one, and compute the checksum of each."""
    with open(output, "wb") as file:
        for path in paths:
            content = path.read_bytes()
            hashlib.sha256(content).digest()
            file.write(content)


def indexed(paths: Sequence[Path]) -> None:
    """Read and check files as the index does."""
    for path in paths:
        panel_statistics(read_cadence(path))


def stored(
    paths: Sequence[Path],
    output: Path,
    shard: Shard,
    function: Callable[[np.ndarray], np.ndarray],
) -> None:
    """Write a store of the function's panels, as the rules do with one worker."""
    results = (shard.kept(function(read_cadence(path))) for path in paths)
    write_store(output, shard, map(str, paths), results)


def residuals(
    paths: Sequence[Path], partners: Sequence[tuple[str, int]], output: Path, shard: Shard
) -> None:
    """The same of residuals, where all cadences have the same partners."""
    sources = (Source(str(path), AS_IT_IS, (*partners,)) for path in paths)
    results = (subtract_from_file(source, "flattened", len(partners))[0] for source in sources)
    write_store(output, shard, map(str, paths), map(shard.kept, results))


def show_steps(panels: np.ndarray) -> None:
    """What is computed of one cadence, (panel=6, time, frequency). Of nmf, what all backends do."""
    print("\n| step | ms a cadence | ns a value |")
    print("| --- | ---: | ---: |")
    zscored = live_zscore(panels)
    whole = zscore(panels)
    ready = scaled(panels)
    left = Residual(ready, live_spectra(ready))
    flat = flatten(panels, CLIP)
    for name, step in {
        "float16 to float32": partial(panels.astype, np.float32),
        "float32 to float16": partial(flat.astype, np.float16),
        "float32 to codes of int8": partial(encode, flat),
        "codes of int8 to float16": partial(decode, encode(flat)),
        "np.sort of columns": lambda: np.sort(whole.swapaxes(1, 2)),
        "np.partition of panels": partial(
            np.partition, whole.reshape(len(whole), -1), len(whole[0]) * 128
        ),
        "np.median of columns": partial(np.median, whole, axis=1),
        "panels checked, and their mean and deviation": partial(panel_statistics, panels),
        "median and spread of columns": partial(median_and_spread, zscored, COLUMNS),
        "median and spread of spectra": partial(median_and_spread, zscored, SPECTRA),
        "median and spread of panels": partial(median_and_spread, zscored, WHOLE_PANEL),
        "running mean": partial(running_mean, whole, BURST),
        "zscored": partial(zscore, panels, CLIP),
        "normalized": partial(normalize, panels, CLIP),
        "off_normalized": partial(off_normalize, panels, CLIP),
        "levelled": partial(level, panels, CLIP),
        "flattened": partial(flatten, panels, CLIP),
        "nmf, before the factors": partial(scaled, panels),
        "nmf, after the factors": partial(flattened, left, CLIP),
    }.items():
        ms = milliseconds(step)
        print(f"| {name} | {ms:.2f} | {1e6 * ms / panels.size:.1f} |", flush=True)


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

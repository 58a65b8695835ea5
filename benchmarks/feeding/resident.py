"""Compare training and scoring with the same work on a batch that is already composed: images a second.

What is compared reads stores, changes and composes as a job does. Beside it, the same model takes
as many steps, or makes as many forward passes, on one batch of images that stays on the device.

On the CPU, it is the processor's time of one thread; with a GPU, the clock's. Files stay in memory.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from noise import noise_rows, open_noise

from abacad.devices.device import autocast, device_name, precision, prepare_device
from abacad.devices.progress import Progress
from abacad.images.batches import PanelReader, TrainingData, in_order, load_batches
from abacad.images.composition import Images
from abacad.model.detector import Detector, build_model
from abacad.settings import Run
from abacad.train.learner import Learner
from abacad.train.loop import own_batches, prepared, train_epoch
from abacad.train.predict import FLIPS, predict
from abacad.train.run_settings import run_of

BATCHES = {"cpu": 16, "cuda": 64}  # in each repeat
REPEATS = 5
THREADS = 4  # that read for a GPU, as in train_fold


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("work", choices=WORKS, help="what is compared")
    settings_help = (
        "JSON: complete settings of runs by the name to print; all have the same channels"
    )
    add("--settings", type=json.loads, required=True, help=settings_help)
    add("--gpu-only", nargs="*", default=[], help="names of those that are not for a CPU")
    arguments = parser.parse_args()

    device = prepare_device(1)
    runs = {name: run_of(settings) for name, settings in arguments.settings.items()}
    print(f"{device_name(device)}, PyTorch {torch.__version__}\n")
    print("| model | images/s | of a resident batch | ratio (least to most) |")
    print("| --- | ---: | ---: | ---: |")
    with TemporaryDirectory() as folder:
        channels = next(iter(runs.values())).composition.channels
        reader = open_noise(Path(folder), channels)
        for name, run in runs.items():
            if device.type == "cpu" and name in arguments.gpu_only:
                print(f"| {name} | not measured: there is no GPU | | |")
            else:
                WORKS[arguments.work](name, run, reader, device)


def compare_training(name: str, run: Run, reader: PanelReader, device: torch.device) -> None:
    """An epoch, and as many steps on one batch."""
    count = BATCHES[device.type]
    rows = noise_rows(count * run.optimization.batch_size)
    data = TrainingData(reader, training=rows, validation=rows)
    learner = Learner(build_model(run).to(device), run, fold=0)
    images, labels = resident_batch(run, reader, device)

    def epoch() -> None:
        with Progress(name, len(rows), "cadences", bar=False) as progress:
            train_epoch(learner, data, 0, THREADS, progress)

    def steps() -> None:
        learner.start_epoch(0)
        for _ in range(count):
            learner.step(images, labels, None, len(labels), epochs_done=0.0)

    tell(name, len(rows), device, epoch, steps)


def compare_scoring(name: str, run: Run, reader: PanelReader, device: torch.device) -> None:
    """The prediction of rows, averaged over flips, and as many forward passes of one batch."""
    count, size = BATCHES[device.type], run.optimization.batch_size
    rows, order = noise_rows(count * size), in_order(count * size, size)
    model = build_model(run).to(device, memory_format=torch.channels_last).eval()
    images, _ = resident_batch(run, reader, device)
    for flips in FLIPS:

        def prediction(flips: int = flips) -> None:
            predict(model, load_batches(reader, rows, order, device, THREADS), run, flips)

        def passes(flips: int = flips) -> None:
            for _ in range(count * flips):
                forward(model, images, run, device)

        tell(f"{name}, `tta: {flips}`", len(rows) * flips, device, prediction, passes)


WORKS = {"training": compare_training, "scoring": compare_scoring}


def resident_batch(
    run: Run, reader: PanelReader, device: torch.device
) -> tuple[Images, torch.Tensor]:
    """The images and labels of a batch on the device."""
    size = run.optimization.batch_size
    reading = run.composition.channels, device, THREADS
    ((_, batch),) = own_batches(reader, noise_rows(size), in_order(size, size), 0, *reading)
    return prepared(batch, run)


@torch.inference_mode()
def forward(model: Detector, images: Images, run: Run, device: torch.device) -> torch.Tensor:
    """The probabilities of a batch, (batch,)."""
    with autocast(device, precision(device, run.amp)):
        return model(images).float().sigmoid()


def tell(name: str, images: int, device: torch.device, whole: Callable, resident: Callable) -> None:
    """Measure both in turn, and print a row. The first time is not counted."""
    seconds = np.empty((1 + REPEATS, 2))
    for repeat in seconds:
        for number, work in enumerate((whole, resident)):
            started = now(device)
            work()
            repeat[number] = now(device) - started
    own, others = seconds[1:].T
    ratios = others / own
    told = f"{np.median(ratios):.2f} ({ratios.min():.2f} to {ratios.max():.2f})"
    rates = (f"{images / np.median(some):.0f}" for some in (own, others))
    print(f"| {name} | {' | '.join(rates)} | {told} |", flush=True)


def now(device: torch.device) -> float:
    """Seconds of the processor; with a GPU those of the clock, when all that it was given is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        return time.perf_counter()
    return time.process_time()


if __name__ == "__main__":
    main()

"""Compare a training that two processes share with one that has a process alone: images a second.

Each process has a GPU, or a thread of the CPU. An epoch goes through the whole input path, and the clock
tells its time, so other work on the machine counts. Files stay in memory.
"""

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from clock import now
from noise import noise_rows, open_noise

from abacad.devices.data_parallel import rank, run_in_processes, sharing_batch_statistics
from abacad.devices.device import device_name, prepare_device
from abacad.devices.progress import Progress
from abacad.images.batches import TrainingData
from abacad.model.detector import build_model
from abacad.settings import Run
from abacad.train.learner import Learner
from abacad.train.loop import train_epoch
from abacad.train.run_settings import run_of

BATCHES = {"cpu": 32, "cuda": 64}  # in each repeat
REPEATS = 5
THREADS = 4  # that read for a GPU, as in train_fold


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    settings_help = "JSON: complete settings of a run by the name to print"
    parser.add_argument("--cpu", type=json.loads, required=True, help=settings_help)
    parser.add_argument("--gpu", type=json.loads, required=True, help=settings_help)
    arguments = parser.parse_args()

    gpus = torch.cuda.device_count()
    print(f"{device_name(prepare_device(1))}, PyTorch {torch.__version__}\n")
    print("| model | images/s | by two processes | ratio |")
    print("| --- | ---: | ---: | ---: |")
    for name, settings in (arguments.gpu if gpus else arguments.cpu).items():
        if gpus == 1:
            print(f"| {name} | not measured: there is one GPU | | |")
            continue
        one, two = (images_per_second(settings, count) for count in (1, 2))
        print(f"| {name} | {one:.0f} | {two:.0f} | {two / one:.2f} |", flush=True)


def images_per_second(settings: dict, count: int) -> float:
    """The median of some epochs by so many processes."""
    with TemporaryDirectory() as folder:
        run_in_processes(count, learn, settings, folder)
        return float(Path(folder, "images_per_second").read_text())


def learn(settings: dict, folder: str) -> None:
    """Measure epochs in this process, of which the first one writes the result."""
    device, run = prepare_device(1), run_of(settings)
    own = Path(folder, f"process{rank()}")
    own.mkdir()
    rows = noise_rows(BATCHES[device.type] * run.optimization.batch_size)
    reader = open_noise(own, run.composition.channels)
    data = TrainingData(reader, training=rows, validation=rows)
    model = sharing_batch_statistics(build_model(run).to(device), device)
    learner = Learner(model, run, fold=0)
    seconds = sorted(epoch(learner, data, run, device) for _ in range(1 + REPEATS))
    if rank() == 0:
        Path(folder, "images_per_second").write_text(str(len(rows) / seconds[REPEATS // 2]))


def epoch(learner: Learner, data: TrainingData, run: Run, device: torch.device) -> float:
    """The seconds of an epoch."""
    started = now(device)
    with Progress("", len(data.training), "cadences", bar=False) as progress:
        train_epoch(learner, data, 0, THREADS, progress)
    return now(device) - started


if __name__ == "__main__":
    main()

"""Compare what a core feeds to a model by our input path and in the usual way: samples a second.

The usual way is a PyTorch Dataset in a DataLoader with one worker process. It loads a raw file with
np.load, stacks the ON panels and the OFF panels in time as two channels, resizes them with OpenCV and changes
them with albumentations. Our path reads two channels of stores, makes the same changes to panels and
composes images. Where a GPU composes, reading is left to the host.

The time is the processor's, of all processes. Files stay in memory.
"""

import argparse
import json
import resource
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import albumentations
import cv2
import numpy as np
import torch
from noise import CADENCES, cadences, noise_rows, open_noise
from torch.utils.data import DataLoader, Dataset

from abacad.cadences.layout import OFF_PANELS, ON_PANELS
from abacad.devices.device import prepare_device
from abacad.images.batches import PanelReader, in_order, load_batches
from abacad.settings import Run
from abacad.train.loop import own_batches, prepared
from abacad.train.run_settings import run_of

SAMPLES = 1024  # in each repeat; starting the worker then takes little of it
REPEATS = 5


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    settings_help = "JSON: a list of complete settings of runs, which differ in image_size"
    parser.add_argument("--settings", type=json.loads, required=True, help=settings_help)
    runs = [run_of(settings) for settings in parser.parse_args().settings]

    device = prepare_device(1)
    if device.type != "cpu":
        parser.error("hide the GPU: this compares what the host does")
    cv2.setNumThreads(1)
    print(f"PyTorch {torch.__version__}, OpenCV {cv2.__version__}, albumentations ", end="")
    print(
        f"{albumentations.__version__}, one thread, batches of {runs[0].optimization.batch_size}\n"
    )
    print("| image | way | samples/s a core | times the usual way (least to most) |")
    print("| --- | --- | ---: | ---: |")
    with TemporaryDirectory() as folder:
        paths = [Path(folder, f"{number}.npy") for number in range(CADENCES)]
        for path, cadence in zip(paths, cadences(), strict=True):
            np.save(path, cadence)
        reader = open_noise(Path(folder), runs[0].composition.channels)
        for run in runs:
            ways = {
                "the usual way": lambda run=run: usual_batches(paths, run),
                "ours, all on the CPU": lambda run=run: our_images(reader, run),
                "ours, what is left to the host of a GPU": lambda run=run: our_panels(reader, run),
            }
            seconds = measure([*ways.values()])
            size = " x ".join(map(str, run.composition.image_size))
            for way, own in zip(ways, seconds.T, strict=True):
                times = seconds[:, 0] / own
                told = f"{np.median(times):.1f} ({times.min():.1f} to {times.max():.1f})"
                print(f"| {size} | {way} | {SAMPLES / np.median(own):.0f} | {told} |", flush=True)


class UsualDataset(Dataset):
    """Images of raw files, (channel=2, time, frequency), float32. They begin anew after the last file."""

    def __init__(self, paths: Sequence[Path], run: Run):
        self._paths = paths
        self._height, self._width = run.composition.image_size
        flip, moves = run.augmentation.flip, run.augmentation.shift_scale_rotate
        self._change = albumentations.Compose(
            [
                albumentations.HorizontalFlip(p=flip.frequency),
                albumentations.VerticalFlip(p=flip.time),
                albumentations.ShiftScaleRotate(
                    shift_limit=moves.shift,
                    scale_limit=moves.scale,
                    rotate_limit=moves.rotate,
                    p=moves.probability,
                ),
            ]
        )

    def __len__(self) -> int:
        return SAMPLES

    def __getitem__(self, row: int) -> tuple[np.ndarray, np.float32]:
        panels = np.load(self._paths[row % len(self._paths)]).astype(np.float32)
        sides = [np.concatenate(panels[[*side]]) for side in (ON_PANELS, OFF_PANELS)]
        image = cv2.resize(np.stack(sides, axis=-1), (self._width, self._height))
        image = self._change(image=image)["image"]
        return np.ascontiguousarray(image.transpose(2, 0, 1)), np.float32(row % 2)


def usual_batches(paths: Sequence[Path], run: Run) -> DataLoader:
    size = run.optimization.batch_size
    return DataLoader(UsualDataset(paths, run), batch_size=size, shuffle=True, num_workers=1)


def our_panels(reader: PanelReader, run: Run) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    order = in_order(SAMPLES, run.optimization.batch_size)
    return load_batches(reader, noise_rows(SAMPLES), order, torch.device("cpu"), threads=1)


def our_images(reader: PanelReader, run: Run) -> Iterator[object]:
    order = in_order(SAMPLES, run.optimization.batch_size)
    reading = run.composition.channels, torch.device("cpu"), 1
    for _, batch in own_batches(reader, noise_rows(SAMPLES), order, 0, *reading):
        yield prepared(batch, run)


def measure(ways: Sequence[Callable[[], Iterable]]) -> np.ndarray:
    """Processor seconds of each way in each repeat, (repeat, way). The first repeat is not counted."""
    seconds = np.empty((1 + REPEATS, len(ways)))
    for repeat in seconds:
        for number, batches in enumerate(ways):
            started = processor_seconds()
            for _ in batches():
                pass
            repeat[number] = processor_seconds() - started
    return seconds[1:]


def processor_seconds() -> float:
    """Of this process, and of its children that have ended."""
    own, children = (
        resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()

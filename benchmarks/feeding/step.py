"""Compare ways of computing a training step, on one batch of random images that stays on the device.

The plain loop in float32 is what the others are measured by. The same loop in mixed precision, with the
channels last, is that of timm's training script. Ours is the step of a training here. What compilation takes
is told apart, since a training pays it once.
"""

import argparse
import json
from collections.abc import Callable

import torch
from clock import now

from abacad.devices.device import (
    autocast,
    device_name,
    peak_memory_mb,
    precision,
    prepare_device,
)
from abacad.images.composition import image_channels, image_size, views
from abacad.model.detector import build_model
from abacad.model.losses import loss_of
from abacad.settings import Run
from abacad.train.learner import Learner, build_optimizer
from abacad.train.run_settings import run_of

STEPS = {"cpu": 3, "cuda": 30}

Step = Callable[[], None]


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    settings_help = "JSON: complete settings of runs by the name to print"
    add("--settings", type=json.loads, required=True, help=settings_help)
    add("--gpu-only", nargs="*", default=[], help="names of those that are not for a CPU")
    arguments = parser.parse_args()

    device = prepare_device(1)
    print(f"{device_name(device)}, PyTorch {torch.__version__}\n")
    print("| model | step | images/s | times float32 | GB | to begin, s |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    for name, settings in arguments.settings.items():
        run, first = run_of(settings), None
        for way, prepare in WAYS.items():
            if device.type == "cpu" and name in arguments.gpu_only:
                print(f"| {name} | {way} | not measured: there is no GPU | | | |")
                continue
            rate, begin = measured(prepare(run, device), run, device)
            first = first or rate
            memory = peak_memory_mb(device) / 1e3
            told = f"{rate:.3g} | {rate / first:.2f} | {memory:.1f} | {begin:.0f}"
            print(f"| {name} | {way} | {told} |", flush=True)


def plain(run: Run, device: torch.device) -> Step:
    return loop(run, device, torch.float32, torch.contiguous_format)


def of_timm(run: Run, device: torch.device) -> Step:
    return loop(run, device, precision(device, run.amp), torch.channels_last)


def compiled(run: Run, device: torch.device) -> Step:
    return loop(run, device, precision(device, run.amp), torch.channels_last, torch.compile)


def ours(run: Run, device: torch.device) -> Step:
    """The step of a training."""
    learner = Learner(build_model(run).to(device), run, fold=0)
    learner.start_epoch(run.optimization.head_only_epochs)
    images, labels = batch(run, device)
    return lambda: learner.step(images, labels, None, len(labels), epochs_done=0.0)


def loop(
    run: Run,
    device: torch.device,
    dtype: torch.dtype,
    memory_format: torch.memory_format,
    change: Callable = lambda model: model,
) -> Step:
    """A step as in most training loops. `change` is made to the model before."""
    model = build_model(run).to(device, memory_format=memory_format).train()
    optimizer, changed = build_optimizer(model, run.optimization), change(model)
    images, labels = batch(run, device)
    images = tuple(image.contiguous(memory_format=memory_format) for image in images)

    def step() -> None:
        with autocast(device, dtype):
            logits = changed(images, labels)
        loss_of(logits, labels, run.loss_terms.loss).backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


WAYS = {
    "plain loop, float32": plain,
    "plain loop, mixed precision, channels last": of_timm,
    "the same, compiled": compiled,
    "ours": ours,
}


def batch(run: Run, device: torch.device) -> tuple[tuple[torch.Tensor, ...], torch.Tensor]:
    """Random images of each view, and labels."""
    size, composition = run.optimization.batch_size, run.composition
    images = tuple(
        torch.randn(
            size,
            len(image_channels(composition, view)),
            *image_size(composition, view),
            device=device,
        )
        for view in views(composition)
    )
    return images, (torch.arange(size, device=device) % 2).float()


def measured(step: Step, run: Run, device: torch.device) -> tuple[float, float]:
    """Images a second, and the seconds of the first step beyond the others."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    marks = [now(device)]
    for _ in range(2 + STEPS[device.type]):
        step()
        marks.append(now(device))
    each = (marks[-1] - marks[2]) / STEPS[device.type]
    return run.optimization.batch_size / each, marks[1] - marks[0] - each


if __name__ == "__main__":
    main()

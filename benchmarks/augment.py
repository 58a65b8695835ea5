"""Compare the time of augmenting and composing a batch of 64 with that of a whole training step.

`make benchmark-augment` runs it with EfficientNet-B0, four channels at 256 x 256: with the default
augmentations, and with every one at its default probability.
"""

import argparse
import json

import numpy as np
import torch
from clock import now

from abacad.devices.device import autocast, device_name, precision, prepare_device
from abacad.images.mixing import mix
from abacad.images.panel_batch import PanelBatch, generators
from abacad.model.detector import build_model
from abacad.model.losses import loss_of
from abacad.settings import Run
from abacad.train.learner import build_optimizer
from abacad.train.loop import prepared
from abacad.train.run_settings import run_of

BATCH, STEPS = 64, 3


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    settings_help = "JSON: complete settings of a run by the name to print"
    parser.add_argument("--settings", type=json.loads, required=True, help=settings_help)
    arguments = parser.parse_args()

    device = prepare_device(torch.get_num_threads())
    print(f"{device_name(device)}, {torch.get_num_threads()} threads, batch {BATCH}")
    print("| augmentations | augment and compose, s | training step, s | share |")
    print("| --- | ---: | ---: | ---: |")
    for name, settings in arguments.settings.items():
        prepare, step = measure(run_of(settings), device)
        print(f"| {name} | {prepare:.2f} | {step:.2f} | {prepare / step:.1%} |", flush=True)


def measure(run: Run, device: torch.device) -> tuple[float, float]:
    """Mean seconds of preparing a batch, and of the whole step, over STEPS; the first one is not counted."""
    shape = (BATCH, len(run.composition.channels), 3, 273, 256)
    panels, labels = torch.randn(shape).half(), torch.randint(0, 2, (BATCH,)).float()
    model = build_model(run).to(device, memory_format=torch.channels_last).train()
    optimizer = build_optimizer(model, run.optimization)
    seconds = []
    for _ in range(1 + STEPS):
        marks = [now(device)]
        own = generators(0, range(BATCH))
        batch = PanelBatch(
            panels.clone().to(device), labels.to(device), run.composition.channels, own
        )
        images, mixed = prepared(batch, run)
        images, mixed = mix(images, mixed, own, run.mixing, run.composition, 0)
        marks.append(now(device))
        with autocast(device, precision(device, run.amp)):
            logits = model(images, mixed)
        loss_of(logits, mixed, run.loss_terms.loss).backward()
        optimizer.step()
        optimizer.zero_grad()
        marks.append(now(device))
        seconds.append((marks[1] - marks[0], marks[2] - marks[0]))
    return tuple(np.mean(seconds[1:], axis=0))


if __name__ == "__main__":
    main()

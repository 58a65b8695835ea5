"""Runs in; their operations and memory, which are counted, and GPU-hours, from published speeds, out.

`make benchmark-cost` runs it with config.yaml, config.talk.yaml and config.best.yaml, on the competition's
data. One operation is a multiplication with its addition in a forward pass; a training step takes about
three times as many. Prediction is not counted. Rows that overlap with a fold are counted, although they are
left out of its training.

Memory is what a forward pass in bfloat16 keeps of an image for the backward pass, and for each parameter its
value, gradient and two moments of Adam in float32. Nothing is run, so no card was asked.
"""

import argparse
import json
from functools import cache

import timm
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from abacad.images.composition import Images
from abacad.model.detector import build_model, empty_images
from abacad.settings import Run
from abacad.train.run_settings import run_of

# Images that one RTX 3090 trains on in a second, and their side in pixels. Mixed precision, channels
# last, like the training here. Source: results/benchmark-train-amp-nhwc-pt112-cu113-rtx3090.csv in timm.
PUBLISHED = {
    "tf_efficientnet_b3": (492.45, 300),
    "tf_efficientnet_b5": (111.14, 456),
    "eca_nfnet_l2": (58.72, 320),
}

CARDS = (11, 16, 24, 40, 80, 141)  # GB
BYTES_A_PARAMETER = 16
ELSE = 2.0  # GB: the context, workspaces of convolutions, and what is lost between blocks


def main() -> None:
    """Read the command line, count and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    runs_help = (
        "JSON: a list of {recipe, passes (of cadences, all folds), settings (complete)} of runs"
    )
    parser.add_argument("--runs", type=json.loads, required=True, help=runs_help)
    arguments = parser.parse_args()

    print(
        "| recipe | run | backbone | image | 10^9 operations a cadence | 10^6 passes | GPU-hours |"
    )
    print("| --- | --- | --- | --- | ---: | ---: | ---: |")
    totals: dict[str, float] = {}
    batches: dict[tuple[str, str], list[str]] = {}
    for asked in arguments.runs:
        run = run_of(asked["settings"])
        name = run.architecture.backbone.split(".")[0]
        own = operations_of(run)
        with torch.device("meta"):
            images = empty_images(run)
        size = ", ".join(
            " x ".join(map(str, (*image.shape[2:], image.shape[1]))) for image in images
        )
        if (name, size) not in batches:
            with torch.device("meta"):
                an_image, fitting = images_by_card(build_model(run), images)
            batches[name, size] = [f"{an_image:.2f}", str(run.optimization.batch_size), *fitting]
        hours = gpu_hours(run, own, asked["passes"])
        totals[asked["recipe"]] = totals.get(asked["recipe"], 0) + hours
        print(
            f"| {asked['recipe']} | {run.experiment}, {run.stage} | {name} | {size} | {own / 1e9:.1f} "
            f"| {asked['passes'] / 1e6:.1f} | {hours:.0f} |"
        )
    print("\n| recipe | GPU-hours in all, of one RTX 3090 |\n| --- | ---: |")
    for recipe, hours in totals.items():
        print(f"| {recipe} | {hours:.0f} |")
    cards = " | ".join(f"{card} GB" for card in CARDS)
    print(f"\n| backbone | image | GB an image | batch | {cards} |")
    print("| --- | --- | ---: | ---: |" + " ---: |" * len(CARDS))
    for names, cells in batches.items():
        print(f"| {' | '.join((*names, *cells))} |")


def operations(model: nn.Module, images: Images) -> float:
    """Multiplications with their additions of a forward pass."""
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        model.eval()(images)
    return counter.get_total_flops() / 2


def images_by_card(model: nn.Module, images: Images) -> tuple[float, list[str]]:
    """GB that an image takes in training, and how many of them fit each of `CARDS`, without checkpoints."""
    model = model.train().to(torch.bfloat16)
    own = {parameter.untyped_storage()._cdata for parameter in model.parameters()}
    kept: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in own:
            kept[storage._cdata] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model(tuple(image.to(torch.bfloat16) for image in images))
    an_image = sum(storage.nbytes() for storage in kept.values()) / 1e9
    fixed = ELSE + BYTES_A_PARAMETER * sum(one.numel() for one in model.parameters()) / 1e9
    return an_image, [str(max(0, int((card - fixed) / an_image))) for card in CARDS]


def operations_of(run: Run) -> float:
    """The same for a cadence, by the model of a run."""
    with torch.device("meta"):
        return operations(build_model(run), empty_images(run))


def gpu_hours(run: Run, own: float, passes: float) -> float:
    """Hours in which one RTX 3090 trains a run's model, of so many operations, on so many cadences."""
    return passes * own / published_rate(run.architecture.backbone.split(".")[0]) / 3600


@cache
def published_rate(name: str) -> float:
    """Forward-pass operations in a second of training, from the speed that timm has published."""
    speed, side = PUBLISHED[name]
    with torch.device("meta"):
        model = timm.create_model(name, num_classes=0)
        return speed * operations(model, torch.empty(1, 3, side, side))


if __name__ == "__main__":
    main()

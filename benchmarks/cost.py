"""Runs in; their operations, which are counted, and GPU-hours, estimated from published speeds, out.

`make benchmark-cost` runs it with config.yaml, config.talk.yaml and config.best.yaml, on the competition's
data. One operation is a multiplication with its addition in a forward pass; a training step takes about
three times as many. Prediction is not counted. Rows that overlap with a fold are counted, although they are
left out of its training.
"""

import argparse
import json

import timm
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from abacad.images.composition import Images
from abacad.model.detector import build_model, empty_images
from abacad.train.run_settings import run_of

# Images that one RTX 3090 trains on in a second, and their side in pixels. Mixed precision, channels
# last, like the training here. Source: results/benchmark-train-amp-nhwc-pt112-cu113-rtx3090.csv in timm.
PUBLISHED = {
    "tf_efficientnet_b3": (492.45, 300),
    "tf_efficientnet_b5": (111.14, 456),
    "eca_nfnet_l2": (58.72, 320),
}


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
    for asked in arguments.runs:
        run = run_of(asked["settings"])
        name = run.architecture.backbone.split(".")[0]
        with torch.device("meta"):
            images = empty_images(run)
            own = operations(build_model(run), images)
        size = ", ".join(
            " x ".join(map(str, (*image.shape[2:], image.shape[1]))) for image in images
        )
        hours = asked["passes"] * own / published_rate(name) / 3600
        totals[asked["recipe"]] = totals.get(asked["recipe"], 0) + hours
        print(
            f"| {asked['recipe']} | {run.experiment}, {run.stage} | {name} | {size} | {own / 1e9:.1f} "
            f"| {asked['passes'] / 1e6:.1f} | {hours:.0f} |"
        )
    print("\n| recipe | GPU-hours in all, of one RTX 3090 |\n| --- | ---: |")
    for recipe, hours in totals.items():
        print(f"| {recipe} | {hours:.0f} |")


def operations(model: nn.Module, images: Images) -> float:
    """Multiplications with their additions of a forward pass."""
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        model.eval()(images)
    return counter.get_total_flops() / 2


def published_rate(name: str) -> float:
    """Forward-pass operations in a second of training, from the speed that timm has published."""
    speed, side = PUBLISHED[name]
    with torch.device("meta"):
        model = timm.create_model(name, num_classes=0)
        return speed * operations(model, torch.empty(1, 3, side, side))


if __name__ == "__main__":
    main()

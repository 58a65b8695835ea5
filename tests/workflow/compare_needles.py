"""How far training's needles are from the simulator's: {kind: {what: the largest difference}}, JSON.

`rendered`: what is seen of the same path, brightness and width, over the peak; `drawn`: of the same seed, the
path since its start in bins, brightness, width and SNR; `placed`: the start itself; `other_seed`: as `drawn`,
but of another seed.

    python compare_needles.py <settings of needles, JSON> <.npz of setigen_needles.py> <JSON to write>
"""

import json
import sys
from collections import defaultdict
from itertools import product

import numpy as np
import torch

from abacad.cadences.layout import COMPETITION
from abacad.images.injection import rendered
from abacad.needles.traces import Needles, draw_needles


def signal_of(needles):
    columns, intensity = rendered(needles, COMPETITION.frequency_bins, torch.device("cpu"))
    return torch.zeros(*columns.shape[:3], 256).scatter_add(-1, columns, intensity)[0].numpy()


def since_start(needles):
    return needles.path - needles.path[:, :1, :1]


def drawn_apart(one, other):
    paths = np.abs(since_start(one) - since_start(other)).max()
    shapes = ("brightness", "width", "snr")
    return max(paths, *(np.abs(vars(one)[name] - vars(other)[name]).max() for name in shapes))


with open(sys.argv[1]) as file:
    settings = json.load(file)
setigen = np.load(sys.argv[2])
differences = defaultdict(lambda: defaultdict(list))
for kind, seed in product(settings["needles"], settings["seeds"]):
    of = {name: setigen[f"{kind} {seed} {name}"] for name in ("path", "brightness", "width", "snr")}
    given = Needles(**{name: np.float32(values)[None] for name, values in of.items()})
    signal = setigen[f"{kind} {seed} signal"]
    drawn, other = (
        draw_needles([kind], settings, COMPETITION, [np.random.default_rng(number)])
        for number in (seed, seed + 1)
    )
    found = differences[kind]
    found["rendered"].append(np.abs(signal_of(given) - signal).max() / signal.max())
    found["drawn"].append(drawn_apart(drawn, given))
    found["placed"].append(np.abs(drawn.path - given.path)[0, 0, 0])
    found["other_seed"].append(drawn_apart(other, given))
with open(sys.argv[3], "w") as file:
    largest = {
        kind: {name: float(max(values)) for name, values in found.items()}
        for kind, found in differences.items()
    }
    json.dump(largest, file, indent=1)

"""Needles of each kind and seed as the simulator makes them with setigen: "<kind> <seed> <what>" in an .npz.

`signal` (panel=3, time, frequency) is what there is of one in the ON panels; `path`, `brightness` (panel=3,
time), `width` and `snr` are what it was made of, in bins.

    python setigen_needles.py <settings of needles, JSON> <.npz to write>
"""

import json
import sys
from itertools import product

import numpy as np

from abacad.cadences.layout import COMPETITION, ON_PANELS, PANELS
from abacad.needles.distributions import draw
from abacad.needles.presence import Partial, presence
from abacad.simulate import needles

given = []  # the traces that needles were made of
add_trace = needles.add_trace


def watched(frame, trace):
    given.append(trace)
    return add_trace(frame, trace)


needles.add_trace = watched
with open(sys.argv[1]) as file:
    settings = json.load(file)
arrays = {}
for kind, seed in product(settings["needles"], settings["seeds"]):
    rng = np.random.default_rng(seed)
    snr, drift_rate = (draw(settings[name], rng) for name in ("snr", "drift_rate"))
    shines = presence(kind, Partial(**settings["partial"]), COMPETITION.time_bins, rng)
    shape = settings["needles"][kind]
    signal = needles.needle(kind, snr, 1, drift_rate, shape, shines, COMPETITION, rng)
    trace = given[-1]
    path = (trace.path - needles.FIRST_FREQUENCY) / COMPETITION.frequency_bin
    whole = {"path": path, "brightness": trace.brightness}
    made = {
        name: each.reshape(PANELS, COMPETITION.time_bins)[[*ON_PANELS]]
        for name, each in whole.items()
    }
    made |= {
        "signal": signal[[*ON_PANELS]],
        "width": trace.width / COMPETITION.frequency_bin,
        "snr": snr,
    }
    arrays |= {f"{kind} {seed} {name}": each for name, each in made.items()}
np.savez(sys.argv[2], **arrays)

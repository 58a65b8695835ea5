"""Measure whether maps of what detectors look at point at needles whose track is known.

Of each needle out of fold, it is the share of the map of the ON panels that is within 8 frequency bins of the
track, over the share that an even map has there. Out comes a Markdown table of medians, a line for each layer
and method. An untrained detector, of the same architecture, tells what brightness alone does.

    python benchmarks/grad_cam.py --run results/benchmark/runs/residual/round1 --tracks tracks.parquet \\
        --folds results/benchmark/folds.parquet --stores results/benchmark/stores/residual/train/*.arrow \\
        --needles 60 --table grad_cam.md
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from pytorch_grad_cam import GradCAM, HiResCAM, LayerCAM

from abacad.cadences.layout import COMPETITION, ON_PANELS, PANELS
from abacad.cadences.store import open_stores
from abacad.devices.device import prepare_device
from abacad.explain.maps import MAP_SHAPE, explain
from abacad.images.batches import PanelReader, load_batches
from abacad.images.selection import Rows
from abacad.model.detector import build_model, load_weights
from abacad.tables.files import read_table, whole_file
from abacad.train.run_settings import read_run

_, TIME_BINS, FREQUENCY_BINS = COMPETITION.of_cadence

NEAR = 8  # frequency bins
REDUCTIONS = (4, 8, 16, 32)
METHODS = (GradCAM, HiResCAM, LayerCAM)


def near(track: np.ndarray) -> np.ndarray:
    """The share of each cell of the ON panels that is near the track, (panel=3, time=39, frequency=64)."""
    on = track.reshape(PANELS, TIME_BINS)[list(ON_PANELS), :, np.newaxis]
    bins = (np.abs(np.arange(FREQUENCY_BINS) - on) <= NEAR) & (on >= 0)
    _, height, width = MAP_SHAPE
    cells = (
        len(ON_PANELS),
        height,
        TIME_BINS // height,
        width,
        FREQUENCY_BINS // width,
    )
    return bins.reshape(cells).mean((2, 4))


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--run", type=Path, required=True, help="folder of one round of an experiment")
    add("--tracks", required=True, help="Parquet of needle_tracks.py")
    add("--folds", required=True, help="Parquet of make_folds.py: id, fold")
    add("--stores", nargs="+", required=True, help="all shards of its stores of train")
    add("--needles", type=int, required=True, help="how many, at most")
    add("--table", required=True, help="Markdown to write")
    arguments = parser.parse_args()

    prepare_device(1)
    run = read_run(arguments.run / "settings.json")
    reader = PanelReader(open_stores(arguments.stores), run.composition.channels)
    folds = read_table(arguments.folds, ["id", "fold"])
    fold_of = dict(zip(folds["id"].to_pylist(), folds["fold"].to_pylist(), strict=True))
    tracks = read_table(arguments.tracks, ["id", "track"]).to_pylist()
    wanted = [row for row in tracks if row["id"] in fold_of][: arguments.needles]
    ratios: dict[tuple, list[float]] = {}
    for fold in sorted({fold_of[row["id"]] for row in wanted}):
        own = [row for row in wanted if fold_of[row["id"]] == fold]
        places = np.array([reader.ids["train"].index(row["id"]) for row in own])
        rows = Rows(np.full(len(own), "train"), places, np.ones(len(own), np.float32))
        order, cpu = [np.arange(len(own))], torch.device("cpu")
        ((panels, _),) = load_batches(reader, rows, order, cpu, threads=1)
        torch.manual_seed(fold)
        untrained, trained = build_model(run), build_model(run)
        load_weights(arguments.run / f"fold{fold}/weights.safetensors", trained)
        for name, detector in (("trained", trained), ("untrained", untrained)):
            for reduction in REDUCTIONS:
                for method in METHODS:
                    maps = explain(detector, panels, run, reduction, method)
                    told = ratios.setdefault((name, reduction, method.__name__), [])
                    for row, seen in zip(own, maps, strict=True):
                        close, on = near(np.array(row["track"])), seen[list(ON_PANELS)]
                        told.append((on * close).sum() / max(on.sum(), 1e-9) / close.mean())
    lines = [
        "| detector | cells (pixels) | method | median | 25 % | 75 % |",
        "|---|--:|---|--:|--:|--:|",
    ]
    for (name, reduction, method), values in ratios.items():
        low, median, high = np.percentile(values, (25, 50, 75))
        lines.append(f"| {name} | {reduction} | {method} | {median:.2f} | {low:.2f} | {high:.2f} |")
    with whole_file(arguments.table) as temporary:
        temporary.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

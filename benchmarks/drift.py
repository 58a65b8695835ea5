"""Three ways to sum panels along straight paths: their time, and what they lose of lines between drift rates.

prefix sums      abacad.images.drift: to the bin, any drift rates
Fourier phases   each row shifted by a fraction of a bin, by phases of its transform; drift by drift a product
                 of matrices
Taylor's tree    rows added in pairs, pairs of pairs and so on (Taylor 1974); 512 rows, whole bins of drift

Each gets the same panels, and drift rates as near to the asked step as possible. The loss compares the
brightest cell of a line between two drift rates with that of a line on a drift rate of the grid; lines are
1 bin wide, and ON panels are added.
Prints a Markdown table.
"""

import argparse
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from clock import now

from abacad.cadences.layout import COMPETITION, PANELS
from abacad.devices.device import device_name, prepare_device
from abacad.images.drift import Drifts, drift_sums

_, TIME_BINS, FREQUENCY_BINS = COMPETITION.of_cadence

BATCH, REPEATS, LINES = 16, 5, 60
LARGEST = 157.0  # Hz/s
ROWS = (
    np.arange(PANELS * TIME_BINS) - (PANELS * TIME_BINS - 1) / 2
)  # from the middle of the cadence
PADDED = 2 * FREQUENCY_BINS
TREE_ROWS = 512
TREE_STEP = COMPETITION.unit_drift * TIME_BINS / (TREE_ROWS - 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.parse_args()
    device = prepare_device(1)
    print(f"{device_name(device)}, one thread on a CPU, batch {BATCH}\n")
    print("| way | step, Hz/s | drift rates | ms a cadence | lost between two |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for step in (4.9, 3.3, 2.45):
        rates = Drifts(LARGEST, step).rates
        show("prefix sums", rates, partial(drift_sums, drifts=Drifts(LARGEST, step)), device)
        show("Fourier phases", rates, FourierPhases(rates, device), device)
    steps = int(np.ceil(LARGEST / TREE_STEP))
    show("Taylor's tree", TREE_STEP * np.arange(-steps, steps + 1), TaylorTree(steps), device)


def show(name: str, rates: np.ndarray, sums_of: Callable, device: torch.device) -> None:
    panels = torch.randn(BATCH, *COMPETITION.of_cadence, device=device)
    seconds = []
    for _ in range(1 + REPEATS):
        started = now(device)
        sums_of(panels)
        seconds.append(now(device) - started)
    random = np.random.default_rng(0)
    kept = {0.0: [], 0.5: []}
    for share, found in kept.items():
        for _ in range(LINES):
            number = random.integers(len(rates) - 1)
            rate = (1 - share) * rates[number] + share * rates[number + 1]
            line = torch.from_numpy(line_of(rate, random.uniform(100, 156))).to(device)
            found.append(sums_of(line[None])[0, ::2].sum(0).max().item() / line[::2].norm().item())
    lost = 1 - np.mean(kept[0.5]) / np.mean(kept[0.0])
    step = rates[1] - rates[0]
    milliseconds = 1000 * min(seconds[1:]) / BATCH
    print(f"| {name} | {step:.2f} | {len(rates)} | {milliseconds:.1f} | {lost:.0%} |", flush=True)


def line_of(rate: float, frequency: float) -> np.ndarray:
    """A line 1 bin wide at half its height, of height 1: (panel, time, frequency), float32."""
    path = frequency + rate / COMPETITION.unit_drift / TIME_BINS * ROWS
    distance = np.arange(FREQUENCY_BINS) - path[:, np.newaxis]
    return np.exp(-4 * np.log(2) * distance**2).reshape(COMPETITION.of_cadence).astype(np.float32)


class FourierPhases:
    """Sums of rows, each shifted by a fraction of a bin: (batch, panel, drift, frequency)."""

    def __init__(self, rates: np.ndarray, device: torch.device):
        waves = np.arange(PADDED // 2 + 1)
        shifts = np.outer(rates / COMPETITION.unit_drift / TIME_BINS, ROWS).reshape(
            len(rates), PANELS, TIME_BINS
        )
        phases = np.exp(2j * np.pi * waves[:, None, None, None] * shifts / PADDED)
        self.phases = torch.from_numpy(phases.astype(np.complex64)).to(device).transpose(1, 2)

    def __call__(self, panels: torch.Tensor) -> torch.Tensor:
        rows = torch.fft.rfft(panels, n=PADDED).permute(3, 1, 2, 0)  # (wave, panel, time, batch)
        sums = (self.phases @ rows).permute(3, 1, 2, 0)
        return torch.fft.irfft(sums, n=PADDED)[..., :FREQUENCY_BINS] / TIME_BINS**0.5


class TaylorTree:
    """Sums along paths of whole bins a panel of 512 rows, panels put where they go on from each other."""

    def __init__(self, steps: int):
        self.steps = steps

    def __call__(self, panels: torch.Tensor) -> torch.Tensor:
        up = self._tree(panels)
        down = self._tree(panels.flip(-1)).flip(-1)
        sums = torch.cat([down[:, :, 1:].flip(2), up], dim=2)
        drifts = np.arange(-self.steps, self.steps + 1)
        for panel in range(PANELS):
            # The tree names a path by its first row; here, by the middle of the cadence.
            first = panel * TIME_BINS - (PANELS * TIME_BINS - 1) / 2
            for number, drift in enumerate(drifts):
                offset = round(drift / (TREE_ROWS - 1) * first)
                sums[:, panel, number] = sums[:, panel, number].roll(-offset, -1)
        return sums / TIME_BINS**0.5

    def _tree(self, panels: torch.Tensor) -> torch.Tensor:
        padding = (0, PADDED - FREQUENCY_BINS, 0, TREE_ROWS - TIME_BINS)
        rows = torch.nn.functional.pad(panels, padding)[:, :, :, None]  # (..., block, drift, bin)
        length = 1
        while length < TREE_ROWS:
            length *= 2
            count = min(length, int(np.ceil(self.steps * length / TREE_ROWS)) + 1)
            drifts = np.arange(count)
            halves = drifts // 2
            first, second = rows[:, :, ::2, halves], rows[:, :, 1::2, halves]
            for drift in drifts:
                second[:, :, :, drift] = second[:, :, :, drift].roll(
                    -int(drift - halves[drift]), -1
                )
            rows = first + second
        return rows[:, :, 0, : self.steps + 1, :FREQUENCY_BINS]


if __name__ == "__main__":
    main()

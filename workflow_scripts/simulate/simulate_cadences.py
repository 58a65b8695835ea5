"""Simulate a raw folder of cadences in the competition's layout, and the truth about them.

Each cadence is a .npy of (panel=6, time=273, frequency=256), float16, 838,784 bytes.

    python workflow_scripts/simulate/simulate_cadences.py --counts train=600 test=400 train_old=400 \\
        test_old=100 --snr 100 300 --raw simulated --truth results/truth.parquet
"""

import argparse
from pathlib import Path

from abacad.simulate.sky import simulate_cadences
from abacad.simulate.stretches import Simulation

SHARES_AND_SIZES = {
    "positive_rate": "share of cadences with a needle, in every collection but test",
    "test_positive_rate": "share of cadences with a needle, in test",
    "coverage": "mean number of snippets that cover a column of background",
    "stretch_width": "width of a stretch of background, in bins of 2.86 kHz",
    "noisy_fraction": "share of cadences from noisy stretches, in every collection but test",
    "test_noisy_fraction": "share of cadences from noisy stretches, in test",
    "seed": "equal seeds and settings give equal bytes, with any number of workers",
}
SNR = """signal-to-noise ratios of needles: what a matched filter collects over the three ON panels
    at quiet noise; 100 is about 3.5 standard deviations a bin (default: %(default)s)"""


def collection_count(text: str) -> tuple[str, int]:
    """Read COLLECTION=COUNT."""
    collection, _, count = text.partition("=")
    if not (collection and count.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r}: give COLLECTION=COUNT, as train=600")
    return collection, int(count)


def main() -> None:
    """Read the command line and simulate."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    counts_help = "cadences of train, test, train_old and test_old"
    add("--counts", type=collection_count, nargs="+", required=True, help=counts_help)
    add("--snr", type=float, nargs=2, default=Simulation.snr, metavar=("LOW", "HIGH"), help=SNR)
    for name, text in SHARES_AND_SIZES.items():
        default = getattr(Simulation, name)
        option = f"--{name.replace('_', '-')}"
        add(option, type=type(default), default=default, help=f"{text} (default: %(default)s)")
    add("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    add("--raw", type=Path, required=True, help="folder to write; an earlier simulation is removed")
    add("--truth", type=Path, required=True, help="Parquet table to write, outside of --raw")
    arguments = parser.parse_args()

    counts = dict(arguments.counts)
    if len(counts) < len(arguments.counts):
        parser.error("argument --counts: a collection is given twice")
    try:
        simulation = Simulation(
            counts=counts,
            snr=tuple(arguments.snr),
            **{name: getattr(arguments, name) for name in SHARES_AND_SIZES},
        )
        simulate_cadences(simulation, arguments.raw, arguments.truth, arguments.workers)
    except (ValueError, FileExistsError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()

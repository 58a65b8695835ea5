"""Simulate a raw folder of cadences in the competition's layout, and the truth about them.

Each cadence is a .npy of (panel=6, time, frequency), float16, 838,784 bytes.

    python workflow_scripts/simulate/simulate_cadences.py --raw simulated --truth results/truth.parquet \\
        --settings '{"counts": {"train": 600, "test": 400, "train_old": 400, "test_old": 100},
            "snr": [100, 300], "sky": {"bursts": 0}}'
"""

import argparse
import json
from pathlib import Path

from abacad.simulate.settings import Simulation
from abacad.simulate.sky import simulate_cadences

SETTINGS = (
    """JSON, as the config's key simulate: counts of cadences, and what differs from the defaults"""
)


def main() -> None:
    """Read the command line and simulate."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--settings", type=json.loads, required=True, help=SETTINGS)
    add("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    add("--raw", type=Path, required=True, help="folder to write; an earlier simulation is removed")
    add("--truth", type=Path, required=True, help="Parquet table to write, outside of --raw")
    arguments = parser.parse_args()

    try:
        simulation = Simulation.of(arguments.settings)
        simulate_cadences(simulation, arguments.raw, arguments.truth, arguments.workers)
    except (ValueError, FileExistsError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()

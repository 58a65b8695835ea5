"""Simulate observations as a telescope writes them: six .h5 files each, and the truth about them.

A file is of GBT's medium-resolution product: 279 spectra of 1.07 s, channels of 2.86 kHz, L band. Each
observation gets a folder: needle, needle2, ... with a needle in the ON panels, rfi, rfi2, ... without one.

    python workflow_scripts/simulate/simulate_observations.py --folder results/simulated/observations \\
        --needles 2 --blanks 1 --snr 100 --drift-rate -31.5 --seed 1
"""

import argparse
from pathlib import Path

from abacad.simulate.observations import Observations, simulate_observations


def main() -> None:
    """Read the command line and simulate."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    default = Observations()
    add("--folder", type=Path, required=True, help="folder to write; same files are replaced")
    needles_help = "observations with a needle (default: %(default)s)"
    add("--needles", type=int, default=default.needles, help=needles_help)
    blanks_help = "observations without a needle (default: %(default)s)"
    add("--blanks", type=int, default=default.blanks, help=blanks_help)
    coarse_help = "coarse channels of the band, of 1024 channels each (default: %(default)s)"
    add("--coarse-channels", type=int, default=default.coarse, help=coarse_help)
    snr_help = "of a needle, in the three ON panels together (default: %(default)s)"
    add("--snr", type=float, default=default.snr, help=snr_help)
    drift_help = "of a needle, Hz/s (default: %(default)s)"
    add("--drift-rate", type=float, default=default.drift_rate, help=drift_help)
    frequency_help = "of a needle, MHz, amid the cadence (default: drawn for each observation)"
    add("--frequency", type=float, help=frequency_help)
    add("--seed", type=int, default=default.seed, help="(default: %(default)s)")
    arguments = parser.parse_args()
    try:
        settings = Observations(
            arguments.needles,
            arguments.blanks,
            arguments.coarse_channels,
            arguments.snr,
            arguments.drift_rate,
            arguments.frequency,
            arguments.seed,
        )
    except ValueError as error:
        parser.error(str(error))
    simulate_observations(settings, arguments.folder)


if __name__ == "__main__":
    main()

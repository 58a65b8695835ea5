"""Tell what became of a signal at each stage of the search of an observation, by its frequency or snippet.

By hand; it is not part of the workflow.

    python workflow_scripts/observe/follow_signal.py --results results/observations/HIP1 --frequency 1420.4
    python workflow_scripts/observe/follow_signal.py --results results/observations/night --snippet 0a1b2c
"""

import argparse
import sys
from pathlib import Path

from abacad.observe.following import follow_frequency, follow_snippet


def main() -> None:
    """Read the command line and tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--results", type=Path, required=True, help="folder of an observation that was searched")
    signal = parser.add_mutually_exclusive_group(required=True)
    signal.add_argument("--frequency", type=float, help="MHz, amid the cadence")
    snippet_help = "id of a snippet, or the name of a .npy cadence without its ending"
    signal.add_argument("--snippet", metavar="ID", help=snippet_help)
    arguments = parser.parse_args()
    if arguments.snippet is None:
        told = follow_frequency(arguments.results, arguments.frequency)
    else:
        told = follow_snippet(arguments.results, arguments.snippet)
    try:
        for line in told:
            print(line)
    except FileNotFoundError as error:
        sys.exit(f"follow_signal: {error.filename}: there is no such file; search it first")
    except ValueError as error:
        sys.exit(f"follow_signal: {error}")


if __name__ == "__main__":
    main()

"""Inject needles into snippets of one share of an observation, spread evenly over the whole observation.

    python workflow_scripts/observe/inject_snippets.py --observation HIP1/observation.json \\
        --snippets HIP1/snippets/*.parquet --raw HIP1/raw/0-of-4.arrow --count 1000 \\
        --settings '{"snr": ["log_uniform", 20, 200], "drift_rate": ["normal", 0, 5], "partial": {},
            "needles": {"straight": {"width": 1}, ...}, "seed": 0}' \\
        --needles HIP1/injected/needles/0-of-4.parquet --store HIP1/injected/raw/0-of-4.arrow --workers 2
"""

import argparse
import json
import sys
from pathlib import Path

import pyarrow as pa

from abacad.observe.observations import read_observation
from abacad.simulate.snippets import inject_snippets
from abacad.tables.files import read_table, write_table

SETTINGS = """JSON: snr (relative to the noise of the snippet), drift_rate (Hz/s), partial, needles, as in the
    config's key inject; and seed"""
NEEDLES = """Parquet to write: id, snippet, frequency (MHz), kind, snr, drift_rate (Hz/s), panels, time_bins;
    it is written last"""


def main() -> None:
    """Read the command line and inject."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--observation", type=Path, required=True, help="JSON of check_observation.py")
    snippets_help = "Parquet files of cut_snippets.py, of all shares"
    add("--snippets", type=Path, nargs="+", required=True, help=snippets_help)
    add("--raw", type=Path, required=True, help="store file of cut_snippets.py, of this share")
    count_help = "needles in the whole observation; 1 or more"
    add("--count", type=int, required=True, help=count_help)
    add("--settings", type=json.loads, required=True, help=SETTINGS)
    add("--needles", type=Path, required=True, help=NEEDLES)
    add("--store", type=Path, required=True, help="store file to write")
    add("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    arguments = parser.parse_args()
    if arguments.count < 1:
        parser.error(f"--count is {arguments.count}; allowed: 1 or more")
    observation = read_observation(arguments.observation)
    tables = [read_table(path, ["id", "lowest", "ok"]) for path in arguments.snippets]
    try:
        needles = inject_snippets(
            arguments.settings,
            arguments.count,
            pa.concat_tables(tables),
            arguments.raw,
            arguments.store,
            observation.channel,
            arguments.workers,
        )
    except ValueError as error:
        sys.exit(f"inject_snippets: {observation.name}: {error}")
    write_table(arguments.needles, needles)


if __name__ == "__main__":
    main()

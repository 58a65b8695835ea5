"""Make cadences with known truth by injecting needles into backgrounds that hold none.

Each cadence is a .npy of (panel=6, time, frequency), float16. Their table is a manifest.

    python workflow_scripts/simulate/inject_needles.py --manifests results/manifests/{train,test}.parquet \\
        --settings '{"count": 100, "blank": 0.2, "off_panels": 0.5, "seed": 0,
            "snr": ["log_uniform", 20, 200], "drift_rate": ["normal", 0, 5], "partial": {},
            "needles": {"straight": {"width": 1}, ...}}' \\
        --folder results/injected --injected results/manifests/injected.parquet --workers 2
"""

import argparse
import json
import sys
from pathlib import Path

from abacad.simulate.inject import inject_needles
from abacad.tables.files import read_table, write_table

SETTINGS = """JSON, the config's key inject: count, blank and off_panels (shares), snr (relative to the
    noise of the background), drift_rate (Hz/s), partial (needles in a part of the ON panels), needles
    (properties of each kind), seed; or completeness"""


def main() -> None:
    """Read the command line and inject."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    manifests_help = """Parquet, of the collections whose panels become backgrounds, named like them; to
        use unchanged negatives, train must be among them"""
    add("--manifests", type=Path, nargs="+", required=True, help=manifests_help)
    add("--settings", type=json.loads, required=True, help=SETTINGS)
    add("--folder", type=Path, required=True, help="folder to write; it is emptied first")
    add("--injected", required=True, help="manifest to write, Parquet; it is written last")
    add("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    arguments = parser.parse_args()

    columns = ["id", "path", "target", "ok"]
    manifests = {path.stem: read_table(path, columns) for path in arguments.manifests}
    try:
        table = inject_needles(arguments.settings, manifests, arguments.folder, arguments.workers)
    except ValueError as error:
        sys.exit(f"inject_needles: {error}")
    write_table(arguments.injected, table)


if __name__ == "__main__":
    main()

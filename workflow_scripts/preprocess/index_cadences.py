"""Check every cadence of a collection and write its manifest: a Parquet table with one row for each id.

All problems are found in one pass and listed in a TSV (id, path, why; only a header if there are none):
missing, truncated or malformed files, NaN or infinity, constant panels, ids without a file, files
without an id, duplicate or malformed ids, labels that are not 0 or 1. The good files are listed in
another TSV (path, bytes, modified in ns since 1970), so that later changes are noticed.

    python workflow_scripts/preprocess/index_cadences.py --root data/seti-breakthrough-listen \\
        --collection train --shape '{"time_bins": 273, "frequency_bins": 256}' \\
        --on-bad-file fail --workers 8 --manifest results/manifests/train.parquet \\
        --files results/manifests/train.files.tsv \\
        --problems results/manifests/train.problems.tsv
"""

import argparse
import sys
from pathlib import Path

from abacad.cadences.freshness import COLUMNS
from abacad.cadences.layout import COLLECTIONS, PanelShape
from abacad.cadences.manifest import PROBLEM_COLUMNS, LayoutError, index_collection
from abacad.devices.progress import tell
from abacad.tables.files import write_table, write_tsv

ON_BAD_FILE = """fail: list the problems, write no manifest, exit with 1; quarantine: list them and mark
    their rows in the manifest, so that everything later continues without them; exit with 1 if no row is
    good"""


def main() -> None:
    """Read the command line, check the collection, write manifest and problems."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--root", type=Path, required=True, help="raw folder, in the competition's layout")
    add("--collection", choices=COLLECTIONS, required=True)
    add("--shape", type=PanelShape.of_json, required=True, help="data.shape of the config, JSON")
    add("--on-bad-file", choices=["fail", "quarantine"], default="fail", help=ON_BAD_FILE)
    add("--manifest", type=Path, required=True, help="Parquet table to write")
    add("--files", type=Path, required=True, help="TSV to write: the good files")
    add("--problems", type=Path, required=True, help="TSV to write")
    add("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    arguments = parser.parse_args()
    collection = COLLECTIONS[arguments.collection]
    try:
        manifest, problems = index_collection(
            arguments.root, collection, arguments.shape, arguments.workers
        )
    except LayoutError as error:
        sys.exit(f"index_cadences: {error}")
    write_tsv(arguments.problems, problems, PROBLEM_COLUMNS)
    good = manifest.filter(manifest["ok"])
    if problems:
        found = f"{len(problems)} problems in {collection.name}, listed in {arguments.problems}"
        if arguments.on_bad_file == "fail":
            advice = "Repair them, or set data.on_bad_file: quarantine to continue without them."
            sys.exit(f"index_cadences: {found}. {advice}")
        if not len(good):
            left = f"none of the {len(manifest)} cadences is good"
            sys.exit(f"index_cadences: {found}; {left}, so the run cannot continue")
        bad = len(manifest) - len(good)
        tell(f"index_cadences: {found}; {bad} of {len(manifest)} cadences are left out")
    write_tsv(arguments.files, good.select([*COLUMNS]).to_pylist(), COLUMNS)
    write_table(arguments.manifest, manifest)


if __name__ == "__main__":
    main()

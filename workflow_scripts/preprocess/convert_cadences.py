"""Convert a folder of your own cadences to a raw folder in the competition's layout. No rule runs this
script.

Each .npy below the input folder, whatever its name, is a cadence (panel=6, time, frequency) of
the pointings A B A C A D, with any floating-point dtype. Its panels are z-scored so that they fit into
float16, and it gets an id of 15 hexadecimal digits, made from its name. Cadences with a label become
train/ and train_labels.csv, the others test/ and sample_submission.csv. names.tsv tells which id is
which name. If files cannot be converted, they are listed and nothing is written, unless --skip-bad is
given.

    python workflow_scripts/preprocess/convert_cadences.py --input my_cadences --labels my_labels.csv \\
        --raw data/mine --workers 8
"""

import argparse
import sys
from pathlib import Path

from abacad.cadences.convert import BadCadences, convert_folder
from abacad.tables.ids import BadTable

LABELS = """CSV with the columns name and target (0 or 1); a name is a path below the input folder, with or
    without .npy (default: no cadence has a label)"""


def main() -> None:
    """Read the command line and convert."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--input", type=Path, required=True, help="folder of .npy files, which are not changed")
    add("--labels", type=Path, help=LABELS)
    add("--raw", type=Path, required=True, help="folder to write; it must be new or empty")
    add("--skip-bad", action="store_true", help="continue without what cannot be converted")
    add("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    arguments = parser.parse_args()
    if not arguments.input.is_dir():
        parser.error(f"--input: there is no folder {arguments.input}")

    try:
        converted, problems = convert_folder(
            arguments.input,
            arguments.labels,
            arguments.raw,
            arguments.skip_bad,
            arguments.workers,
        )
    except (BadCadences, BadTable, FileExistsError, FileNotFoundError) as error:
        sys.exit(f"convert_cadences: nothing is written:\n{error}")
    for problem in problems:
        print(f"left out: {problem}", file=sys.stderr)
    labelled = sum(one.target is not None for one in converted)
    unlabelled = len(converted) - labelled
    print(f"{arguments.raw}: {labelled} cadences with a label (train), {unlabelled} without (test)")
    if not labelled or not unlabelled:
        print(
            "The workflow needs both: it learns from those with a label, and ranks those without."
        )


if __name__ == "__main__":
    main()

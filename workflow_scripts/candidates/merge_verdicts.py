"""Make a raw folder to train on of another one and of what people say of its candidates.

The page of candidates exports verdicts as CSV: collection, id, verdict, note, time. In the new folder, what
was called a candidate is a training cadence with the label 1, and RFI one with the label 0; both leave the
test side. What is unsure stays there. All cadences are links to those of the old folder.

Files may be of several people. If they differ on a cadence, nothing is written and the error names it; with
--latest the verdict that was given last holds. After this, write the new folder into the config as data.root.
By hand; it is not part of the workflow.

    python workflow_scripts/candidates/merge_verdicts.py --verdicts ann.csv ben.csv \\
        --raw data/seti-breakthrough-listen --new-raw data/vetted
"""

import argparse
import sys
from pathlib import Path

from abacad.candidates.verdicts import LABELS, BadVerdicts, merge, read_verdicts, write_raw_folder
from abacad.tables.ids import BadTable


def main() -> None:
    """Read the command line, merge the verdicts, and write the folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--verdicts", nargs="+", type=Path, required=True, help="CSV that the page has exported")
    add("--latest", action="store_true", help="where they differ, the last verdict holds")
    add("--raw", type=Path, required=True, help="the raw folder that the candidates are from")
    add("--new-raw", type=Path, required=True, help="folder to write; it must be new or empty")
    arguments = parser.parse_args()

    try:
        verdicts = merge(
            [one for path in arguments.verdicts for one in read_verdicts(path)], arguments.latest
        )
        write_raw_folder(verdicts, arguments.raw, arguments.new_raw)
    except (BadVerdicts, BadTable, FileExistsError, FileNotFoundError) as error:
        sys.exit(f"merge_verdicts: nothing is written:\n{error}")
    counts = {name: sum(one.verdict == name for one in verdicts) for name in LABELS}
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    print(
        f"{arguments.new_raw}: {told}. To train on it, set data.root to this folder, and say "
        "data.needles_added_after_cutting as of the old one."
    )


if __name__ == "__main__":
    main()

"""Make cadences in the way of Aetherscan: backgrounds drawn with replacement, lines and needles injected.

The backgrounds are training cadences without a needle. The injection is that of this workflow, so needles are
of all its kinds and may be in a part of the ON panels; a line of interference is straight and goes through
all six panels. `plan_rows.py` tells how rows are drawn. Out come .npy files, (6, 273, 256) float16, and their
table: id, path, ok, target, background_id.

    make benchmark-peers
    PYTHONPATH=workflow_scripts python benchmarks/peers/make_rows.py --manifest manifests/train.parquet \\
        --settings '{"snr": ["log_uniform", 30, 120], ...}' --backgrounds 136 --count 1500 \\
        --folder cadences --rows rows.parquet
"""

import argparse
import json
import shutil
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from plan_rows import Row, plan_rows

from abacad.cadences.cadence import read_cadence
from abacad.cadences.layout import CADENCE_DTYPE, COMPETITION, PANELS
from abacad.devices.parallel import ordered_map
from abacad.needles.distributions import draw
from abacad.needles.kinds import KINDS
from abacad.needles.presence import Partial, presence
from abacad.preprocess.normalize import zscore
from abacad.seeds import seed_of
from abacad.simulate.inject import inject
from abacad.tables.files import read_table, write_table

STRAIGHT = "straight"


def make(
    settings: Mapping[str, Any], paths: Mapping[str, str], folder: Path, seed: int, row: Row
) -> dict[str, Any]:
    """Write one cadence, and return its row of the table; `paths` are of the backgrounds by id."""
    rng = np.random.default_rng(seed_of(seed, row.id))
    panels = read_cadence(paths[row.background_id])
    everywhere = np.ones((PANELS, COMPETITION.time_bins), bool)
    needle_kind = KINDS[rng.integers(len(KINDS))]
    shines = presence(needle_kind, Partial(**settings["partial"]), COMPETITION.time_bins, rng)
    for added, kind, where in (
        (row.interference, STRAIGHT, everywhere),
        (row.needle, needle_kind, shines),
    ):
        if added:
            snr, drift_rate = (draw(settings[name], rng) for name in ("snr", "drift_rate"))
            parameters = settings["needles"][kind]
            panels = inject(panels, kind, snr, drift_rate, parameters, where, COMPETITION, rng)
    path = folder / f"{row.id}.npy"
    np.save(path, zscore(panels).astype(CADENCE_DTYPE))
    return {
        "id": row.id,
        "path": str(path),
        "ok": True,
        "target": int(row.needle),
        "background_id": row.background_id,
    }


def main() -> None:
    """Read the command line and make the rows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--manifest", required=True, help="Parquet, of training cadences")
    settings_help = "JSON: snr, drift_rate, partial and needles, as in the config's key inject"
    add("--settings", type=json.loads, required=True, help=settings_help)
    add("--backgrounds", type=int, required=True, help="how many cadences the rows are made of")
    add("--count", type=int, required=True, help="rows to make")
    add("--seed", type=int, default=1, help="(default: %(default)s)")
    add("--folder", type=Path, required=True, help="of .npy files; what is in it is removed")
    add("--rows", required=True, help="table to write, Parquet; it comes last")
    add("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    arguments = parser.parse_args()

    table = read_table(arguments.manifest, ["id", "path", "target", "ok"])
    table = table.filter(pc.and_(table["ok"], pc.equal(table["target"], 0)))
    paths = dict(zip(table["id"].to_pylist(), table["path"].to_pylist(), strict=True))
    rng = np.random.default_rng(seed_of(arguments.seed, "rows"))
    try:
        rows = plan_rows([*paths], arguments.backgrounds, arguments.count, rng)
    except ValueError as error:
        sys.exit(f"make_rows: {arguments.manifest}: {error}")
    shutil.rmtree(arguments.folder, ignore_errors=True)
    arguments.folder.mkdir(parents=True)
    write = partial(make, arguments.settings, paths, arguments.folder, arguments.seed)
    made = ordered_map(write, rows, arguments.workers)
    write_table(arguments.rows, pa.Table.from_pylist([*made]))


if __name__ == "__main__":
    main()

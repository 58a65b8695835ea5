"""Ask every model of a bundle for the snippets of one share of an observation.

    python workflow_scripts/observe/predict_bundle.py --bundle bundle --threads 2 \\
        --stores stores/{levelled,nmf}/0-of-4.arrow --statistics statistics/0-of-4.parquet \\
        --predictions predictions/0-of-4.parquet
"""

import argparse
import sys
from pathlib import Path

import pyarrow as pa

from abacad.bundle.contents import read_bundle
from abacad.bundle.folder import BadBundle
from abacad.cadences.layout import PanelShape
from abacad.cadences.store import open_stores
from abacad.devices.device import prepare_device
from abacad.observe.prediction import predict_bundle
from abacad.search.names import STATISTICS
from abacad.tables.files import read_table, write_table

PREDICTIONS = (
    "Parquet to write: id, <member>.fold0, <member>.fold1, ... of each member, from 0 to 1"
)


def main() -> None:
    """Read the command line and predict."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--bundle", type=Path, required=True, help="folder of pack_ensemble.py")
    add("--stores", nargs="+", required=True, help="one shard of each store that its members see")
    add("--statistics", required=True, help="Parquet of search_drift.py, of the same shard")
    add("--shape", type=PanelShape.of_json, required=True, help="data.shape of the config, JSON")
    add("--predictions", required=True, help=PREDICTIONS)
    add("--threads", type=int, default=1, help="CPU threads, or threads that read for a GPU")
    arguments = parser.parse_args()
    try:
        bundle = read_bundle(arguments.bundle)
    except BadBundle as error:
        sys.exit(f"predict_bundle: {error}")
    stores = open_stores(arguments.stores)
    table = read_table(arguments.statistics, ["id", *STATISTICS])
    statistics = {name: table[name].to_numpy() for name in STATISTICS}
    device = prepare_device(arguments.threads)
    how = (arguments.shape, device, arguments.threads)
    said = predict_bundle(arguments.bundle, bundle, stores, statistics, *how)
    columns = {"id": table["id"]}
    for member, folds in said.items():
        columns |= {f"{member}.fold{fold}": values for fold, values in enumerate(folds)}
    write_table(arguments.predictions, pa.table(columns))


if __name__ == "__main__":
    main()

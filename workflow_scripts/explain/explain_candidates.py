"""Map where the ensemble's models see a needle in each of some cadences, by Grad-CAM.

Out comes a table: collection, id, and map, a fixed-size list of float16, 0 to 1: (panel=6, time=39,
frequency=64), a cell for 7 time bins by 4 frequency bins. It is the mean over the models; panels that no
model sees are 0. A training cadence is shown only to the models of its own fold, which never saw it.

    python workflow_scripts/explain/explain_candidates.py --chosen results/candidates/chosen.parquet \\
        --folds results/folds.parquet --stores results/stores/residual/{train,test}/*.arrow \\
        --model results/runs/b3/round1/settings.json 0 results/runs/b3/round1/fold0/weights.safetensors \\
        --model results/runs/b3/round1/settings.json 1 results/runs/b3/round1/fold1/weights.safetensors \\
        --maps results/candidates/grad_cam.parquet --threads 2
"""

import argparse

from abacad.cadences.store import open_stores
from abacad.devices.device import prepare_device
from abacad.explain.ensemble import TrainedModel, maps_table, mean_maps, read_chosen
from abacad.tables.files import read_table, write_table


def main() -> None:
    """Read the command line and explain."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--chosen", required=True, help="table of the cadences: collection (train, test), id")
    add("--folds", required=True, help="table of folds: id, fold")
    add("--stores", nargs="+", required=True, help="all shards of the stores that the models see")
    model_help = (
        "a model: its run's settings (JSON), its fold, and its weights; once for each model"
    )
    names = ("SETTINGS", "FOLD", "WEIGHTS")
    add("--model", nargs=3, metavar=names, action="append", required=True, help=model_help)
    add("--maps", required=True, help="Parquet to write: collection, id, map")
    add("--threads", type=int, default=1, help="CPU threads, or threads that read for a GPU")
    arguments = parser.parse_args()

    cadences, folds = read_chosen(arguments.chosen, read_table(arguments.folds, ["id", "fold"]))
    models = [
        TrainedModel(settings, int(fold), weights) for settings, fold, weights in arguments.model
    ]
    device = prepare_device(arguments.threads)
    stores = open_stores(arguments.stores)
    maps = mean_maps(models, stores, cadences, folds, device, arguments.threads)
    write_table(arguments.maps, maps_table(cadences, maps))


if __name__ == "__main__":
    main()

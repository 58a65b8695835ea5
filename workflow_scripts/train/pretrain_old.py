"""Train a detector on all of the old data, as a start for one fold, on whose cadences it is scored.

What overlaps with the fold is left out, or with any fold if all of them start from here. The stores must
hold re-standardised panels, because raw old positives can be recognised by their mean. After a kill, rerun
the same command: it continues from the last complete epoch.

    python workflow_scripts/train/pretrain_old.py --settings results/runs/b3/pretrain/settings.json \\
        --stores results/stores/normalized/{train,train_old,test_old}/*.arrow \\
        --manifests results/manifests/{train_old,test_old}.parquet \\
        --folds results/folds.parquet --fold 0 --overlapping results/overlaps/folds.parquet \\
        --weights pretrain/fold0/weights.safetensors --history pretrain/fold0/history.tsv \\
        --metrics pretrain/fold0/metrics.json --state pretrain/fold0/state --threads 2
"""

import argparse

from abacad.cadences.scratch import on_scratch
from abacad.cadences.store import open_stores
from abacad.devices.data_parallel import process_count, run_in_processes
from abacad.images.batches import PanelReader, TrainingData
from abacad.images.selection import apart_from_every_fold, pretraining_rows, read_manifests
from abacad.settings import Run
from abacad.tables.files import read_table
from abacad.train.run_settings import read_run
from abacad.train.training_job import run_training, training_parser


def main() -> None:
    """Read the command line and train."""
    parser = training_parser(__doc__)
    manifests_help = "manifests of train_old and test_old, named like their collections"
    parser.add_argument("--manifests", nargs=2, required=True, help=manifests_help)
    every_fold_help = "all folds start from here, so what overlaps with any of them is left out"
    parser.add_argument("--every-fold", action="store_true", help=every_fold_help)
    arguments = parser.parse_args()

    run = read_run(arguments.settings)
    run_in_processes(process_count(run.gpus), pretrain_old, arguments, run)


def pretrain_old(arguments: argparse.Namespace, run: Run) -> None:
    """Train on what the command line names."""
    reader = PanelReader(open_stores(on_scratch(arguments.stores)), run.composition.channels)
    folds, manifests = read_table(arguments.folds), read_manifests(arguments.manifests)
    training, validation = pretraining_rows(reader.ids, folds, arguments.fold, manifests)
    if arguments.every_fold and arguments.overlapping:
        overlapping = read_table(arguments.overlapping)
        training = apart_from_every_fold(reader.ids, training, overlapping)
    run_training(arguments, run, TrainingData(reader, training, validation))


if __name__ == "__main__":
    main()

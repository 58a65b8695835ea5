"""Train the detector of one fold: on all other folds, and score it on its own.

After a kill, rerun the same command: it continues from the last complete epoch.

    python workflow_scripts/train/train_fold.py --settings results/runs/b3/round0/settings.json \\
        --folds results/folds.parquet --fold 0 \\
        --stores results/stores/{normalized,nmf}/train/*.arrow \\
        --weights fold0/weights.safetensors --history fold0/history.tsv \\
        --metrics fold0/metrics.json --state fold0/state --threads 2
"""

import argparse

import pyarrow as pa

from abacad.cadences.scratch import on_scratch
from abacad.cadences.store import open_stores
from abacad.devices.data_parallel import process_count, run_in_processes
from abacad.images.batches import PanelReader, TrainingData
from abacad.images.selection import fold_rows, of_kinds, read_manifests, test_rows
from abacad.settings import Run
from abacad.tables.files import read_table
from abacad.train.run_settings import read_run
from abacad.train.training_job import run_training, training_parser


def main() -> None:
    """Read the command line and train."""
    parser = training_parser(__doc__)
    add = parser.add_argument
    manifests_help = "manifests of the settings' old_positives, named like their collections"
    add("--manifests", nargs="*", default=[], help=manifests_help)
    add("--pseudo-labels", nargs="?", help="table of soft labels: collection, id, label in 0..1")
    injected_help = "manifest of inject_needles.py, where the settings have injected_kinds"
    add("--injected", nargs="?", help=injected_help)
    arguments = parser.parse_args()

    run = read_run(arguments.settings)
    manifests = read_manifests(arguments.manifests)
    old, kinds = list(run.selection.old_positives), list(run.selection.injected_kinds)
    if sorted(manifests) != sorted(old):
        parser.error(f"--manifests must be those of old_positives: {old}")
    if bool(arguments.injected) != bool(kinds):
        parser.error(f"--injected must be given just for injected_kinds: {kinds}")
    run_in_processes(process_count(run.gpus), train_fold, arguments, run, manifests)


def train_fold(arguments: argparse.Namespace, run: Run, manifests: dict[str, pa.Table]) -> None:
    """Train on what the command line names."""
    reader = PanelReader(open_stores(on_scratch(arguments.stores)), run.composition.channels)
    pseudo_labels = read_table(arguments.pseudo_labels) if arguments.pseudo_labels else None
    injected = None
    if arguments.injected:
        injected = of_kinds(read_table(arguments.injected), run.selection.injected_kinds)
    training, validation = fold_rows(
        reader.ids,
        read_table(arguments.folds),
        arguments.fold,
        pseudo_labels,
        manifests,
        injected,
    )
    if run.loss_terms.shot:
        training = test_rows(reader.ids)  # it learns from no labels
    unlabelled = test_rows(reader.ids) if run.loss_terms.dann else None
    backgrounds = None
    if run.selection.injected_on_the_fly:
        backgrounds = training[training.collections == "train"]
        if run.inject["off_panels"]:
            backgrounds += test_rows(reader.ids)
    data = TrainingData(reader, training, validation, unlabelled, backgrounds)
    run_training(arguments, run, data, injected)


if __name__ == "__main__":
    main()

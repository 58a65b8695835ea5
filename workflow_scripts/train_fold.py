"""Train the detector of one fold: on all other folds, scored on its own after every epoch.

Goes on by itself after a kill, from the last whole epoch.

    python workflow_scripts/train_fold.py --settings results/runs/b3/round0/settings.json \\
        --folds results/folds.parquet --fold 0 \\
        --stores results/stores/{normalized,nmf}/train/*.arrow \\
        --weights fold0/weights.safetensors --history fold0/history.tsv \\
        --metrics fold0/metrics.json --state fold0/state --threads 2
"""

from abacad.batches import Cadences
from abacad.files import read_json, read_table
from abacad.job import run_training, training_parser
from abacad.rows import fold_rows, read_manifests, without_groups_of
from abacad.store import open_stores


def main() -> None:
    """Read the command line and train."""
    parser = training_parser(__doc__)
    add = parser.add_argument
    add("--folds", required=True, help="table of folds: id, target, fold")
    add("--fold", type=int, required=True, help="the fold to leave out, from 0")
    manifests_help = "manifests of the settings' old_positives, named like their collections"
    add("--manifests", nargs="*", default=[], help=manifests_help)
    add("--pseudo-labels", nargs="?", help="table of soft labels: collection, id, label in 0..1")
    groups_help = "Parquet of find_overlaps.py: what overlaps with the fold is not learnt from"
    add("--groups", nargs="?", help=groups_help)
    initial_help = "detector to start from: of pretraining, or of this fold in the round before"
    add("--initial-weights", nargs="?", help=initial_help)
    arguments = parser.parse_args()

    settings = read_json(arguments.settings)
    cadences = Cadences(open_stores(arguments.stores), settings["channels"])
    manifests = read_manifests(arguments.manifests)
    if sorted(manifests) != sorted(settings["old_positives"]):
        parser.error(f"--manifests must be those of old_positives: {settings['old_positives']}")
    pseudo_labels = read_table(arguments.pseudo_labels) if arguments.pseudo_labels else None
    training, validation = fold_rows(
        cadences.ids, read_table(arguments.folds), arguments.fold, pseudo_labels, manifests
    )
    if arguments.groups:
        apart = without_groups_of(cadences.ids, training, validation, read_table(arguments.groups))
        left_out = len(training) - len(apart)
        print(f"not learnt from, for they overlap with the fold: {left_out} rows", flush=True)
        training = apart
    run_training(
        arguments,
        settings,
        cadences,
        training,
        validation,
        arguments.fold,
        arguments.initial_weights,
    )


if __name__ == "__main__":
    main()

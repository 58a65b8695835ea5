"""Score one round of an experiment out of fold: AUC of each fold; AUC, recall and partial AUC with intervals.

This fails unless each training row has exactly one prediction, by the model that never saw it.

    python workflow_scripts/score/score_oof.py --experiment b3 --round 0 --folds results/folds.parquet \\
        --predictions results/runs/b3/round0/fold{0,1,2,3,4}/predictions.parquet \\
        --bootstrap 1000 --seed 0 --scores results/scores/b3/round0.json \\
        --resamples results/scores/b3/round0.resamples.parquet
"""

import argparse

from abacad.score.scores import score_folds
from abacad.tables.files import read_table, write_json, write_table
from abacad.tables.predictions import read_out_of_fold


def main() -> None:
    """Read the command line and score."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--experiment", required=True, help="name, for the scores")
    add("--round", type=int, required=True, help="round, for the scores; from 0")
    add("--folds", required=True, help="Parquet: id, target, fold, group (drawn together)")
    add(
        "--predictions", nargs="+", required=True, help="prediction files in the order of the folds"
    )
    add("--bootstrap", type=int, required=True, help="resamples behind the 95 %% intervals")
    add("--seed", type=int, required=True, help="seed of the resamples")
    add("--scores", required=True, help="JSON to write: auc, auc_low, auc_high, folds, ...")
    resamples_help = "Parquet to write: auc, recall, partial_auc of each resample"
    add("--resamples", required=True, help=resamples_help)
    arguments = parser.parse_args()

    folds = read_table(arguments.folds, ["id", "target", "fold", "group"])
    ((scores, resampled),) = score_folds(
        folds["target"].to_numpy(),
        folds["fold"].to_numpy(),
        [read_out_of_fold(folds, arguments.predictions)],
        folds["group"].to_numpy(),
        arguments.bootstrap,
        arguments.seed,
    )
    run = {"experiment": arguments.experiment, "round": arguments.round}
    write_table(arguments.resamples, resampled)
    write_json(arguments.scores, run | scores)


if __name__ == "__main__":
    main()

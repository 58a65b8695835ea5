"""Draw ROC and precision-recall curves: of each fold of the ensemble, and of each model, out of fold.

    python workflow_scripts/figures/draw_curves.py --folds results/folds.parquet \\
        --out-of-fold results/ensemble/out_of_fold.parquet --method rank_mean \\
        --predictions b3 results/runs/b3/round1/fold{0,1,2}/predictions.parquet \\
        --png results/report/roc.png --svg results/report/roc.svg
"""

import argparse

import numpy as np

from abacad.ensemble.names import METHODS
from abacad.figures.curves import Scores, draw_curves
from abacad.figures.style import add_outputs, save
from abacad.tables.files import read_table
from abacad.tables.predictions import mean_ranks_within, read_out_of_fold

PREDICTIONS = "an experiment's name and its folds' predictions, in order; once for each"


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--folds", required=True, help="Parquet of make_folds.py: id, target, fold")
    add("--out-of-fold", required=True, help="the ensemble on train, Parquet of rank_average.py")
    add("--method", choices=METHODS, required=True, help="how members become the ensemble's score")
    add("--predictions", nargs="+", action="append", required=True, help=PREDICTIONS)
    add_outputs(parser, "ROC and precision-recall curves")
    arguments = parser.parse_args()

    folds = read_table(arguments.folds, ["id", "target", "fold"])
    target, fold = folds["target"].to_numpy(), folds["fold"].to_numpy()
    models = {}
    for name, *paths in arguments.predictions:
        ranks = mean_ranks_within(fold, read_out_of_fold(folds, paths)[np.newaxis])
        models[name] = Scores(target, ranks)
    columns = ["target", "fold", arguments.method]
    ensemble = read_table(arguments.out_of_fold, columns)
    target, fold, score = (ensemble[name].to_numpy() for name in columns)
    rank = mean_ranks_within(fold, score[np.newaxis])
    by_fold = {
        f"fold {number}": Scores(target[fold == number], rank[fold == number])
        for number in np.unique(fold).tolist()
    }
    figure = draw_curves(by_fold | {"all folds": Scores(target, rank)}, models)
    save(figure, arguments.png, arguments.svg)


if __name__ == "__main__":
    main()

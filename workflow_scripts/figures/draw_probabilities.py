"""Draw how the ensemble's probabilities spread, by side and label, and how well they are calibrated.

    python workflow_scripts/figures/draw_probabilities.py \\
        --out-of-fold results/ensemble/out_of_fold.parquet \\
        --test results/ensemble/test.parquet --truth results/simulated/truth.parquet \\
        --distributions-png distributions.png --distributions-svg distributions.svg \\
        --calibration-png calibration.png --calibration-svg calibration.svg
"""

import argparse

from abacad.figures.curves import Scores
from abacad.figures.probabilities import draw_calibration, draw_distributions
from abacad.figures.style import add_outputs, save
from abacad.figures.truth import targets_on_test
from abacad.tables.files import read_table


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--out-of-fold", required=True, help="the ensemble on train, Parquet of rank_average.py")
    add("--test", required=True, help="the ensemble on test, Parquet of rank_average.py")
    add("--truth", nargs="?", help="Parquet of simulate_cadences.py, where there is one")
    add_outputs(parser, "cadences by probability", "distributions")
    add_outputs(parser, "share of needles by probability", "calibration")
    arguments = parser.parse_args()

    train = read_table(arguments.out_of_fold, ["target", "arithmetic_mean"])
    test = read_table(arguments.test, ["id", "arithmetic_mean"])
    targets = targets_on_test(arguments.truth, test["id"].to_pylist())
    sides = {
        "train, out of fold": Scores(
            train["target"].to_numpy().astype(float), train["arithmetic_mean"].to_numpy()
        ),
        "test": Scores(targets, test["arithmetic_mean"].to_numpy()),
    }
    save(draw_distributions(sides), arguments.distributions_png, arguments.distributions_svg)
    save(draw_calibration(sides), arguments.calibration_png, arguments.calibration_svg)


if __name__ == "__main__":
    main()

"""Draw the first two principal components of what one model's last layer sees.

    python workflow_scripts/figures/draw_embeddings.py \\
        --embeddings results/runs/b3/round1/fold0/embeddings.parquet \\
        --predictions results/runs/b3/round1/fold0/predictions.parquet \\
        --folds results/folds.parquet --title 'b3, round 1, fold 0' \\
        --png results/report/embeddings.png --svg results/report/embeddings.svg
"""

import argparse

from abacad.figures.embeddings import draw_embeddings, read_embedded
from abacad.figures.style import add_outputs, save


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--embeddings", required=True, help="Parquet of export_embeddings.py")
    add("--predictions", required=True, help="Parquet of predict_fold.py, of the same model")
    add("--folds", required=True, help="Parquet of make_folds.py: id, target")
    add("--truth", nargs="?", help="Parquet of simulate_cadences.py, where there is one")
    add("--title", required=True, help="which model it is")
    add_outputs(parser, "principal components of embeddings")
    arguments = parser.parse_args()

    embedded = read_embedded(
        arguments.embeddings, arguments.predictions, arguments.folds, arguments.truth
    )
    figure = draw_embeddings(arguments.title, embedded)
    save(figure, arguments.png, arguments.svg)


if __name__ == "__main__":
    main()

"""Draw what the detectors look at in the examples that teach the most, out of fold.

    python workflow_scripts/figures/draw_grad_cam.py \\
        --examples results/explain/examples.parquet --maps results/explain/grad_cam.parquet \\
        --out-of-fold results/ensemble/out_of_fold.parquet \\
        --stores results/stores/residual/train/*.arrow \\
        --png results/report/grad_cam.png --svg results/report/grad_cam.svg
"""

import argparse

from abacad.cadences.layout import PanelShape
from abacad.cadences.store import Store
from abacad.figures.grad_cam import draw_grad_cam, read_examples
from abacad.figures.style import add_outputs, save
from abacad.tables.files import read_table


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--examples", required=True, help="Parquet of choose_examples.py")
    add("--maps", required=True, help="Parquet of explain_candidates.py, of the same cadences")
    add("--out-of-fold", required=True, help="the ensemble on train, Parquet of rank_average.py")
    add("--stores", nargs="+", required=True, help="all shards of the store of train to draw")
    add("--shape", type=PanelShape.of_json, required=True, help="data.shape of the config, JSON")
    add_outputs(parser, "panels and Grad-CAM")
    arguments = parser.parse_args()

    store = Store(arguments.stores)
    out_of_fold = read_table(arguments.out_of_fold, ["id", "target", "rank_mean"])
    examples = read_examples(arguments.examples, arguments.maps, out_of_fold, store)
    figure = draw_grad_cam(store.name, examples, arguments.shape)
    save(figure, arguments.png, arguments.svg)


if __name__ == "__main__":
    main()

"""Draw the training needle that the ensemble ranks highest out of fold: raw, and in each store.

    python workflow_scripts/figures/draw_cadence.py \\
        --out-of-fold results/ensemble/out_of_fold.parquet \\
        --manifest results/manifests/train.parquet --stores results/stores/{flattened,nmf}/train/*.arrow \\
        --png results/report/cadence.png --svg results/report/cadence.svg
"""

import argparse

from abacad.cadences.layout import PanelShape
from abacad.cadences.store import open_stores
from abacad.figures.cadence import best_needle, draw_cadence, views_of
from abacad.figures.style import add_outputs, save
from abacad.tables.files import read_table


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--out-of-fold", required=True, help="the ensemble on train, Parquet of rank_average.py")
    add("--manifest", required=True, help="manifest of train: id, path")
    add("--stores", nargs="*", default=[], help="all shards of stores of train to draw")
    add("--shape", type=PanelShape.of_json, required=True, help="data.shape of the config, JSON")
    add_outputs(parser, "time (s) by frequency (kHz)")
    arguments = parser.parse_args()

    needle = best_needle(read_table(arguments.out_of_fold, ["id", "target", "rank_mean"]))
    manifest = read_table(arguments.manifest, ["id", "path"])
    paths = dict(zip(manifest["id"].to_pylist(), manifest["path"].to_pylist(), strict=True))
    views = views_of(needle, paths[needle], open_stores(arguments.stores))
    figure = draw_cadence(needle, views, arguments.shape)
    save(figure, arguments.png, arguments.svg)


if __name__ == "__main__":
    main()

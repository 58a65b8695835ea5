"""Measure how far apart train and test are: can a small model tell from which side a cadence is?

Its out-of-fold AUC measures the domain shift of one store: 0.5 if no shift can be seen, 1 if the model
always knows the side. The same seed draws the same cadences for every store. Of a store that holds ON panels
alone, or OFF panels, it is the shift of these.

    python workflow_scripts/score/validate_adversarially.py --store normalized \\
        --manifests results/manifests/{train,test}.parquet \\
        --stores results/stores/normalized/{train,test}/*.arrow \\
        --groups results/overlaps/groups.parquet --most 4000 --bootstrap 1000 --seed 0 --workers 8 \\
        --scores results/domain_shift/normalized.json
"""

import argparse
from pathlib import Path

import numpy as np
from tqdm import tqdm

from abacad.cadences.known_stores import STORES
from abacad.cadences.store import open_stores
from abacad.devices.parallel import ordered_map
from abacad.score.domain_shift import (
    SIDES,
    TooFewGroups,
    draw_cadences,
    features,
    features_of_file,
    score_domain_shift,
)
from abacad.tables.files import read_table, write_json
from abacad.tables.groups import groups_of

MANIFESTS = "Parquet tables of train and test, named like them; bad rows are left out"
GROUPS = """Parquet of find_overlaps.py: collection, id, group; the cadences of a group share a fold
    (default: each is a group of its own)"""


def main() -> None:
    """Read the command line and score."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "--store",
        choices=("raw", *STORES),
        required=True,
        help="what to look at; raw: the files themselves",
    )
    add("--manifests", type=Path, nargs="+", required=True, help=MANIFESTS)
    add("--stores", nargs="*", default=[], help="all shards of train and test; none for raw")
    add("--groups", nargs="?", help=GROUPS)
    most_help = "draw at most this many cadences of each side (default: %(default)s)"
    add("--most", type=int, default=4000, help=most_help)
    add("--bootstrap", type=int, required=True, help="resamples behind the 95 %% interval")
    add("--seed", type=int, required=True, help="seed of the drawing, the folds and the resamples")
    add("--workers", type=int, default=1, help="worker processes (default: %(default)s)")
    scores_help = """JSON to write: store and scores as in score_oof.py, with the rows of test as
        positives; if there are too few overlap groups, AUCs are null and why tells the reason"""
    add("--scores", required=True, help=scores_help)
    arguments = parser.parse_args()
    manifests = {manifest.stem: manifest for manifest in arguments.manifests}
    if set(manifests) != set(SIDES):
        parser.error(f"--manifests: must be of train and test, not of {', '.join(manifests)}")

    raw = arguments.store == "raw"
    if raw and arguments.stores:
        parser.error("--stores: none of raw, whose files the manifests name")
    cadences, sources = draw_cadences(
        manifests, open_stores(arguments.stores), arguments.store, arguments.most, arguments.seed
    )
    is_test = np.array([SIDES.index(side) for side, _ in cadences])
    groups = np.arange(len(cadences))
    if arguments.groups:
        groups = groups_of(cadences, read_table(arguments.groups, ["collection", "id", "group"]))

    found = ordered_map(features_of_file if raw else features, sources, arguments.workers)
    found = tqdm(found, desc=f"features {arguments.store}", total=len(cadences), unit="cadence")
    rows = np.stack([*found])
    try:
        scores = score_domain_shift(rows, is_test, groups, arguments.bootstrap, arguments.seed)
    except TooFewGroups as error:
        print(f"validate_adversarially: no AUC: {error}")
        scores = {"auc": None, "auc_low": None, "auc_high": None, "why": str(error)}
    write_json(arguments.scores, {"store": arguments.store} | scores)


if __name__ == "__main__":
    main()

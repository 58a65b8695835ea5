"""Make up tables of the competition's size for benchmarks/tables.py: cadences, pairs, folds, predictions.

Cadences of four collections are cut from stretches of background: many from a few long ones, and some that
overlap with no other. A member predicts the rows of each fold and all test rows.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from abacad.cadences.layout import COLLECTIONS, COMPETITION
from abacad.folds.chains import cut_chains
from abacad.folds.overlapping import overlapping_folds
from abacad.folds.split import make_folds
from abacad.overlaps.search import LEAST_COLUMNS, Pairs, overlap_groups
from abacad.tables.pairs import read_pairs

ROWS = {"train": 60_000, "test": 39_995, "train_old": 50_165, "test_old": 35_847}
POSITIVES = 0.1
COVERAGE = 11.5  # cadences that share a column, on average: 1.9 million pairs
CHAIN = 4  # cadences that are cut from one stretch, in the median; from some it is thousands
CHAIN_SPREAD = 2.2  # of the logarithm of their number
FOLDS = 5
MEMBERS = 9


def main() -> None:
    """Read the command line and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=Path, required=True, help="folder to write")
    folder = parser.parse_args().tables
    random = np.random.default_rng(0)
    for name in ("manifests", "predictions"):
        Path(folder, name).mkdir(parents=True, exist_ok=True)

    collection = np.repeat([*ROWS], [*ROWS.values()])
    names = {name: ids(name, count, random) for name, count in ROWS.items()}
    manifests = {name: manifest(name, names[name], random) for name in ROWS}
    for name, table in manifests.items():
        pq.write_table(table, folder / f"manifests/{name}.parquet")
    cadences = {"collection": collection, "id": np.concatenate([*names.values()])}

    stretch, offset = cut(len(collection), random)
    pq.write_table(
        pa.table(cadences | {"stretch": stretch, "offset": offset}), folder / "truth.parquet"
    )
    pairs = overlapping(stretch, offset, random)
    group = overlap_groups(len(collection), pairs)
    groups = pa.table(cadences | {"group": group})
    pq.write_table(groups, folder / "groups.parquet")
    of_one = pa.table(cadences | {"group": np.arange(len(collection))})
    pq.write_table(of_one, folder / "groups_of_one.parquet")
    print(
        f"{len(group):,} cadences, {len(pairs.first):,} pairs, {group.max() + 1:,} groups, the largest "
        f"of {np.bincount(group).max():,}",
        file=sys.stderr,
    )
    pq.write_table(named(pairs, cadences), folder / "pairs.parquet")

    pairs = read_pairs(folder / "pairs.parquet", groups, ["shared_columns"])
    most = ROWS["train"] // FOLDS // 5
    folds = make_folds(manifests["train"], FOLDS, 0, cut_chains(groups, pairs, most))
    pq.write_table(folds, folder / "folds.parquet")
    of_one = folds.drop_columns("group").append_column("group", pa.array(np.arange(len(folds))))
    pq.write_table(of_one, folder / "folds_of_one.parquet")
    pq.write_table(overlapping_folds(folds, groups, pairs), folder / "overlapping.parquet")
    for member in range(MEMBERS):
        for fold in range(FOLDS):
            own = folds.filter(pa.array(folds["fold"].to_numpy() == fold))
            predicted = predictions(own, names["test"], random)
            pq.write_table(predicted, folder / f"predictions/{member}_{fold}.parquet")


def ids(collection: str, count: int, random: np.random.Generator) -> np.ndarray:
    """Sorted ids of so many cadences."""
    digits = COLLECTIONS[collection].id_digits
    numbers = np.sort(random.choice(2**40, count, replace=False))
    return np.array([f"{number * 4099:013x}00"[:digits] for number in numbers])


def manifest(collection: str, ids: np.ndarray, random: np.random.Generator) -> pa.Table:
    """The manifest of a collection whose files are all good."""
    target = pa.array((random.random(len(ids)) < POSITIVES).astype(np.int8))
    columns = {
        "id": ids,
        "path": [
            f"data/seti-breakthrough-listen/{COLLECTIONS[collection].cadence_path(one)}"
            for one in ids
        ],
        "target": target if COLLECTIONS[collection].labelled else pa.nulls(len(ids), pa.int8()),
        "bytes": np.full(len(ids), 838_784),
        "modified": random.integers(2**60, size=len(ids)),
    }
    for name in ("panel_mean", "panel_std"):
        columns[name] = pa.array([*random.random((len(ids), 6), np.float32)])
    return pa.table(columns | {"ok": np.ones(len(ids), bool), "why": [""] * len(ids)})


def cut(count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The stretch that each cadence is cut from, and its first column there, (cadence,) each."""
    sizes = np.ceil(CHAIN * np.exp(CHAIN_SPREAD * random.normal(size=count))).astype(int)
    stretch = np.repeat(np.arange(count), sizes)[:count]
    columns = np.bincount(stretch) * COMPETITION.frequency_bins / COVERAGE
    offset = (random.random(count) * columns[stretch]).astype(int)
    order = random.permutation(count)
    return stretch[order], offset[order]


def overlapping(stretch: np.ndarray, offset: np.ndarray, random: np.random.Generator) -> Pairs:
    """The pairs that the search would find."""
    order = np.lexsort((offset, stretch))
    found = []
    for distance in range(1, len(order)):
        one, other = order[:-distance], order[distance:]
        shared = COMPETITION.frequency_bins - (offset[other] - offset[one])
        near = (stretch[one] == stretch[other]) & (shared >= LEAST_COLUMNS)
        if not near.any():
            break
        found.append(np.sort([one[near], other[near]], axis=0))
    first, second = np.concatenate(found, axis=1)
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    shift = offset[first] - offset[second]
    cosines = np.sort(1 - 2e-4 * random.random((2, len(shift)), np.float32), axis=0)
    return Pairs(
        first, second, shift, COMPETITION.frequency_bins - abs(shift), cosines[1], cosines[0]
    )


def named(pairs: Pairs, cadences: dict[str, np.ndarray]) -> pa.Table:
    """The table of find_overlaps.py."""
    ends = {
        f"{column}_{end}": values[place]
        for end, place in (("a", pairs.first), ("b", pairs.second))
        for column, values in cadences.items()
    }
    values = {
        "shift": pairs.shift.astype(np.int16),
        "shared_columns": pairs.shared_columns.astype(np.int16),
        "cosine": pairs.cosine,
        "least_cosine": pairs.least_cosine,
    }
    return pa.table(ends | values)


def predictions(own: pa.Table, test: np.ndarray, random: np.random.Generator) -> pa.Table:
    """What one fold's model predicts of the fold's rows and of test."""
    logit = random.normal(size=len(own) + len(test))
    logit[: len(own)] += 2 * own["target"].to_numpy()
    return pa.table(
        {
            "collection": ["train"] * len(own) + ["test"] * len(test),
            "id": own["id"].to_pylist() + test.tolist(),
            "prediction": 1 / (1 + np.exp(-logit)),
        }
    )


if __name__ == "__main__":
    main()

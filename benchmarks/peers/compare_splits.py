"""Features of cadences in, what energy detection and random forests find out, as Markdown.

The forest is that of Aetherscan: 1,000 trees on bootstrapped rows, which try the square root of the number of
features at each branch. It reads the features of `describe_rows.py`. Aetherscan's forest reads instead what
an autoencoder makes of each panel, which is not among the detectors here.

The rows of a run are predicted in the folds of the run, in which cadences that share background stay
together. The rows of `make_rows.py` are predicted in folds that are drawn in two ways: grouped, so that
all rows of one background and of those that overlap with it stay together; and at random by label, as
Aetherscan draws its validation rows. Nothing else differs: the forests are alike, learn from equally many
rows, and are asked about the same ones. Scores depend on how the folds are drawn, so each way is drawn
twice, and the mean of the scores is told. No setting is chosen by a score.

Sources: docs/MODELS.md, "Random Forest", and docs/TRAINING_PIPELINE.md, "Datasets", of
https://github.com/zachtheyek/Aetherscan.

    make benchmark-peers
    PYTHONPATH=workflow_scripts python benchmarks/peers/compare_splits.py --folds folds.parquet \\
        --run run_spline.parquet --made often.parquet --features often_spline.parquet
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from describe_rows import ENERGY
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from abacad.score.resamples import SCORES, difference, intervals
from abacad.score.scores import score_folds
from abacad.tables.files import read_json, read_table
from abacad.tables.ids import some

COMMAND = "make benchmark-peers"
TREES = 1000
RESAMPLES = 1000
SEED = 1
DRAWS = 2  # of folds
ENERGY_NAMES = {
    "k2_most": "k2, largest of the ON panels",
    "k2_mean": "k2, mean of the ON panels less OFF",
    "k2_least": "k2, least of the ON panels less OFF",
}
FOREST, FOREST_AND_SEARCH = "random forest", "random forest, with the statistics of `search_drift`"
SEARCHED = "levelled"  # the panels whose statistics the search tells
GROUPED, RANDOM = "grouped", "random"

Scored = tuple[dict[str, Any], pa.Table]  # of score_folds


@dataclass(frozen=True)
class Rows:
    """Cadences with labels. All are (row,).

    backgrounds  ids of what they are made of; a cadence of the run is its own background
    fold         that of the background in the run
    group        overlap group of the background in the run
    """

    ids: list[str]
    target: np.ndarray
    backgrounds: np.ndarray
    fold: np.ndarray
    group: np.ndarray


def rows_of_run(folds: pa.Table) -> Rows:
    """The training rows of a run, from its table of folds."""
    ids = folds["id"].to_pylist()
    columns = (folds[name].to_numpy() for name in ("fold", "group"))
    return Rows(ids, folds["target"].to_numpy(), np.array(ids), *columns)


def made_rows(path: str, run: Rows) -> Rows:
    """The rows of a table of `make_rows.py`. ValueError: a background is no row of the run."""
    table = read_table(path, ["id", "target", "background_id"])
    backgrounds = table["background_id"].to_pylist()
    place = {cadence_id: row for row, cadence_id in enumerate(run.ids)}
    foreign = sorted({*backgrounds} - place.keys())
    if foreign:
        raise ValueError(f"{path}: backgrounds that the run does not train on: {some(foreign)}")
    places = [place[background] for background in backgrounds]
    target = table["target"].to_numpy()
    ids = table["id"].to_pylist()
    return Rows(ids, target, np.array(backgrounds), run.fold[places], run.group[places])


def read_features(paths: Sequence[str], ids: Sequence[str]) -> dict[str, np.ndarray]:
    """The columns of tables that lie one below the other, (row,) each, in the order of `ids`.

    ValueError: an id is missing, or there twice.
    """
    for path in paths:
        read_table(path, ["id"])  # that it has ids
    table = pa.concat_tables([read_table(path) for path in paths])
    place = {cadence_id: row for row, cadence_id in enumerate(table["id"].to_pylist())}
    missing = [cadence_id for cadence_id in ids if cadence_id not in place]
    if missing:
        raise ValueError(f"{', '.join(paths)}: nothing of {some(missing)}")
    if len(place) < len(table):
        raise ValueError(f"{', '.join(paths)}: {len(table) - len(place)} ids are there twice")
    places = [place[cadence_id] for cadence_id in ids]
    names = [name for name in table.column_names if name not in ("collection", "id")]
    return {name: table[name].to_numpy()[places] for name in names}


def draw_folds(target: np.ndarray, groups: np.ndarray | None, count: int, seed: int) -> np.ndarray:
    """Folds with shares of each label that are as equal as can be, (row,).

    `groups`: (row,), rows of one group share a fold; None: rows are drawn one by one.
    """
    fold = np.empty(len(target), int)
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    splitter = kind(count, shuffle=True, random_state=seed)
    for number, (_, rows) in enumerate(splitter.split(target, target, groups)):
        fold[rows] = number
    return fold


def share_seen(backgrounds: np.ndarray, fold: np.ndarray) -> float:
    """The share of rows whose background, (row,), is also in another fold, where the row's model learns."""
    pairs = {*zip(backgrounds.tolist(), fold.tolist(), strict=True)}
    folds_of: dict[Any, int] = {}
    for background, _ in pairs:
        folds_of[background] = folds_of.get(background, 0) + 1
    return float(np.mean([folds_of[background] > 1 for background in backgrounds.tolist()]))


def out_of_fold(
    features: np.ndarray, target: np.ndarray, fold: np.ndarray, trees: int, threads: int
) -> np.ndarray:
    """For each row, the probability of a needle by a forest that learns from the other folds, (row,).

    `features`: (row, feature).
    """
    prediction = np.empty(len(target))
    for held_out in np.unique(fold).tolist():
        rows = fold == held_out
        forest = RandomForestClassifier(
            trees, max_features="sqrt", bootstrap=True, random_state=SEED, n_jobs=threads
        )
        forest.fit(features[~rows], target[~rows])
        prediction[rows] = forest.predict_proba(features[rows])[:, 1]
    return prediction


def score(rows: Rows, fold: np.ndarray, prediction: np.ndarray) -> Scored:
    """Scores, with intervals by resamples of overlap groups; equal rows give equal draws."""
    (scored,) = score_folds(rows.target, fold, [prediction], rows.group, RESAMPLES, SEED)
    return scored


def mean_of(scored: Sequence[Scored]) -> Scored:
    """The mean scores of several draws of folds, resample by resample."""
    tables = [resampled for _, resampled in scored]
    resampled = pa.table(
        {name: np.mean([each[name].to_numpy() for each in tables], axis=0) for name in SCORES}
    )
    means = {name: float(np.mean([scores[name] for scores, _ in scored])) for name in SCORES}
    return {**means, **intervals(resampled)}, resampled


def table_of(columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """The columns side by side, (row, feature)."""
    return np.stack([*columns.values()], axis=1)


def cells(scores: Mapping[str, float]) -> list[str]:
    """AUC and recall, each with its interval."""
    return [
        text
        for name in ("auc", "recall")
        for text in (
            f"{scores[name]:.3f}",
            f"{scores[f'{name}_low']:.3f} to {scores[f'{name}_high']:.3f}",
        )
    ]


def print_table(columns: Sequence[str], texts: int, rows: Iterable[Sequence[str]]) -> None:
    """A Markdown table, of which the first `texts` columns are text, and the others numbers."""
    print(f"\n| {' | '.join(columns)} |")
    print(f"| {' | '.join(['---'] * texts + ['---:'] * (len(columns) - texts))} |")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)


def compare(arguments: argparse.Namespace) -> None:
    """Read everything, and then predict and print."""
    run = rows_of_run(read_table(arguments.folds, ["id", "target", "fold", "group"]))
    described = {
        Path(path).stem.removeprefix("run_"): read_features([path], run.ids)
        for path in arguments.run
    }
    statistics = read_features(arguments.statistics, run.ids) if arguments.statistics else {}
    made = {
        Path(path).stem: (rows := made_rows(path, run), read_features([features], rows.ids))
        for path, features in zip(arguments.made, arguments.features, strict=True)
    }
    ours = {Path(path).parent.name: read_json(path) for path in arguments.scores}
    others = [name for name, scores in ours.items() if scores["rows"] != len(run.ids)]
    if others:
        raise ValueError(
            f"the scores of {', '.join(others)} are not of the {len(run.ids)} rows of the folds"
        )

    def predicted(rows: Rows, columns: Mapping[str, np.ndarray], fold: np.ndarray) -> Scored:
        features = table_of(columns)
        prediction = out_of_fold(features, rows.target, fold, arguments.trees, arguments.threads)
        return score(rows, fold, prediction)

    def detectors() -> Iterator[list[str]]:
        for panels, columns in described.items():
            for name in ENERGY:
                scores, _ = score(run, run.fold, columns[name])
                yield [ENERGY_NAMES[name], panels, *cells(scores)]
            yield [FOREST, panels, *cells(predicted(run, columns, run.fold)[0])]
            if statistics and panels == SEARCHED:
                scores, _ = predicted(run, columns | statistics, run.fold)
                yield [FOREST_AND_SEARCH, panels, *cells(scores)]
        for name, scores in ours.items():
            yield [f"`{name}`", "", *cells(scores)]

    def leaks() -> Iterator[list[str]]:
        count = len(np.unique(run.fold))
        for rows, columns in made.values():
            told = {}
            backgrounds = len(np.unique(rows.backgrounds))
            for split, groups in ((GROUPED, rows.group), (RANDOM, None)):
                folds = [draw_folds(rows.target, groups, count, SEED + n) for n in range(DRAWS)]
                seen = np.mean([share_seen(rows.backgrounds, fold) for fold in folds])
                told[split] = mean_of([predicted(rows, columns, fold) for fold in folds])
                yield [
                    *(f"{len(rows.ids):,} of {backgrounds} backgrounds", split, f"{seen:.2f}"),
                    *cells(told[split][0]),
                ]
            gain = intervals(difference(told[RANDOM][1], told[GROUPED][1]))
            gain |= {name: told[RANDOM][0][name] - told[GROUPED][0][name] for name in SCORES}
            yield [
                f"{len(rows.ids):,} of {backgrounds} backgrounds",
                "difference",
                "",
                *cells(gain),
            ]

    print(
        f"`{COMMAND}`: {len(run.ids):,} cadences of the run, {int(run.target.sum())} with a needle, out of "
        f"fold in {len(np.unique(run.fold))} grouped folds. Recall is at 1 % false positives; 95 % intervals."
    )
    numbers = ("AUC", "interval", "recall", "interval")
    print_table(("detector", "panels", *numbers), 2, detectors())
    print(
        "\nThe forest on made rows, by how the folds are drawn; seen: rows whose background is learnt from."
    )
    print_table(("rows", "folds", "seen", *numbers), 2, leaks())


def main() -> None:
    """Read the command line, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--folds", required=True, help="Parquet of make_folds.py, of the run")
    run_help = "Parquet of describe_rows.py, of the run's training rows, named run_{panels}"
    add("--run", nargs="+", required=True, help=run_help)
    add("--made", nargs="+", required=True, help="Parquet of make_rows.py")
    add("--features", nargs="+", required=True, help="their features, in the same order")
    add("--scores", nargs="*", default=[], help="JSON of score_oof.py: what the run's models find")
    add(
        "--statistics",
        nargs="*",
        default=[],
        help="Parquet of search_drift.py, of the training rows",
    )
    add("--trees", type=int, default=TREES, help="of a forest (default: %(default)s)")
    add("--threads", type=int, default=1, help="(default: %(default)s)")
    arguments = parser.parse_args()

    try:
        compare(arguments)
    except (KeyError, ValueError) as error:
        sys.exit(f"compare_splits: {error.args[0]}")


if __name__ == "__main__":
    main()

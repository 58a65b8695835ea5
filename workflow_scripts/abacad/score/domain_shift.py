"""Cadences of train and test in, how well a small model tells the two sides apart out.

This is adversarial validation: the model's AUC measures the domain shift. It is 0.5 if no shift can be
seen, and 1 if the model always knows the side. The model sees only summary statistics of a cadence: of
its noise, outliers, texture and band.

Source: Lopez-Paz and Oquab 2017, Revisiting classifier two-sample tests.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from threadpoolctl import threadpool_limits

from abacad.cadences.cadence import BadCadence, read_cadence
from abacad.cadences.layout import PANELS
from abacad.cadences.manifest import good_rows
from abacad.cadences.store import Store
from abacad.score.scores import score_folds
from abacad.seeds import seed_of

SIDES = ("train", "test")  # as the model's targets: 0, 1
FOLDS = 5
QUANTILES = (0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999)
QUANTILE_STEP = 7  # every 7th value: 10,000 in a panel, of all columns, since 7 does not divide 256


class TooFewGroups(ValueError):
    """The cadences come from too few backgrounds to hold some out."""


def draw_cadences(
    manifests: Mapping[str, str | Path],
    stores: Mapping[tuple[str, str], Store],
    name: str,
    most: int,
    seed: int,
) -> tuple[list[tuple[str, str]], Iterable[Any]]:
    """At most `most` good cadences of each side: (side, id), and the panels or, for raw ones, the path.

    `manifests` are files by side. `stores` are open stores, of which `name` is used; `name` may also be
    raw. One seed draws the same cadences for every store. Panels are read when their turn comes. ValueError:
    as in `store_of`.
    """
    cadences, sources = [], []
    for side in SIDES:
        ids, paths = good_rows(manifests[side])
        source = paths if name == "raw" else store_of(stores, name, side, ids)
        rows = draw_rows(len(ids), most, seed_of(seed, side)).tolist()
        cadences += [(side, ids[row]) for row in rows]
        sources.append(map(source.__getitem__, rows))
    return cadences, chain(*sources)


def draw_rows(count: int, most: int, seed: int) -> np.ndarray:
    """At most `most` of `count` rows, which depend only on `seed`: (row,), ascending."""
    rows = np.random.default_rng(seed).permutation(count)[:most]
    return np.sort(rows)


def store_of(
    stores: Mapping[tuple[str, str], Store], name: str, side: str, ids: Sequence[str]
) -> Store:
    """The open store `name` of a side. ValueError: it is not there, or holds other ids."""
    if (name, side) not in stores:
        raise ValueError(f"no shards of the store {name} of {side}")
    if stores[name, side].ids != list(ids):
        raise ValueError(f"the store {name} of {side} has other rows than its manifest")
    return stores[name, side]


def features(panels: np.ndarray) -> np.ndarray:
    """Summary statistics of one cadence, (feature,), float32; 9 ms.

    `panels`: (panel=6, time, frequency), of any store, in its units; or the three ON or OFF panels, if a
    store holds no others. Each statistic enters by its mean and by its maximum over the ON panels, then over
    the OFF panels, so the order of the panels does not matter.
    """
    statistics = summarize_panels(panels)  # (panel, statistic)
    sides = [statistics[::2], statistics[1::2]] if len(panels) == PANELS else [statistics]
    return np.concatenate([values for side in sides for values in (side.mean(0), side.max(0))])


def features_of_file(path: str | Path) -> np.ndarray:
    """The features of a raw cadence file, (feature,). BadCadence: the file is bad; the message names it
    and says why."""
    try:
        return features(read_cadence(path))
    except BadCadence as error:
        raise BadCadence(f"{path}: {error}") from None


def summarize_panels(panels: np.ndarray) -> np.ndarray:
    """Statistics of the values of each of (panel, time, frequency): (panel, statistic), float32.

    In the units of the panels: quantiles, minimum, maximum, mean, standard deviation. In units of this
    deviation: the spreads of the columns' means, of the columns' deviations and of the rows' means.
    Without a unit: skewness, kurtosis, correlation of neighbours in time and in frequency. All but the
    first kind are 0 if a panel is constant.
    """
    panels = panels.astype(np.float32)  # NumPy is slow in float16
    values = panels.reshape(len(panels), -1)  # (panel, value)
    mean = values.mean(1, dtype=np.float64)  # exact for a constant panel: deviation 0
    centred = panels - mean[:, np.newaxis, np.newaxis].astype(np.float32)
    deviation = centred.std((1, 2))
    scaled = centred / np.where(deviation > 0, deviation, 1)[:, np.newaxis, np.newaxis]
    squared = scaled * scaled
    column_mean = scaled.mean(1)  # (panel, frequency)
    column_variance = np.maximum(squared.mean(1) - column_mean**2, 0)  # rounding goes below 0
    statistics = [
        *np.quantile(values[:, ::QUANTILE_STEP], QUANTILES, axis=1),
        values.min(1),
        values.max(1),
        mean,
        deviation,
        column_mean.std(1),
        np.sqrt(column_variance).std(1),
        scaled.mean(2).std(1),
        (squared * scaled).mean((1, 2)),
        (squared * squared).mean((1, 2)),
        (scaled[:, 1:] * scaled[:, :-1]).mean((1, 2)),
        (scaled[:, :, 1:] * scaled[:, :, :-1]).mean((1, 2)),
    ]
    return np.stack(statistics, axis=1).astype(np.float32)


def score_domain_shift(
    features: np.ndarray, is_test: np.ndarray, groups: np.ndarray, resamples: int, seed: int
) -> dict[str, Any]:
    """Out-of-fold AUC of a small model that predicts whether a row is from test.

    features  (row, feature)
    is_test   (row,), 0 or 1
    groups    (row,), any numbers: rows of one group share a fold, whichever side they are from. Otherwise
              a model could recognise a background, and with it the side of its other cadences
    Returns the scores of `abacad.score.scores.score_folds`; their positives are the rows of test.
    TooFewGroups: a side has too few groups for `FOLDS` folds, or they are so large that a fold lacks a
    side.
    """
    for label, side in enumerate(SIDES):
        rows = is_test == label
        count = len(np.unique(groups[rows]))
        if count < FOLDS:
            raise TooFewGroups(
                f"{rows.sum()} cadences of {side}, of {count} overlap groups: {FOLDS} folds need "
                f"{FOLDS} groups or more"
            )
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    splits = list(splitter.split(features, is_test, groups))
    fold = np.empty(len(is_test), np.int16)
    for index, (_, held_out) in enumerate(splits):
        fold[held_out] = index
        if len(np.unique(is_test[held_out])) < len(SIDES):
            raise TooFewGroups(f"fold {index} has cadences of one side alone: groups are too large")

    # A small model: on 2,000 simulated cadences it is as good as one with four times as many leaves.
    # One thread takes 2 s; several threads beside other work waited for one another ten times as long.
    model = HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=8, early_stopping=False, random_state=seed
    )
    with threadpool_limits(1):
        predictions = cross_val_predict(model, features, is_test, cv=splits, method="predict_proba")
    ((scores, _),) = score_folds(is_test, fold, [predictions[:, 1]], groups, resamples, seed)
    return scores

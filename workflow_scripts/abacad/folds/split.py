"""The training manifest in, the folds out: which model never trains on which cadence.

The split depends only on ids, labels, groups, count and seed. Rows are sorted by id first, so the order
of the manifest does not matter, and equal input gives equal folds on any machine.
"""

import numpy as np
import pyarrow as pa
from sklearn.model_selection import StratifiedKFold

from abacad.folds.stratified import FastStratifiedGroupKFold
from abacad.tables.groups import groups_of

LABELS = {1: "positives", 0: "negatives"}


def make_folds(
    manifest: pa.Table, count: int, seed: int, groups: pa.Table | None = None
) -> pa.Table:
    """Cut the manifest's good rows into `count` folds with about equal shares of positives.

    `manifest` has the columns id, target (0 or 1), ok; `groups`, if given, collection, id, group:
    rows of one group (for instance, with overlapping backgrounds) share a fold. Returns id, target
    (int8), fold (int16, 0 to count - 1), group (int64; without `groups` a number for each row), sorted
    by id. ValueError: a row has no label or no group, there are fewer positives, negatives or groups
    than folds, or groups are so large that a fold has no positives or no negatives.
    """
    good = manifest.filter(manifest["ok"]).sort_by("id")
    ids = good["id"].to_pylist()
    if good["target"].null_count:
        raise ValueError(f"{good['target'].null_count} cadences have no label: not a training set")
    target = good["target"].to_numpy().astype(np.int8)  # (cadence,)
    for label, name in LABELS.items():
        if np.sum(target == label) < count:
            raise ValueError(
                f"{np.sum(target == label)} {name} for {count} folds: each fold needs at least one"
            )

    if groups is None:
        group_of_row = np.arange(len(ids))
        splits = StratifiedKFold(count, shuffle=True, random_state=seed).split(ids, target)
    else:
        group_of_row = groups_of([("train", cadence_id) for cadence_id in ids], groups)
        if (different := len(np.unique(group_of_row))) < count:
            raise ValueError(
                f"the cadences are of {different} overlap groups: too few for {count} folds"
            )
        splitter = FastStratifiedGroupKFold(count, shuffle=True, random_state=seed)
        splits = splitter.split(ids, target, group_of_row)
    fold = np.empty(len(ids), np.int16)
    for index, (_, held_out) in enumerate(splits):
        fold[held_out] = index

    for label, name in LABELS.items():
        lacking = set(range(count)) - set(fold[target == label].tolist())
        if lacking:
            raise ValueError(f"fold {min(lacking)} has no {name}: the groups are too large")
    columns = {"id": pa.array(ids, pa.string()), "target": target, "fold": fold}
    return pa.table(columns | {"group": group_of_row})


def imbalance(folds: pa.Table, groups: pa.Table) -> str:
    """Why the folds have unequal sizes: a sentence, or an empty text if they differ by less than a tenth.

    `folds` has the columns id, fold; `groups` collection, id, group.
    """
    sizes = np.bincount(folds["fold"].to_numpy())
    share = len(folds) / len(sizes)
    off = np.abs(sizes - share).max() / share
    if off < 0.1:
        return ""
    cadences = [("train", cadence_id) for cadence_id in folds["id"].to_pylist()]
    largest = np.bincount(groups_of(cadences, groups)).max()
    return (
        f"folds of {', '.join(map(str, sizes))} cadences, up to {off:.0%} off an equal share of "
        f"{share:.0f}: the largest overlap group holds {largest} of them"
    )

"""From the table of overlap groups to the group of each cadence, and to the groups that a fold holds out.

The cadences of a group share background, at any remove.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from abacad.tables.ids import some

CadenceKey = tuple[str, str]  # collection and id


def groups_of(cadences: Sequence[CadenceKey], groups: pa.Table) -> np.ndarray:
    """Number of the overlap group of each cadence, (cadence,).

    `groups` is the table of find_overlaps.py: collection, id, group. ValueError, naming them:
    cadences without a group.
    """
    names = zip(groups["collection"].to_pylist(), groups["id"].to_pylist(), strict=True)
    group_of = dict(zip(names, groups["group"].to_pylist(), strict=True))
    lacking = [" ".join(cadence) for cadence in cadences if cadence not in group_of]
    if lacking:
        raise ValueError(f"{some(lacking)} have no group")
    return np.array([group_of[cadence] for cadence in cadences], np.int64)


def held_out_groups(folds: pa.Table, fold: int, groups: pa.Table) -> np.ndarray:
    """Numbers of the overlap groups that a fold's models learn nothing from, (group,).

    Those of the fold's training cadences; and, of the groups that hold test cadences and no training one,
    those that fall to this fold by their number. So each test cadence has a fold whose models never learnt
    its background, by a pseudo-label or an injected needle either: what they find in it is out of fold.

    `folds` has the columns id, fold; `groups` is as for `groups_of`. ValueError: as there.
    """
    of_train = groups_of([("train", cadence_id) for cadence_id in folds["id"].to_pylist()], groups)
    number = folds["fold"].to_numpy()
    of_test = groups.filter(pc.equal(groups["collection"], "test"))["group"].to_numpy()
    of_test_alone = np.setdiff1d(of_test, of_train)
    dealt = of_test_alone[of_test_alone % (number.max() + 1) == fold]
    return np.union1d(of_train[number == fold], dealt)

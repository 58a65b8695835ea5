"""The table of overlap groups in, the group of each cadence out: a group shares background."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from abacad.tables.ids import some

CadenceKey = tuple[str, str]  # collection and id


def groups_of(cadences: Sequence[CadenceKey], groups: pa.Table) -> np.ndarray:
    """Number of the overlap group of each cadence, (cadence,).

    `groups` is the table of find_overlaps.py: collection, id, group. ValueError: some cadences have no
    group; the message names them.
    """
    names = zip(groups["collection"].to_pylist(), groups["id"].to_pylist(), strict=True)
    group_of = dict(zip(names, groups["group"].to_pylist(), strict=True))
    lacking = [" ".join(cadence) for cadence in cadences if cadence not in group_of]
    if lacking:
        raise ValueError(f"{some(lacking)} have no group")
    return np.array([group_of[cadence] for cadence in cadences], np.int64)
